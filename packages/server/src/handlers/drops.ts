import { hostDrops } from '../drops/host-drops.ts';
import type { Group } from '../http/handlers.ts';
import { pathId, type Services } from './services.ts';

export function dropHandlers(services: Services): Group<'drops'> {
  return {
    list: ({ query }) => {
      const host = query['host_id'];
      return hostDrops(services, {
        hostId: host === undefined ? undefined : pathId('host', host),
        reason: query['reason'],
        port: query['port_id'],
        by: query['by_id'],
      });
    },
  };
}
