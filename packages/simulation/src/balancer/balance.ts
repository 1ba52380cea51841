import {
  ETHERTYPE_IPV4,
  FRAG_LATER,
  FRAG_NONE,
  sameTuple,
  translatesSource,
  type Connection,
  type Tuple,
} from '@midonet/flow';
import { formatIp, type IpAddress } from '@midonet/packet';
import type { BalancerDevice, PoolDevice, PoolMember } from '@midonet/topology';
import { PROTO_TCP, PROTO_UDP } from '../answer/numbers.ts';
import type { Stage } from '../connection/stage.ts';
import { begin, standingOf } from '../connection/track.ts';
import { newEnd, translateEnd } from '../connection/translate.ts';
import { isIcmpError } from '../connection/tuple.ts';
import { combine32, endsHash, foldAddress, tupleHash } from '../flow-hash.ts';
import type { RouterVisit } from '../router/router-visit.ts';
import type { Ending, Walk } from '../walk.ts';
import {
  balancerIndex,
  choiceTag,
  membersById,
  memberTag,
  poolTag,
  type BalancerIndex,
  type Place,
  type VipPlace,
} from './balancer-index.ts';
import { takeHealthAnswer } from './health-answer.ts';
import { chooseMember } from './maglev.ts';

export type Balanced =
  /** Nothing to the load balancer. */
  | { readonly kind: 'apart' }
  /** It is on its way between a client and a member, and was translated. */
  | { readonly kind: 'balanced' }
  | { readonly kind: 'ended'; readonly ending: Ending };

const APART: Balanced = { kind: 'apart' };
const BALANCED: Balanced = { kind: 'balanced' };

/**
 * The router's load balancer, asked about each packet that comes in: what is for a VIP goes to a
 * member, what answers it gets the VIP's address back, and ICMP errors about either follow.
 */
export function balance(walk: Walk, visit: RouterVisit): Balanced {
  const id = visit.device.router.loadBalancerId;
  if (id === undefined) return APART;
  const balancer = walk.topology.balancer(id);
  if (balancer === undefined) return ended(walk.blocked({ kind: 'balancer', id }));
  walk.tag(balancerIndex(balancer).tag);
  if (!balancer.balancer.adminStateUp) return APART;
  const { packet } = walk;
  const proto = packet.ipProto();
  if (proto === PROTO_TCP || proto === PROTO_UDP) return balancePacket(walk, visit, balancer, proto);
  return packet.ipFrag() !== FRAG_LATER && isIcmpError(packet) ? balanceError(walk) : APART;
}

function balancePacket(walk: Walk, visit: RouterVisit, balancer: BalancerDevice, proto: number): Balanced {
  const { packet, stage } = walk;
  const index = balancerIndex(balancer);
  const { vips, answers, places } = placesOf(walk, index, proto);
  if (stage === undefined) return APART;
  const taken = proto === PROTO_TCP ? takeHealthAnswer(walk, balancer, visit, places) : undefined;
  if (taken !== undefined) return ended(taken);
  if (vips.length === 0 && answers.length === 0) return APART;
  // Fragments are looked up in any case: the later ones are told by what is noted of the first.
  if (packet.ipFrag() === FRAG_NONE) {
    // Answers to clients must not depend on the client's port, nor new connections on it.
    const concerned =
      (vips.length > 0 && vips.some(atPort(packet.l4Dst()))) ||
      (answers.length > 0 && answers.some(atPort(packet.l4Src())));
    if (!concerned) return APART;
  }
  const standing = standingOf(walk);
  switch (standing.kind) {
    case 'missing':
      return ended(walk.blocked(standing.missing));
    case 'apart':
      return APART;
    case 'known': {
      const { connection, direction } = standing;
      if (direction === 'reply') return connection.member === undefined ? APART : giveBack(walk, connection);
      const place = vips.find(atPort(connection.original.dstPort));
      if (place === undefined) return APART;
      return stay(walk, balancer, place, connection) ?? choose(walk, stage, balancer, place, connection.original);
    }
    case 'new': {
      const place = vips.find(atPort(standing.tuple.dstPort));
      return place === undefined ? APART : choose(walk, stage, balancer, place, standing.tuple);
    }
    default:
      return standing satisfies never;
  }
}

function atPort(port: number): (place: { readonly port: number }) => boolean {
  return (place) => place.port === port;
}

/** As few bits of the addresses are read as tell them from those of VIPs and members. */
function placesOf(
  walk: Walk,
  index: BalancerIndex,
  proto: number,
): { readonly vips: readonly VipPlace[]; readonly answers: readonly Place[]; readonly places: readonly Place[] } {
  const { packet } = walk;
  const isIp4 = packet.ethType() === ETHERTYPE_IPV4;
  const isOfProto = (one: Place): boolean => one.proto === proto;
  // Results of look-ups are borrowed.
  const toVip = packet.lookupIpDst(isIp4 ? index.vips4 : index.vips6);
  const vips = toVip.node?.value ?? [];
  tagPlace(walk, index, packet.ipDst(toVip.examinedBits), toVip.examinedBits);
  const fromMember = packet.lookupIpSrc(isIp4 ? index.answers4 : index.answers6);
  const places = fromMember.node?.value ?? [];
  tagPlace(walk, index, packet.ipSrc(fromMember.examinedBits), fromMember.examinedBits);
  return { vips: vips.filter(isOfProto), answers: places.filter(isOfProto), places };
}

function tagPlace(walk: Walk, { placeTags4, placeTags6 }: BalancerIndex, network: IpAddress, length: number): void {
  if (typeof network === 'number') walk.tag(placeTags4.get(length * 0x100000000 + network));
  else walk.tag(placeTags6.get((network << 8n) | BigInt(length)));
}

/** Errors about a balanced connection, from whoever is on its way. */
function balanceError(walk: Walk): Balanced {
  const standing = standingOf(walk);
  if (standing.kind !== 'known' || standing.connection.member === undefined) return APART;
  if (standing.direction === 'reply') return giveBack(walk, standing.connection);
  toMember(walk, standing.connection);
  return BALANCED;
}

/**
 * A connection stays with its member, also when that gets no new ones. Undefined: the member is gone
 * or down, or there was none when the connection began.
 */
function stay(walk: Walk, balancer: BalancerDevice, place: VipPlace, connection: Connection): Balanced | undefined {
  const { pool } = place;
  const { reply } = connection;
  walk.tag(poolTag(pool));
  const member = membersById(pool).get(connection.member ?? '');
  if (member?.address !== reply.src || member.port !== reply.srcPort) return undefined;
  walk.tag(memberTag(member));
  if (!pool.pool.adminStateUp || balancer.health.get(member.id) === 'down') return undefined;
  if (walk.trace !== undefined) explain(walk, balancer, place, member, 'the connection stays with');
  toMember(walk, connection);
  return BALANCED;
}

function choose(walk: Walk, stage: Stage, balancer: BalancerDevice, place: VipPlace, tuple: Tuple): Balanced {
  const { pool, vip } = place;
  const ref = { kind: 'pool', id: pool.pool.id };
  walk.tag(poolTag(pool));
  // Without ports nothing can begin.
  if (walk.packet.ipFrag() === FRAG_LATER) return ended(walk.drop('fragmentUnknown', ref));
  walk.tagUnlessBegun(choiceTag(pool));
  const member = pool.pool.adminStateUp ? memberFor(walk, stage, balancer, place, tuple) : undefined;
  if (member === undefined) return ended(walk.drop('noMember', ref));
  walk.tag(memberTag(member));
  begin(walk, stage, tuple, member.id);
  if (walk.trace !== undefined) {
    const by = vip.sessionPersistence === 'sourceIp' ? "the client's address" : 'the connection';
    explain(walk, balancer, place, member, `new; the hash of ${by} gives`);
  }
  translateEnd(walk, 'dst', newEnd(member.address, member.port, vip.port));
  return BALANCED;
}

/** Tries at a member towards which the client's address and port are free. */
const TRIES = 8;

/**
 * A client may use one port for two VIPs of a pool. The answers of one member to both would look
 * alike, so the second connection goes to another member; where there is none, it takes over.
 */
function memberFor(
  walk: Walk,
  stage: Stage,
  balancer: BalancerDevice,
  { pool, vip }: VipPlace,
  tuple: Tuple,
): PoolMember | undefined {
  const isUp = ({ id }: PoolMember): boolean => balancer.health.get(id) !== 'down';
  if (vip.sessionPersistence === 'sourceIp') return chooseMember(pool, combine32(foldAddress(tuple.src), 0), isUp);
  const hash = tupleHash(tuple);
  const first = chooseMember(pool, hash, isUp);
  let member = first;
  for (let i = 1; i < TRIES && member !== undefined; i++) {
    const answer = { proto: tuple.proto, src: member.address, srcPort: member.port };
    const found = walk.connections.find(stage.device, { ...answer, dst: tuple.src, dstPort: tuple.srcPort });
    if (found === undefined || sameTuple(found.connection.original, tuple)) {
      if (i === 1) noteChoice(walk, balancer, pool, member, tuple);
      else walk.chosenByPorts = true;
      return member;
    }
    member = chooseMember(pool, combine32(hash, i), isUp);
  }
  walk.chosenByPorts = true;
  return first;
}

/** So that the datapath can choose for others. */
function noteChoice(walk: Walk, balancer: BalancerDevice, pool: PoolDevice, member: PoolMember, tuple: Tuple): void {
  const { proto, src, dst, dstPort } = tuple;
  const ids = { balancerId: balancer.balancer.id, poolId: pool.pool.id, memberId: member.id };
  walk.memberChoice = { ...ids, hash: endsHash(proto, src, dst), dstPort };
  walk.memberChoices++;
}

function toMember(walk: Walk, { reply, original }: Connection): void {
  translateEnd(walk, 'dst', newEnd(reply.src, reply.srcPort, original.dstPort));
}

/** Both ends, as no chain will do the other: the inbound filter is not asked. */
function giveBack(walk: Walk, connection: Connection): Balanced {
  const { original, reply } = connection;
  translateEnd(walk, 'src', newEnd(original.dst, original.dstPort, reply.srcPort));
  if (translatesSource(connection)) translateEnd(walk, 'dst', newEnd(original.src, original.srcPort, reply.dstPort));
  return BALANCED;
}

function ended(ending: Ending): Balanced {
  return { kind: 'ended', ending };
}

function explain(walk: Walk, balancer: BalancerDevice, place: VipPlace, member: PoolMember, why: string): void {
  const { ref } = balancerIndex(balancer);
  const { vip, pool } = place;
  const key = `${endText(vip)} ${pool.pool.protocol}`;
  walk.step(ref, { kind: 'lookup', table: 'VIPs', key, result: `pool ${pool.pool.id}` });
  const result = `${endText(member)} (${member.id})`;
  walk.step({ kind: 'pool', id: pool.pool.id }, { kind: 'lookup', table: 'members', key: why, result });
}

function endText({ address, port }: { readonly address: IpAddress; readonly port: number }): string {
  return typeof address === 'number' ? `${formatIp(address)}:${port}` : `[${formatIp(address)}]:${port}`;
}
