import { postEndpoint } from '../endpoint.ts';
import { batchDto, batchInput } from '../resources/batch.ts';

export const batch = {
  run: postEndpoint('/batch', {
    summary: 'Do several operations, all or none: one transaction, and the one that fails is named',
    request: batchInput,
    response: batchDto,
  }),
} as const;
