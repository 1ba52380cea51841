import { CLOUD_ROLES, isCloudRole, link, type ApiTokenDto, type Base } from '@midonet/contract';
import { deleteRecord, putRecord, unchanged } from '../access/access-store.ts';
import { atMost } from '../access/identity.ts';
import type { ApiToken } from '../access/records.ts';
import { mintSecret } from '../access/secrets.ts';
import type { Caller, Group } from '../http/handlers.ts';
import { badRequest, notFound, Refusal } from '../http/problem.ts';
import type { Services } from './services.ts';
import { checkGrant, reachesUser } from './users.ts';

const TOKENS_PER_USER = 100;

export function apiTokenHandlers({ access, clock }: Services): Group<'apiTokens'> {
  const reaches = (caller: Caller, { user, tenantId }: ApiToken) => reachesUser(caller, { name: user, tenantId });
  const read = async (caller: Caller, id: string): Promise<ApiToken> => {
    const token = await access.get('token', id);
    if (token === undefined || !reaches(caller, token.record)) throw notFound('token', id);
    return token.record;
  };
  return {
    list: async ({ query, base, caller }) => {
      const user = query['user'];
      return (await access.list('token'))
        .filter((one) => reaches(caller, one) && (user === undefined || user === one.user))
        .map((one) => tokenToDto(one, base));
    },
    get: async ({ params, base, caller }) => tokenToDto(await read(caller, params.id), base),
    create: async ({ body, base, author, caller }) => {
      const name = body.user ?? caller.identity.user;
      const { id, secret, hash } = mintSecret('mnt');
      let made: ApiToken | undefined;
      const now = clock.now();
      const owner = (await access.get('user', name))?.record;
      await access.change(author, owner?.tenantId, async () => {
        const stored = await access.get('user', name);
        if (stored === undefined || !reachesUser(caller, stored.record)) {
          throw badRequest([{ property: 'user', message: `there is no user ${name}` }]);
        }
        const user = stored.record;
        const role = body.role ?? leastOf(user.role, caller);
        checkGrant(caller, role, user.tenantId);
        if (!atMost(role, user.role) || isCloudRole(role) !== isCloudRole(user.role)) {
          const message = `must be ${user.role === 'admin' ? CLOUD_ROLES.join(' or ') : `at most ${user.role}`}`;
          throw badRequest([{ property: 'role', message }]);
        }
        const theirs = (await access.list('token')).filter((token) => token.user === name);
        const gone = theirs.filter(({ expiresAt }) => expiresAt !== null && expiresAt <= now);
        if (theirs.length - gone.length >= TOKENS_PER_USER) {
          throw new Refusal(409, `user ${name} has ${TOKENS_PER_USER} tokens; delete some`);
        }
        made = {
          id,
          user: name,
          role,
          tenantId: user.tenantId,
          description: body.description ?? '',
          hash,
          createdAt: now,
          expiresAt: typeof body.expiresIn === 'number' ? now + body.expiresIn * 1000 : null,
        };
        return {
          writes: [putRecord('token', made), ...gone.map((token) => deleteRecord('token', token.id))],
          conditions: [unchanged('token', id, 0), unchanged('user', name, stored.modified)],
        };
      });
      if (made === undefined) throw new Error('a change committed without having been planned');
      return { ...tokenToDto(made, base), token: secret };
    },
    remove: async ({ params, author, caller }) => {
      const { id } = params;
      const token = await read(caller, id);
      if (!mayEnd(caller, token)) throw new Refusal(403, `token ${id} may do more than you show; show that, or log in`);
      await access.change(author, token.tenantId, async () => {
        await read(caller, id);
        return { writes: [deleteRecord('token', id)], conditions: [] };
      });
      return undefined;
    },
  };
}

/** Whoever shows a token that may do little ends none that may do more. */
function mayEnd({ identity }: Caller, { role }: ApiToken): boolean {
  return identity.role !== 'host' && atMost(role, identity.role);
}

/** The user's own role; less when who asks may do less, as with a token that makes another. */
function leastOf(role: ApiToken['role'], { identity }: Caller): ApiToken['role'] {
  return identity.role === 'host' || atMost(role, identity.role) ? role : identity.role;
}

function tokenToDto(token: ApiToken, base: Base): ApiTokenDto {
  const { id, user, role, tenantId, description, createdAt, expiresAt } = token;
  return {
    uri: link(base, 'tokens', id),
    id,
    user,
    role,
    tenantId: tenantId === '' ? null : tenantId,
    description: description === '' ? null : description,
    createdAt: new Date(createdAt).toISOString(),
    expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
  };
}
