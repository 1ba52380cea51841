import { listEndpoint, postEndpoint } from '../endpoint.ts';
import { historyEntry, restoredDto, restoreInput } from '../resources/history.ts';

export const history = {
  list: listEndpoint('/history', {
    summary: 'What became of an object: who changed which field, newest first; before=REVISION goes further back',
    response: historyEntry,
    query: ['object', 'limit', 'before'],
  }),
} as const;

export const restore = {
  run: postEndpoint('/restore', {
    summary: 'Put an object back as it was at a revision or time, with what was deleted along with it',
    request: restoreInput,
    response: restoredDto,
  }),
} as const;
