import { deviceTag, placeTag, type ObjectRef, type Tag } from '@midonet/flow';
import type { Ip4, Ip6, IpAddress } from '@midonet/packet';
import type { BalancerDevice, PoolDevice, PoolMember, PoolMemberId, Vip } from '@midonet/topology';
import { PROTO_TCP, PROTO_UDP } from '../answer/numbers.ts';
import { BoundedMemo, derived } from '../cache.ts';
import { PrefixTrie } from '../router/prefix-trie.ts';
import { hostPrefix } from '../router/router-index.ts';

/** An end of connections: of a VIP, or of a member as it answers. */
export type Place = { readonly proto: number; readonly port: number };
export type VipPlace = Place & { readonly vip: Vip; readonly pool: PoolDevice };

export type BalancerIndex = {
  readonly ref: ObjectRef;
  /** Of its admin state: all flows through its router carry it. */
  readonly tag: Tag;
  /** By the length of a prefix * 2^32 + its network. */
  readonly placeTags4: BoundedMemo<number, Tag>;
  /** By the network * 2^8 + the length. */
  readonly placeTags6: BoundedMemo<bigint, Tag>;
  /** VIPs that are up, by address. */
  readonly vips4: PrefixTrie<readonly VipPlace[]>;
  readonly vips6: PrefixTrie<readonly VipPlace[]>;
  /** Where answers come from: members in whatever state. */
  readonly answers4: PrefixTrie<readonly Place[]>;
  readonly answers6: PrefixTrie<readonly Place[]>;
};

/** Memoised tags per load balancer and kind. */
const PLACE_TAGS = 16_384;

export const balancerIndex = derived((device: BalancerDevice): BalancerIndex => {
  const { id } = device.balancer;
  const vips = device.vips.flatMap((vip): [IpAddress, VipPlace][] => {
    const pool = device.pools.get(vip.poolId);
    if (!vip.adminStateUp || pool === undefined) return [];
    return [[vip.address, { proto: protoOf(pool), port: vip.port, vip, pool }]];
  });
  const answers = [...device.pools.values()].flatMap((pool) =>
    pool.members.map(({ address, port }): [IpAddress, Place] => [address, { proto: protoOf(pool), port }]),
  );
  const [vips4, vips6] = byAddress(vips);
  const [answers4, answers6] = byAddress(answers);
  return {
    ...{ ref: { kind: 'balancer', id }, tag: deviceTag('balancer', id), vips4, vips6, answers4, answers6 },
    placeTags4: new BoundedMemo(PLACE_TAGS, (key: number) => {
      return placeTag(id, { address: (key % 0x100000000) as Ip4, length: Math.floor(key / 0x100000000) });
    }),
    placeTags6: new BoundedMemo(PLACE_TAGS, (key: bigint) => {
      return placeTag(id, { address: (key >> 8n) as Ip6, length: Number(key & 0xffn) });
    }),
  };
});

export const membersById = derived(
  ({ members }: PoolDevice): ReadonlyMap<string, PoolMember> =>
    new Map(members.map((member): [PoolMemberId, PoolMember] => [member.id, member])),
);

/** For flows to a pool, in whatever state it is; those that pass by it carry the balancer's alone. */
export const poolTag = derived(({ pool }: PoolDevice): Tag => deviceTag('pool', pool.id));

/** For flows that depend on which members would take a new connection. */
export const choiceTag = derived(({ pool }: PoolDevice): Tag => deviceTag('poolChoice', pool.id));

/** For flows of connections that a member has: they depend on no other member. */
export const memberTag = derived(({ id }: PoolMember): Tag => deviceTag('poolMember', id));

function protoOf({ pool }: PoolDevice): number {
  return pool.protocol === 'tcp' ? PROTO_TCP : PROTO_UDP;
}

function byAddress<T>(
  items: readonly (readonly [IpAddress, T])[],
): readonly [PrefixTrie<readonly T[]>, PrefixTrie<readonly T[]>] {
  const lists = new Map<IpAddress, T[]>();
  for (const [address, item] of items) {
    const list = lists.get(address);
    if (list === undefined) lists.set(address, [item]);
    else list.push(item);
  }
  const tries = [new PrefixTrie<readonly T[]>(32), new PrefixTrie<readonly T[]>(128)] as const;
  for (const [address, list] of lists) tries[typeof address === 'number' ? 0 : 1].insert(hostPrefix(address), list);
  return tries;
}
