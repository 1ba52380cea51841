import { formatCidr } from '@midonet/packet';
import type { Violation } from '@midonet/topology';
import { isUplink } from './objects/network.ts';
import type { NeutronKind, NeutronObject } from './objects/objects.ts';

type Lasting = { readonly [K in NeutronKind]?: (object: NeutronObject<K>) => Readonly<Record<string, string>> };

/** By the names of members. Neutron changes none of these, and what others have made by them would not follow. */
const LASTING: Lasting = {
  network: (network) => ({ 'provider:network_type': isUplink(network) ? 'uplink' : 'no uplink' }),
  subnet: ({ network_id, cidr }) => ({ network_id, cidr: formatCidr(cidr) }),
  port: ({ network_id }) => ({ network_id }),
};

/** What an update would change that stays as it was when the object came. */
export function lastingViolations<K extends NeutronKind>(
  kind: K,
  before: NeutronObject<K>,
  after: NeutronObject<K>,
): readonly Violation[] {
  const [was, is] = [LASTING[kind]?.(before) ?? {}, LASTING[kind]?.(after) ?? {}];
  return Object.keys(was).flatMap((property) =>
    was[property] === is[property]
      ? []
      : [{ property, message: `is ${was[property]}, and stays so: make another ${kind}` }],
  );
}
