import type { Revision } from '@midonet/store';
import { revisionOf } from '../history/moment.ts';
import { objectHistory, objectName } from '../history/object-history.ts';
import { findPast } from '../history/past.ts';
import { badRequest } from '../http/problem.ts';
import type { Group } from '../http/handlers.ts';
import type { Services } from './services.ts';

const LIMIT = 50;
const MOST = 1000;

export function historyHandlers(services: Services): Group<'history'> {
  return {
    list: ({ query }) => {
      const name = objectName('object', query['object'] ?? '');
      const before = query['before'];
      return objectHistory(services, name, {
        limit: query['limit'] === undefined ? LIMIT : wholeOf('limit', query['limit'], MOST),
        // brand: a revision to begin at, which may be any
        before: before === undefined ? undefined : (wholeOf('before', before, Number.MAX_SAFE_INTEGER) as Revision),
      });
    },
  };
}

export function restoreHandlers(services: Services): Group<'restore'> {
  const { store, writer } = services;
  return {
    run: async ({ body, author }) => {
      const name = objectName('object', body.object);
      const revision = await revisionOf(store, 'at', body.at);
      const past = await findPast(services, name, revision);
      const dryRun = body.dryRun ?? false;
      const changes = await writer.restore(past, author, dryRun);
      return { object: name.key, revision, dryRun, changes: [...changes] };
    },
  };
}

function wholeOf(property: string, text: string, most: number): number {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (number >= 1 && number <= most) return number;
  throw badRequest([{ property, message: `must be a whole number from 1 to ${most}` }]);
}
