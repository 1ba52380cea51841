import { applicationDocument, outcomeToDto, systemState } from '@midonet/contract';
import type { Group } from '../http/handlers.ts';
import { explainFrame } from '../simulation/what-if.ts';
import { found, type Services } from './services.ts';

export function applicationHandlers(): Group<'application'> {
  return { get: ({ base }) => Promise.resolve(applicationDocument(base)) };
}

export function systemStateHandlers({ version }: Services): Group<'systemState'> {
  return { get: ({ base }) => Promise.resolve(systemState(version, base)) };
}

export function simulationHandlers({ reader, clock }: Services): Group<'simulation'> {
  return {
    run: async ({ body }) => {
      found(await reader.get('port', body.portId), 'port', body.portId);
      const { outcome, loaded } = await explainFrame(reader, { ...body, now: clock.now() });
      return outcomeToDto(outcome, loaded);
    },
  };
}
