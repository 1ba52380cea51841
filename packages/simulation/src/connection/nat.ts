import {
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  FRAG_LATER,
  isBeside,
  sameTuple,
  translatesDestination,
  translatesSource,
  type Missing,
  type NatRange,
  type SourceRequest,
  type Tuple,
} from '@midonet/flow';
import type { IpAddress } from '@midonet/packet';
import type { Rule } from '@midonet/topology';
import { combine32, foldAddress, tupleHash } from '../flow-hash.ts';
import type { Walk } from '../walk.ts';
import { standingOf, track } from './track.ts';
import { newEnd, translateEnd } from './translate.ts';
import { tupleNow } from './tuple.ts';

export type NatRule = Extract<Rule, { readonly type: 'snat' | 'dnat' | 'revSnat' | 'revDnat' }>;

export type NatResult =
  | { readonly kind: 'applied' }
  /** Nothing to translate for this packet: the rule is passed over. */
  | { readonly kind: 'passed' }
  | { readonly kind: 'refused'; readonly reason: 'natExhausted' | 'fragmentUnknown' }
  | { readonly kind: 'missing'; readonly missing: Missing };

const APPLIED: NatResult = { kind: 'applied' };
const PASSED: NatResult = { kind: 'passed' };

/** What a NAT rule whose condition holds does to the packet. */
export function applyNat(walk: Walk, rule: NatRule): NatResult {
  switch (rule.type) {
    case 'revSnat':
      return giveBack(walk, 'dst');
    case 'revDnat':
      return giveBack(walk, 'src');
    case 'snat':
    case 'dnat':
      return translate(walk, rule.type, rule.targets);
    default:
      return rule satisfies never;
  }
}

function translate(walk: Walk, type: 'snat' | 'dnat', targets: readonly NatRange[]): NatResult {
  const { packet } = walk;
  const family = packet.ethType();
  // ARP and what is no IP have no address to translate.
  if (family !== ETHERTYPE_IPV4 && family !== ETHERTYPE_IPV6) return PASSED;
  // A rule for the other IP family: a router of both has one of each.
  if ((family === ETHERTYPE_IPV4) !== (typeof targets[0]?.addressFrom === 'number')) return PASSED;
  if (targets.every(({ portTo }) => portTo === 0)) return translateStatically(walk, type, targets);
  const standing = track(walk);
  switch (standing.kind) {
    case 'missing':
      return standing;
    case 'apart':
      return PASSED;
    case 'known': {
      // What a connection is translated to is settled when it begins.
      const { connection, direction } = standing;
      if (direction === 'reply') return PASSED;
      const { reply, original } = connection;
      if (type === 'snat' && translatesSource(connection)) {
        translateEnd(walk, 'src', newEnd(reply.dst, reply.dstPort, original.srcPort));
      } else if (type === 'dnat' && translatesDestination(connection)) {
        translateEnd(walk, 'dst', newEnd(reply.src, reply.srcPort, original.dstPort));
      }
      return APPLIED;
    }
    case 'new':
      // Its first fragment began nothing (a rule dropped it), and it has no ports to begin anything with.
      if (packet.ipFrag() === FRAG_LATER) return { kind: 'refused', reason: 'fragmentUnknown' };
      return type === 'snat' ? chooseSource(walk, standing.tuple, targets) : chooseDestination(walk, targets);
    default:
      return standing satisfies never;
  }
}

function chooseSource(walk: Walk, original: Tuple, ranges: readonly NatRange[]): NatResult {
  const now = tupleNow(walk.packet);
  const device = walk.stage?.device;
  if (now === undefined || device === undefined) return PASSED;
  // Copies of one flood that come in by several ports are one connection, and get one source.
  const others = walk.opening.filter((one) => one.device === device && !sameTuple(one.original, original));
  const before = others.map(({ reply }) => reply);
  const request = { device, original, now, ranges, ...(before.length === 0 ? undefined : { besides: before }) };
  if (!hasPorts(now)) return chooseAddress(walk, request);
  const choice = walk.connections.source(request);
  walk.sourceChoice = request;
  walk.sourceChoices++;
  switch (choice.kind) {
    case 'chosen':
      translateEnd(walk, 'src', newEnd(choice.address, choice.port, now.srcPort));
      return APPLIED;
    case 'unleased':
      return { kind: 'missing', missing: { kind: 'natPorts', deviceId: device, address: choice.address } };
    case 'exhausted':
      return { kind: 'refused', reason: 'natExhausted' };
    default:
      return choice satisfies never;
  }
}

/** Protocols without ports: one connection between two addresses. */
function chooseAddress(walk: Walk, request: SourceRequest): NatResult {
  const { device, now } = request;
  for (const range of request.ranges) {
    const address = addressIn(range, foldAddress(now.src));
    const answer = { ...now, src: now.dst, dst: address };
    if (isBeside(request, answer) || walk.connections.find(device, answer) !== undefined) continue;
    translateEnd(walk, 'src', { address, port: undefined });
    return APPLIED;
  }
  return { kind: 'refused', reason: 'natExhausted' };
}

function hasPorts({ srcPort, dstPort }: Tuple): boolean {
  return srcPort !== 0 || dstPort !== 0;
}

/** By the hash of the connection, so every host chooses alike and an early duplicate finds the same. */
function chooseDestination(walk: Walk, targets: readonly NatRange[]): NatResult {
  const now = tupleNow(walk.packet);
  if (now === undefined) return PASSED;
  walk.chosenByPorts = true;
  const hash = tupleHash(now);
  const target = targets[hash % targets.length];
  if (target === undefined) return PASSED;
  const { portFrom, portTo } = target;
  const port = portFrom + (combine32(hash, 2) % (portTo - portFrom + 1));
  translateEnd(walk, 'dst', newEnd(addressIn(target, combine32(hash, 1)), port, now.dstPort));
  return APPLIED;
}

/** One address for another without state: a floating IP. Of several, always the same for the same address. */
function translateStatically(walk: Walk, type: 'snat' | 'dnat', targets: readonly NatRange[]): NatResult {
  const { packet } = walk;
  const first = targets[0];
  if (first === undefined) return PASSED;
  let target = first;
  let hash = 0;
  if (targets.length > 1 || first.addressFrom !== first.addressTo) {
    hash = foldAddress(type === 'snat' ? packet.ipSrc() : packet.ipDst());
    target = targets[hash % targets.length] ?? first;
  }
  translateEnd(walk, type === 'snat' ? 'src' : 'dst', {
    address: addressIn(target, combine32(hash, 1)),
    port: undefined,
  });
  return APPLIED;
}

/** An answer to a translated connection gets the end back that the other side knows. */
function giveBack(walk: Walk, side: 'src' | 'dst'): NatResult {
  const standing = standingOf(walk);
  if (standing.kind === 'missing') return standing;
  if (standing.kind !== 'known' || standing.direction !== 'reply') return PASSED;
  const { connection } = standing;
  const { original, reply } = connection;
  if (side === 'dst' && translatesSource(connection)) {
    translateEnd(walk, 'dst', newEnd(original.src, original.srcPort, reply.dstPort));
    return APPLIED;
  }
  if (side === 'src' && translatesDestination(connection)) {
    translateEnd(walk, 'src', newEnd(original.dst, original.dstPort, reply.srcPort));
    return APPLIED;
  }
  return PASSED;
}

function addressIn({ addressFrom, addressTo }: NatRange, hash: number): IpAddress {
  if (typeof addressFrom === 'number' && typeof addressTo === 'number') {
    return (addressFrom + (hash % (addressTo - addressFrom + 1))) as typeof addressFrom;
  }
  const span = BigInt(addressTo) - BigInt(addressFrom) + 1n;
  return (BigInt(addressFrom) + (BigInt(hash) % span)) as Extract<IpAddress, bigint>;
}
