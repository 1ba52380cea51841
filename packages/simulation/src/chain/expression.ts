import { ETHERTYPE_ARP } from '@midonet/flow';
import type { Cidr } from '@midonet/packet';
import type {
  BridgeId,
  FragmentPolicy,
  IpAddrGroupId,
  MaskedMac,
  NumberRange,
  PortGroupId,
  PortId,
  RouterId,
  RuleCondition,
  Test,
} from '@midonet/topology';
import { PrefixTest } from './prefix-test.ts';

/** Which of a packet's two ends. */
export type End = 'src' | 'dst';

/** One question about a packet, of what it has come through or of its fields. */
export type Leaf =
  | { readonly kind: 'port'; readonly of: 'in' | 'out'; readonly ports: ReadonlySet<PortId> }
  /** `ingress` is the port through which the packet came into the topology. */
  | { readonly kind: 'portGroup'; readonly of: 'ingress' | 'in' | 'out'; readonly group: PortGroupId }
  | { readonly kind: 'traversed'; readonly device: BridgeId | RouterId | PortId }
  | { readonly kind: 'dstRewritten' }
  | { readonly kind: 'etherType'; readonly value: number }
  | { readonly kind: 'untagged' }
  | { readonly kind: 'vlan'; readonly id: number }
  /** `arp` when the rule is about ARP, whose operation stands in the field. */
  | { readonly kind: 'protocol'; readonly value: number; readonly arp: boolean }
  | { readonly kind: 'tos'; readonly value: number }
  | { readonly kind: 'prefix'; readonly of: End; readonly prefix: PrefixTest }
  | { readonly kind: 'fragment'; readonly policy: Exclude<FragmentPolicy, 'any'> }
  | { readonly kind: 'range'; readonly of: End; readonly range: NumberRange }
  | { readonly kind: 'mac'; readonly of: End; readonly mac: MaskedMac }
  | { readonly kind: 'addressGroup'; readonly of: End; readonly group: IpAddrGroupId }
  | { readonly kind: 'connection'; readonly is: 'forward' | 'return' }
  | { readonly kind: 'icmpData'; readonly of: End; readonly prefix: Cidr };

export type Expression =
  | Leaf
  | { readonly kind: 'and'; readonly terms: readonly Expression[] }
  | { readonly kind: 'not'; readonly term: Expression };

/**
 * The tree of a condition. Terms stand in the order in which they are asked: first what reads
 * nothing of the packet, then fields that devices read anyway, then narrower ones, so that a packet
 * that fails early leaves a wide mask. The inner packet of ICMP errors comes last: no flow can match it.
 */
export function expressionOf(condition: RuleCondition): Expression {
  const terms: Expression[] = [];
  const add = <T>(test: Test<T> | undefined, leaf: (value: T) => Leaf): void => {
    if (test === undefined) return;
    const term = leaf(test.value);
    terms.push(test.invert ? { kind: 'not', term } : term);
  };
  const { dlType } = condition;
  const arp = dlType?.value === ETHERTYPE_ARP && !dlType.invert;
  add(condition.inPorts, (ports) => ({ kind: 'port', of: 'in', ports: new Set(ports) }));
  add(condition.outPorts, (ports) => ({ kind: 'port', of: 'out', ports: new Set(ports) }));
  add(condition.portGroup, (group) => ({ kind: 'portGroup', of: 'ingress', group }));
  add(condition.inPortGroup, (group) => ({ kind: 'portGroup', of: 'in', group }));
  add(condition.outPortGroup, (group) => ({ kind: 'portGroup', of: 'out', group }));
  add(condition.traversedDevice, (device) => ({ kind: 'traversed', device }));
  if (condition.nwDstRewritten === true) terms.push({ kind: 'dstRewritten' });
  add(dlType, (value) => ({ kind: 'etherType', value }));
  if (condition.noVlan === true) terms.push({ kind: 'untagged' });
  if (condition.vlan !== undefined) terms.push({ kind: 'vlan', id: condition.vlan });
  add(condition.nwProto, (value) => ({ kind: 'protocol', value, arp }));
  add(condition.nwTos, (value) => ({ kind: 'tos', value }));
  add(condition.nwDst, (cidr) => ({ kind: 'prefix', of: 'dst', prefix: new PrefixTest(cidr) }));
  add(condition.nwSrc, (cidr) => ({ kind: 'prefix', of: 'src', prefix: new PrefixTest(cidr) }));
  const { fragmentPolicy } = condition;
  const fragment: Leaf | undefined =
    fragmentPolicy === 'any' ? undefined : { kind: 'fragment', policy: fragmentPolicy };
  if (fragment !== undefined && !condition.invert) terms.push(fragment);
  add(condition.tpDst, (range) => ({ kind: 'range', of: 'dst', range }));
  add(condition.tpSrc, (range) => ({ kind: 'range', of: 'src', range }));
  add(condition.dlDst, (mac) => ({ kind: 'mac', of: 'dst', mac }));
  add(condition.dlSrc, (mac) => ({ kind: 'mac', of: 'src', mac }));
  add(condition.ipAddrGroupDst, (group) => ({ kind: 'addressGroup', of: 'dst', group }));
  add(condition.ipAddrGroupSrc, (group) => ({ kind: 'addressGroup', of: 'src', group }));
  if (condition.connection !== undefined) terms.push({ kind: 'connection', is: condition.connection });
  add(condition.icmpDataDst, (prefix) => ({ kind: 'icmpData', of: 'dst', prefix }));
  add(condition.icmpDataSrc, (prefix) => ({ kind: 'icmpData', of: 'src', prefix }));
  const all: Expression = { kind: 'and', terms };
  if (!condition.invert) return all;
  const inverted: Expression = { kind: 'not', term: all };
  // The policy is not part of what `invert` turns round.
  return fragment === undefined ? inverted : { kind: 'and', terms: [fragment, inverted] };
}
