import { deleteEndpoint, getEndpoint, listEndpoint, postEndpoint, putEndpoint } from '../endpoint.ts';
import { traceRequestDto, traceRequestInput } from '../resources/trace-request.ts';
import { tracedPacketDto } from '../resources/traced-packet.ts';

const REQUEST = ['TraceRequest', 1] as const;
const request = { media: REQUEST, response: traceRequestDto } as const;

export const traceRequests = {
  list: listEndpoint('/traces', { summary: 'List trace requests', query: ['device_id'], ...request }),
  create: postEndpoint('/traces', {
    summary: 'Trace live packets of a bridge, router or port that fulfil a condition, one way round or the other',
    request: traceRequestInput,
    ...request,
  }),
  get: getEndpoint('/traces/{id}', { summary: 'Show a trace request', ...request }),
  update: putEndpoint('/traces/{id}', {
    summary: 'Change a trace request; enabling it begins anew',
    request: traceRequestInput,
    ...request,
  }),
  remove: deleteEndpoint('/traces/{id}', { summary: 'Delete a trace request, with what was traced', media: REQUEST }),
  packets: listEndpoint('/traces/{id}/packets', {
    summary: 'What hosts have written down for a trace request, oldest first',
    response: tracedPacketDto,
  }),
} as const;
