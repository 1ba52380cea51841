import { deviceTag, neighbourTag, routeTag, type ObjectRef, type Tag } from '@midonet/flow';
import { network4, network6, type Cidr, type Ip4, type Ip6, type IpAddress } from '@midonet/packet';
import type { Route, RouteId, RouterDevice, RouterPort } from '@midonet/topology';
import { BoundedMemo, derived } from '../cache.ts';
import { hashText } from '../flow-hash.ts';
import { PrefixTrie } from './prefix-trie.ts';

/** A route as the look-up wants it. */
export type RouteEntry = {
  readonly route: Route;
  /** The egress port of a normal route, the owning port of a local one. */
  readonly port: RouterPort | undefined;
  readonly idHash: number;
};

/** Stands for an address of the router whose LOCAL route is out: such packets end here, never pass. */
export const OWN_ADDRESS_WEIGHT = Infinity;

export type RouterIndex = {
  readonly ref: ObjectRef & { readonly name: string };
  readonly tag: Tag;
  /** Per destination prefix: its routes, lowest weight first. */
  readonly routes4: PrefixTrie<readonly RouteEntry[]>;
  readonly routes6: PrefixTrie<readonly RouteEntry[]>;
  /** By length * 2^32 + network. */
  readonly routeTags4: BoundedMemo<number, Tag>;
  /** By network * 2^8 + length. */
  readonly routeTags6: BoundedMemo<bigint, Tag>;
  readonly neighbourTags4: BoundedMemo<Ip4, Tag>;
  readonly neighbourTags6: BoundedMemo<Ip6, Tag>;
};

/** Memoised tags per router and kind. */
const ROUTE_TAGS = 16_384;

export const routerIndex = derived((device: RouterDevice): RouterIndex => {
  const id = device.router.id;
  const byPrefix = new Map<string, RouteEntry[]>();
  for (const route of [...device.routes, ...ownAddressRoutes(device)]) {
    const port = 'nextHopPort' in route ? device.ports.get(route.nextHopPort) : undefined;
    // A route through a port that is not here cannot carry anything; it must not hide a shorter one.
    if ('nextHopPort' in route && port === undefined) continue;
    const network = networkOf(route.destination);
    const key = `${network.address} ${network.length} ${typeof network.address}`;
    const entries = byPrefix.get(key);
    const entry = { route, port, idHash: hashText(route.id) };
    if (entries === undefined) byPrefix.set(key, [entry]);
    else entries.push(entry);
  }
  const routes4 = new PrefixTrie<readonly RouteEntry[]>(32);
  const routes6 = new PrefixTrie<readonly RouteEntry[]>(128);
  const rising = [...byPrefix.values()].sort((a, b) => lengthOf(a) - lengthOf(b));
  for (const entries of rising) {
    entries.sort((a, b) => a.route.weight - b.route.weight);
    const prefix = entries[0]?.route.destination;
    if (prefix !== undefined) (typeof prefix.address === 'number' ? routes4 : routes6).insert(prefix, entries);
  }
  return {
    ref: { kind: 'router', id, name: device.router.name },
    tag: deviceTag('router', id),
    routes4,
    routes6,
    routeTags4: new BoundedMemo(ROUTE_TAGS, (key: number) => {
      const address = (key % 0x100000000) as Ip4;
      return routeTag(id, { address, length: Math.floor(key / 0x100000000) });
    }),
    routeTags6: new BoundedMemo(ROUTE_TAGS, (key: bigint) => {
      return routeTag(id, { address: (key >> 8n) as Ip6, length: Number(key & 0xffn) });
    }),
    neighbourTags4: new BoundedMemo(ROUTE_TAGS, (ip) => neighbourTag(id, ip)),
    neighbourTags6: new BoundedMemo(ROUTE_TAGS, (ip) => neighbourTag(id, ip)),
  };
});

/** A last resort for every address of every port, so that the trie separates them from other routes. */
function ownAddressRoutes(device: RouterDevice): Route[] {
  return [...device.ports.values()].flatMap((port) =>
    port.addresses.map(({ address }): Route => {
      const destination = hostPrefix(address);
      return {
        kind: 'route',
        id: device.router.id as string as RouteId,
        routerId: device.router.id,
        source: networkOf({ ...destination, length: 0 }),
        destination,
        weight: OWN_ADDRESS_WEIGHT,
        learned: false,
        type: 'blackhole',
      };
    }),
  );
}

export function hostPrefix(address: IpAddress): Cidr {
  return typeof address === 'number' ? { address, length: 32 } : { address, length: 128 };
}

export function networkOf({ address, length }: Cidr): Cidr {
  return typeof address === 'number'
    ? { address: network4(address, length), length }
    : { address: network6(address, length), length };
}

function lengthOf(entries: readonly RouteEntry[]): number {
  return entries[0]?.route.destination.length ?? 0;
}
