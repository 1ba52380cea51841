import type { Group } from '../http/handlers.ts';
import { forecastNatPools } from '../nat/nat-forecast.ts';
import { pathId, type Services } from './services.ts';

export function natPoolHandlers({ store, clock }: Services): Group<'natPools'> {
  return {
    list: ({ query }) => {
      const device = query['device_id'];
      return forecastNatPools(store, clock.now(), device === undefined ? undefined : pathId('device', device));
    },
  };
}
