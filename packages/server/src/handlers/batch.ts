import type { Group } from '../http/handlers.ts';
import type { Services } from './services.ts';

export function batchHandlers({ batches }: Services): Group<'batch'> {
  return {
    run: async ({ body, caller, base, author }) => {
      const ask = { identity: caller.identity, params: {}, query: {}, headers: {}, base, author };
      return { results: await batches.run(ask, body.operations) };
    },
  };
}
