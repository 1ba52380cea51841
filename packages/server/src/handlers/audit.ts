import { tenantOfIdentity } from '../access/identity.ts';
import type { Group } from '../http/handlers.ts';
import { badRequest } from '../http/problem.ts';
import type { Services } from './services.ts';

const DAY = 86_400_000;
const LIMIT = 100;
const MOST = 10_000;

export function auditHandlers({ auditTrail, clock }: Services): Group<'audit'> {
  return {
    list: ({ query, caller: { identity, reach } }) => {
      const { user, object } = query;
      const own = reach === 'all' ? undefined : tenantOfIdentity(identity);
      return auditTrail.find({
        since: query['since'] === undefined ? clock.now() - DAY : timeOf(query['since']),
        before: query['before'],
        limit: query['limit'] === undefined ? LIMIT : limitOf(query['limit']),
        wanted: (record) =>
          (own === undefined || record.tenantId === own) &&
          (user === undefined || record.user === user) &&
          (object === undefined || record.changes.some((change) => concerns(change.object, object))),
      });
    },
  };
}

/** `port/3f2a…` as stored, a kind alone, or the id alone. */
function concerns(object: string, wanted: string): boolean {
  return object === wanted || object.startsWith(`${wanted}/`) || object.split('/').slice(1).join('/') === wanted;
}

function timeOf(text: string): number {
  const time = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isFinite(time)) return time;
  throw badRequest([{ property: 'since', message: 'must be a time such as 2026-01-31T12:00:00Z, or milliseconds' }]);
}

function limitOf(text: string): number {
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : NaN;
  if (limit >= 1 && limit <= MOST) return limit;
  throw badRequest([{ property: 'limit', message: `must be 1 to ${MOST}` }]);
}
