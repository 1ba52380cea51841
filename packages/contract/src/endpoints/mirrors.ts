import { deleteEndpoint, getEndpoint, listEndpoint, postEndpoint, putEndpoint } from '../endpoint.ts';
import { mirrorDto, mirrorInput, mirrorUpdate } from '../resources/mirror.ts';

const MIRROR = ['Mirror', 1] as const;
const mirror = { media: MIRROR, response: mirrorDto } as const;

export const mirrors = {
  list: listEndpoint('/mirrors', { summary: 'List mirrors', ...mirror }),
  create: postEndpoint('/mirrors', {
    summary: 'Create a mirror, which copies packets it is shown to a port',
    request: mirrorInput,
    ...mirror,
  }),
  get: getEndpoint('/mirrors/{id}', { summary: 'Show a mirror and who shows it packets', ...mirror }),
  update: putEndpoint('/mirrors/{id}', {
    summary: 'Change a mirror; with conditions, to exactly these',
    request: mirrorUpdate,
    ...mirror,
  }),
  remove: deleteEndpoint('/mirrors/{id}', {
    summary: 'Delete a mirror; bridges, routers and ports lose it',
    media: MIRROR,
  }),
} as const;
