import { getEndpoint, postEndpoint } from '../endpoint.ts';
import { applicationDto } from '../resources/application.ts';
import { systemStateDto } from '../resources/service.ts';
import { outcomeDto, simulateInput } from '../resources/simulation.ts';

export const application = {
  get: getEndpoint('', {
    summary: 'Where everything is found',
    media: ['Application', 5],
    response: applicationDto,
    permission: 'authenticated',
  }),
} as const;

export const systemState = {
  get: getEndpoint('/system_state', {
    summary: 'State of the controller',
    media: ['SystemState', 2],
    response: systemStateDto,
    permission: 'authenticated',
  }),
} as const;

export const simulation = {
  run: postEndpoint('/simulate', {
    summary: 'What would happen to this frame? Walks the live topology, sends nothing',
    request: simulateInput,
    response: outcomeDto,
  }),
} as const;
