import { deleteEndpoint, getEndpoint, listEndpoint, postEndpoint, putEndpoint } from '../endpoint.ts';
import { l2InsertionDto, l2InsertionInput, l2InsertionUpdate } from '../resources/l2-insertion.ts';

const INSERTION = ['L2Insertion', 1] as const;
const insertion = { media: INSERTION, response: l2InsertionDto } as const;

export const l2Insertions = {
  list: listEndpoint('/l2insertions', { summary: 'List L2 insertions', query: ['port', 'srv_port'], ...insertion }),
  create: postEndpoint('/l2insertions', {
    summary: 'Put a service on the wire of a MAC at a port',
    request: l2InsertionInput,
    ...insertion,
  }),
  get: getEndpoint('/l2insertions/{id}', { summary: 'Show an L2 insertion', ...insertion }),
  update: putEndpoint('/l2insertions/{id}', {
    summary: 'Change an L2 insertion',
    request: l2InsertionUpdate,
    ...insertion,
  }),
  remove: deleteEndpoint('/l2insertions/{id}', { summary: 'Delete an L2 insertion', media: INSERTION }),
} as const;
