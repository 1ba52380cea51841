import type { HostId } from '@midonet/topology';
import type { NeutronKind, NeutronObject } from './objects/objects.ts';

/** What translation reads: Neutron's objects as they are stored, and the hosts. */
export type NeutronReader = {
  get<K extends NeutronKind>(kind: K, id: string): Promise<NeutronObject<K> | undefined>;
  /** Those of a kind that name this object; see references.ts. */
  naming<K extends NeutronKind>(named: NeutronKind, id: string, kind: K): Promise<readonly NeutronObject<K>[]>;
  /** By its name, or its id. */
  hostNamed(name: string): Promise<HostId | undefined>;
};
