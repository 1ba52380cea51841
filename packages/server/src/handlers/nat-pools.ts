import type { Group } from '../http/handlers.ts';
import { listNatPools } from '../nat/nat-pools.ts';
import { pathId, type Services } from './services.ts';

export function natPoolHandlers({ store, clock }: Services): Group<'natPools'> {
  return {
    list: ({ query }) => {
      const device = query['device_id'];
      return listNatPools(store, clock.now(), device === undefined ? undefined : pathId('device', device));
    },
  };
}
