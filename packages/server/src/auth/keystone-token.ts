import type { TenantRole } from '@midonet/contract';
import { z } from 'zod';
import type { Identity } from '../access/identity.ts';

const named = z.object({ id: z.string().min(1).max(255), name: z.string().max(255) });
const answer = z.object({
  token: z.object({
    user: named.extend({ domain: z.object({ id: z.string().max(255) }) }),
    project: named.optional(),
    system: z.object({ all: z.boolean() }).optional(),
    roles: z.array(z.object({ name: z.string() })).default([]),
    expires_at: z.iso.datetime({ offset: true }),
  }),
});
export type KeystoneToken = z.output<typeof answer>['token'];

/** What `GET /v3/auth/tokens` answers. Throws when it is something else. */
export function keystoneAnswer(text: string): KeystoneToken {
  return answer.parse(JSON.parse(text)).token;
}

/** Keystone's own default roles, the most powerful first. */
const ROLES: readonly (readonly [name: string, role: TenantRole])[] = [
  ['admin', 'tenant-admin'],
  ['manager', 'tenant-admin'],
  ['member', 'member'],
  ['reader', 'reader'],
];

/**
 * A project is the tenant of its id. `admin` is a role that people have in some project, so it makes
 * an administrator of everything only in the project that was named for it, or for the whole system. A `reader` of the
 * whole system is an auditor.
 * Undefined for a token without a scope or with none of the roles.
 */
export function identityOfKeystone(token: KeystoneToken, adminProject: string | undefined): Identity | undefined {
  const { user, project, system } = token;
  const has = new Set(token.roles.map(({ name }) => name.toLowerCase()));
  const credential = { kind: 'keystone', expires: Date.parse(token.expires_at), keys: [] } as const;
  // No user of the store has a colon in the name, so nobody becomes one of these by their name.
  const known = { user: `keystone:${user.name}@${user.domain.id}`, credential };
  const everywhere = system?.all === true || (project !== undefined && project.id === adminProject);
  if (everywhere && has.has('admin')) return { ...known, role: 'admin' };
  // For the whole system, which is nobody's project.
  if (system?.all === true && has.has('reader')) return { ...known, role: 'auditor' };
  const found = ROLES.find(([name]) => has.has(name));
  if (project === undefined || found === undefined) return undefined;
  return { ...known, role: found[1], tenantId: project.id };
}
