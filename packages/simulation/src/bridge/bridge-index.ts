import { bridgeArpTag, deviceTag, floodTag, macTag, type ObjectRef, type Tag } from '@midonet/flow';
import type { Ip4, Ip6, IpAddress, Mac } from '@midonet/packet';
import type { BridgeDevice, BridgePort } from '@midonet/topology';
import { linkLocalAddress } from '../ip-scope.ts';
import { BoundedMemo, derived } from '../cache.ts';

/** The key of a MAC table row: VLAN (0 untagged) above the 48 bits of the address. */
export const macKey = (vlan: number, mac: Mac): number => vlan * 0x1000000000000 + mac;

/** One broadcast domain of a bridge: the ports a frame of that VLAN may leave through. */
export type Segment = {
  readonly vlan: number;
  readonly members: readonly BridgePort[];
  /** Ports that lead to a router, by that router port's MAC and by its addresses. */
  readonly routerMacs: ReadonlyMap<Mac, BridgePort>;
  readonly routerAddresses: ReadonlyMap<IpAddress, BridgePort>;
};

export type BridgeIndex = {
  readonly ref: ObjectRef & { readonly name: string };
  readonly tag: Tag;
  readonly floodTag: Tag;
  /** True when an interior port carries a VLAN id; trunks are then the ports that are not interior. */
  readonly vlanAware: boolean;
  readonly segments: ReadonlyMap<number, Segment>;
  /** Where frames of a VLAN without a port of its own go: between trunks, or anywhere in a plain bridge. */
  readonly passing: Segment;
  readonly macTags: BoundedMemo<number, Tag>;
  readonly arpTags4: BoundedMemo<Ip4, Tag>;
  readonly arpTags6: BoundedMemo<Ip6, Tag>;
};

/** Memoised tags per bridge and kind. */
const MAC_TAGS = 16_384;

export const bridgeIndex = derived((device: BridgeDevice): BridgeIndex => {
  const id = device.bridge.id;
  // By id: where MACs or addresses collide all hosts must choose alike, whatever order news came in.
  const ports = [...device.ports.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const vlanPorts = ports.filter((port) => port.vlanId !== undefined);
  const vlanAware = vlanPorts.length > 0;
  const trunks = ports.filter(isTrunk);
  const untagged = ports.filter((port) => port.vlanId === undefined);
  const segments = new Map([[0, segment(device, 0, untagged)]]);
  for (const port of vlanPorts) {
    const vlan = port.vlanId ?? 0;
    const same = vlanPorts.filter((other) => other.vlanId === vlan);
    segments.set(vlan, segment(device, vlan, [...same, ...trunks]));
  }
  return {
    ref: { kind: 'bridge', id, name: device.bridge.name },
    tag: deviceTag('bridge', id),
    floodTag: floodTag(id),
    vlanAware,
    segments,
    passing: { vlan: -1, members: vlanAware ? trunks : ports, routerMacs: new Map(), routerAddresses: new Map() },
    macTags: new BoundedMemo(MAC_TAGS, (key: number) => {
      const vlan = Math.floor(key / 0x1000000000000);
      return macTag(id, vlan, (key % 0x1000000000000) as Mac);
    }),
    arpTags4: new BoundedMemo(MAC_TAGS, (ip) => bridgeArpTag(id, ip)),
    arpTags6: new BoundedMemo(MAC_TAGS, (ip) => bridgeArpTag(id, ip)),
  };
});

/** A trunk of a VLAN-aware bridge passes tags as they are: every port that is not linked. */
export function isTrunk(port: BridgePort): boolean {
  return port.vlanId === undefined && port.peerId === undefined;
}

function segment(device: BridgeDevice, vlan: number, members: readonly BridgePort[]): Segment {
  const routerMacs = new Map<Mac, BridgePort>();
  const routerAddresses = new Map<IpAddress, BridgePort>();
  for (const port of members) {
    const router = device.routerPeers.get(port.id);
    if (router === undefined) continue;
    routerMacs.set(router.mac, port);
    for (const { address } of router.addresses) routerAddresses.set(address, port);
    routerAddresses.set(linkLocalAddress(router.mac), port);
  }
  return { vlan, members, routerMacs, routerAddresses };
}
