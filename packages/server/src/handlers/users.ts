import { isCloudRole, link, type Base, type Role, type UserDto, type UserUpdate } from '@midonet/contract';
import { randomBytes } from 'node:crypto';
import { deleteRecord, putRecord, unchanged, type Stored } from '../access/access-store.ts';
import { atMost, tenantOfIdentity } from '../access/identity.ts';
import type { User } from '../access/records.ts';
import type { Caller, Group } from '../http/handlers.ts';
import { badRequest, notFound, Refusal } from '../http/problem.ts';
import type { Services } from './services.ts';

/** Users of all tenants at most. */
const USERS = 10_000;

/** Whether the caller reaches this user at all; else it is as if there were none. */
export function reachesUser({ identity, reach }: Caller, user: Pick<User, 'name' | 'tenantId'>): boolean {
  switch (reach) {
    case 'all':
      return true;
    case 'own':
      return user.tenantId === tenantOfIdentity(identity);
    case 'self':
      return user.name === identity.user && user.tenantId === (tenantOfIdentity(identity) ?? '');
    case 'none':
      return false;
  }
}

/** Nobody gives more than they have, or into another tenant. Throws 403. */
export function checkGrant(caller: Caller, role: Role, tenantId: string): void {
  const { identity } = caller;
  if (identity.role === 'admin') return;
  if (identity.role === 'host' || !atMost(role, identity.role)) {
    throw new Refusal(403, `role: you may not give the role ${role}`, [
      { property: 'role', message: 'is above yours' },
    ]);
  }
  if (tenantId !== (tenantOfIdentity(identity) ?? '')) {
    throw new Refusal(403, 'tenantId: must be your own', [{ property: 'tenantId', message: 'must be your own' }]);
  }
}

export function userHandlers({ access, passwords, clock }: Services): Group<'users'> {
  const read = async (caller: Caller, name: string): Promise<Stored<'user'>> => {
    const user = await access.get('user', name);
    if (user === undefined || !reachesUser(caller, user.record)) throw notFound('user', name);
    return user;
  };
  return {
    list: async ({ query, base, caller }) => {
      const tenant = query['tenant_id'];
      return (await access.list('user'))
        .filter((one) => reachesUser(caller, one) && (tenant === undefined || tenant === one.tenantId))
        .map((one) => userToDto(one, base));
    },
    get: async ({ params, base, caller }) => userToDto((await read(caller, params.name)).record, base),
    create: async ({ body, base, author, caller }) => {
      const { name, role } = body;
      const tenantId = tenantFor(role, body.tenantId ?? tenantOfIdentity(caller.identity));
      checkGrant(caller, role, tenantId);
      if ((await access.list('user')).length >= USERS) throw new Refusal(409, `there are ${USERS} users; delete some`);
      const user: User = {
        name,
        role,
        tenantId,
        password: await passwords.hash(body.password),
        enabled: body.enabled ?? true,
        createdAt: clock.now(),
        epoch: newEpoch(),
      };
      await access.change(author, tenantId, async () => {
        if ((await access.get('user', name)) !== undefined) {
          throw new Refusal(409, `name: there is a user ${name} already; take another name`);
        }
        return { writes: [putRecord('user', user)], conditions: [unchanged('user', name, 0)] };
      });
      return userToDto(user, base);
    },
    update: async ({ params, body, base, author, caller }) => {
      const { name } = params;
      const before = await read(caller, name);
      const hash = typeof body.password === 'string' ? await passwords.hash(body.password) : undefined;
      let after = before.record;
      await access.change(author, after.tenantId, async () => {
        const { record, modified } = await read(caller, name);
        checkChange(caller, record, body);
        after = changed(record, body, hash);
        if (after.role !== record.role || after.tenantId !== record.tenantId) {
          checkGrant(caller, after.role, after.tenantId);
        }
        return { writes: [putRecord('user', after)], conditions: [unchanged('user', name, modified)] };
      });
      return userToDto(after, base);
    },
    remove: async ({ params, author, caller }) => {
      const { name } = params;
      const { record: user } = await read(caller, name);
      await access.change(author, user.tenantId, async () => {
        const { record, modified } = await read(caller, name);
        checkAbove(caller, record);
        const tokens = (await access.list('token')).filter((token) => token.user === name);
        const writes = [deleteRecord('user', name), ...tokens.map(({ id }) => deleteRecord('token', id))];
        return { writes, conditions: [unchanged('user', name, modified)] };
      });
      return undefined;
    },
  };
}

function tenantFor(role: Role, tenantId: string | undefined): string {
  if (isCloudRole(role)) {
    if (tenantId === undefined) return '';
    throw badRequest([{ property: 'tenantId', message: `an ${role} has all tenants: leave it out` }]);
  }
  if (tenantId !== undefined) return tenantId;
  throw badRequest([{ property: 'tenantId', message: `is required for role ${role}` }]);
}

/** People change their own password and nothing else of themselves. */
function checkChange(caller: Caller, user: User, body: UserUpdate): void {
  if (caller.reach === 'self') {
    for (const member of ['role', 'tenantId', 'enabled'] as const) {
      const value = body[member] ?? undefined;
      if (value !== undefined && value !== user[member]) throw new Refusal(403, `${member}: only an admin changes it`);
    }
  }
  // Whoever shows a token for less than its user may do could take all of it with a new password.
  checkAbove(caller, user);
}

function checkAbove({ identity }: Caller, user: User): void {
  if (identity.role === 'admin' || (identity.role !== 'host' && atMost(user.role, identity.role))) return;
  throw new Refusal(403, `user ${user.name} has a role above yours`);
}

function changed(user: User, body: UserUpdate, password: string | undefined): User {
  const role = body.role ?? user.role;
  const tenantId = isCloudRole(role) ? tenantFor(role, body.tenantId ?? undefined) : (body.tenantId ?? user.tenantId);
  return {
    ...user,
    role,
    tenantId: tenantFor(role, tenantId === '' ? undefined : tenantId),
    enabled: body.enabled ?? user.enabled,
    ...(password === undefined ? {} : { password, epoch: newEpoch() }),
  };
}

export function newEpoch(): string {
  return randomBytes(6).toString('base64url');
}

function userToDto({ name, role, tenantId, enabled, createdAt }: User, base: Base): UserDto {
  return {
    uri: link(base, 'users', name),
    name,
    role,
    tenantId: tenantId === '' ? null : tenantId,
    enabled,
    createdAt: new Date(createdAt).toISOString(),
  };
}
