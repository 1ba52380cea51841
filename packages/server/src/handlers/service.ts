import { applicationDocument, outcomeToDto, systemState } from '@midonet/contract';
import type { Group } from '../http/handlers.ts';
import { Refusal } from '../http/problem.ts';
import { tracedFor } from '../simulation/traced.ts';
import { explainFrame } from '../simulation/what-if.ts';
import { found, type Services } from './services.ts';

export function applicationHandlers(): Group<'application'> {
  return { get: ({ base }) => Promise.resolve(applicationDocument(base)) };
}

export function systemStateHandlers({ version }: Services): Group<'systemState'> {
  return { get: ({ base }) => Promise.resolve(systemState(version, base)) };
}

export function simulationHandlers({ reader, clock, provider }: Services): Group<'simulation'> {
  return {
    run: async ({ body }) => {
      const port = found(await reader.get('port', body.portId), 'port', body.portId);
      // Whoever may only look at a port does not say what comes in there.
      if (await reader.readOnly(port)) throw new Refusal(403, `port ${port.id} is not yours: trace from one that is`);
      const { outcome, loaded } = await explainFrame(reader.path(), { ...body, now: clock.now() });
      const dto = outcomeToDto(outcome, loaded);
      return provider ? dto : tracedFor(reader, dto);
    },
  };
}
