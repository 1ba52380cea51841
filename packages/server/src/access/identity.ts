import { isCloudRole, type CloudRole, type Role, type TenantRole } from '@midonet/contract';
import type { Author } from '@midonet/store';
import type { HostId } from '@midonet/topology';

/** How a caller proved who they are; `keys` are the store keys whose change ends it. */
export type Credential = {
  readonly kind: 'root' | 'session' | 'token' | 'host' | 'keystone' | 'none';
  /** Public name of an API token or host credential. Never the secret. */
  readonly id?: string | undefined;
  /** Milliseconds since the epoch; undefined lasts until it is revoked. */
  readonly expires?: number | undefined;
  readonly keys: readonly string[];
};

/** Who a request comes from. A tenant's people have that tenant and no other; an agent is its host. */
export type Identity = { readonly user: string; readonly credential: Credential } & (
  | { readonly role: CloudRole }
  | { readonly role: TenantRole; readonly tenantId: string }
  | { readonly role: 'host'; readonly hostId: HostId; readonly name: string }
);

export function tenantOfIdentity(identity: Identity): string | undefined {
  return 'tenantId' in identity ? identity.tenantId : undefined;
}

/** The author of a write with what the audit trail says of it beyond the store's own history. */
export type Actor = Author & {
  /** Id of the API token that was used. */
  readonly token?: string | undefined;
  readonly request?: string | undefined;
  /** The tenant the caller belongs to; undefined for the provider's people. */
  readonly tenantId?: string | undefined;
};

const RANK: Readonly<Record<TenantRole, number>> = { reader: 0, member: 1, 'tenant-admin': 2 };

/** Whether `role` may do no more than `than`. Who looks at all tenants has no part in one, and the other way round. */
export function atMost(role: Role, than: Role): boolean {
  if (than === 'admin' || role === than) return true;
  return !isCloudRole(role) && !isCloudRole(than) && RANK[role] <= RANK[than];
}
