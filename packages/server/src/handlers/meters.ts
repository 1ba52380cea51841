import { meters } from '../drops/meters.ts';
import type { Group } from '../http/handlers.ts';
import type { Services } from './services.ts';

export function meterHandlers(services: Services): Group<'meters'> {
  return {
    list: async ({ query }) => {
      const tenant = query['tenant_id'];
      const name = query['name'];
      const all = await meters(services);
      return all.filter(
        (one) => (tenant === undefined || one.tenantId === tenant) && (name === undefined || one.name === name),
      );
    },
  };
}
