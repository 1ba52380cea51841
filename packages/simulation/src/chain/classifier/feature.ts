import type { NumberRange, PortId } from '@midonet/topology';
import type { Expression, Leaf } from '../expression.ts';
import type { PrefixTest } from '../prefix-test.ts';

/**
 * What rules are told apart by, in the order in which they are preferred: first what reads nothing of
 * the packet, then what costs masks least.
 */
export const DIMENSIONS = [
  'inPort',
  'outPort',
  'etherType',
  'vlan',
  'protocol',
  'dstAddress',
  'srcAddress',
  'dstPort',
  'srcPort',
  'dstMac',
  'srcMac',
] as const;

export type Dimension = (typeof DIMENSIONS)[number];

/** What a rule insists on in one dimension. A packet with another value fails the rule, whatever else it asks. */
export type Feature =
  | { readonly kind: 'ports'; readonly ports: readonly PortId[] }
  | { readonly kind: 'value'; readonly value: number }
  | { readonly kind: 'prefix'; readonly prefix: PrefixTest }
  | { readonly kind: 'range'; readonly range: NumberRange };

export type Features = Partial<Readonly<Record<Dimension, Feature>>>;

/** Rules with more ports than this are not told apart by them, so that a table stays linear in its rules. */
const MAX_PORTS = 32;
/** Likewise ranges over more ports than this: they hold for most packets anyway. */
const MAX_RANGE = 0x8000;
const WHOLE_MAC = 0xffff_ffff_ffff;

/** Protocols and ARP operations in one number. */
export const ARP_OPERATIONS = 0x100;

/** What a condition insists on: its terms that must hold, none of the inverted ones. */
export function featuresOf(expression: Expression): Features {
  if (expression.kind !== 'and') return {};
  const features: Partial<Record<Dimension, Feature>> = {};
  for (const term of expression.terms) {
    if (term.kind === 'and' || term.kind === 'not') continue;
    const [dimension, feature] = featureOf(term) ?? [];
    if (dimension !== undefined && feature !== undefined) features[dimension] = feature;
  }
  return features;
}

function featureOf(leaf: Leaf): readonly [Dimension, Feature] | undefined {
  switch (leaf.kind) {
    case 'port':
      if (leaf.ports.size > MAX_PORTS) return undefined;
      return [leaf.of === 'in' ? 'inPort' : 'outPort', { kind: 'ports', ports: [...leaf.ports] }];
    case 'etherType':
      return ['etherType', { kind: 'value', value: leaf.value }];
    case 'vlan':
      return ['vlan', { kind: 'value', value: leaf.id }];
    case 'protocol':
      return ['protocol', { kind: 'value', value: leaf.value + (leaf.arp ? ARP_OPERATIONS : 0) }];
    case 'prefix':
      return [leaf.of === 'src' ? 'srcAddress' : 'dstAddress', { kind: 'prefix', prefix: leaf.prefix }];
    case 'range': {
      const { start, end } = leaf.range;
      if (end - start >= MAX_RANGE || end < start) return undefined;
      return [leaf.of === 'src' ? 'srcPort' : 'dstPort', { kind: 'range', range: leaf.range }];
    }
    case 'mac':
      if (leaf.mac.mask !== WHOLE_MAC) return undefined;
      return [leaf.of === 'src' ? 'srcMac' : 'dstMac', { kind: 'value', value: leaf.mac.address }];
    case 'portGroup':
    case 'traversed':
    case 'dstRewritten':
    case 'untagged':
    case 'tos':
    case 'fragment':
    case 'addressGroup':
    case 'connection':
    case 'icmpData':
      return undefined;
    default:
      return leaf satisfies never;
  }
}
