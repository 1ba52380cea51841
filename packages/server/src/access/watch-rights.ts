import type { Topic } from '@midonet/contract';
import { parseId, type HostId } from '@midonet/topology';
import type { Identity } from './identity.ts';

/** What a caller may do on a watch, beside what the filter of a tenant's items lets through. */
export type WatchRights = {
  /** Which host's agent the caller may be: any, the one of its credential, or none. */
  readonly host: 'any' | 'none' | { readonly id: HostId; readonly name: string };
  /** Text says why not. */
  topic(topic: Topic): string | undefined;
  /** Only what belongs to this tenant goes out; undefined: all. */
  readonly tenantId: string | undefined;
};

/**
 * The watch's half of the policy. Admins watch all and may speak for any host; auditors watch all. A host's agent speaks
 * for its host alone and follows what packets meet, not whole collections. Tenants follow their own.
 */
export function watchRights(identity: Identity): WatchRights {
  switch (identity.role) {
    case 'admin':
      return { host: 'any', topic: () => undefined, tenantId: undefined };
    case 'auditor':
      return { host: 'none', topic: () => undefined, tenantId: undefined };
    case 'host': {
      const { hostId: id, name } = identity;
      const topic = (asked: Topic): string | undefined => {
        if (asked.kind === 'collection') return 'collections are not for agents';
        return (asked.kind === 'host' || asked.kind === 'conf') && parseId<HostId>(asked.id) !== id
          ? 'this is another host'
          : undefined;
      };
      return { host: { id, name }, topic, tenantId: undefined };
    }
    case 'tenant-admin':
    case 'member':
    case 'reader':
      return {
        host: 'none',
        topic: (asked) => (asked.kind === 'host' || asked.kind === 'conf' ? 'hosts are not for tenants' : undefined),
        tenantId: identity.tenantId,
      };
  }
}
