import {
  dissectIp,
  ethernet,
  frame,
  icmp6,
  ipv6,
  isMulticastIp,
  type Icmp6Message,
  type Ip6,
  type Mac,
  type NeighbourMessage as Wire,
} from '@midonet/packet';
import { ALL_NODES, groupMac, solicitedNode } from '../ip-scope.ts';
import type { Ip6Ends } from './ends.ts';

/** What neighbour discovery says (RFC 4861 4). */
export type NeighbourMessage = {
  readonly sender: Ip6;
  readonly target: Ip6;
  /** The source or target link-layer address option, when present. */
  readonly linkLayer: Mac | undefined;
};

export type NeighbourEnd = { readonly mac: Mac; readonly ip: Ip6 };

/** All discovery is sent with hop limit 255, so that nothing from behind a router passes for it. */
const DISCOVERY_HOP_LIMIT = 255;

export function readSolicitation(bytes: Uint8Array, l3: number): NeighbourMessage | undefined {
  const read = readDiscovery(bytes, l3);
  return read?.message.kind === 'neighbourSolicitation'
    ? targeted(read.sender, read.message, read.message.target, 'sourceMac')
    : undefined;
}

export function readAdvertisement(bytes: Uint8Array, l3: number): NeighbourMessage | undefined {
  const read = readDiscovery(bytes, l3);
  return read?.message.kind === 'neighbourAdvertisement'
    ? targeted(read.sender, read.message, read.message.target, 'targetMac')
    : undefined;
}

export function readRouterSolicitation(bytes: Uint8Array, l3: number): Omit<NeighbourMessage, 'target'> | undefined {
  const read = readDiscovery(bytes, l3);
  if (read?.message.kind !== 'routerSolicitation') return undefined;
  return { sender: read.sender, linkLayer: linkLayerOf(read.message, 'sourceMac') };
}

function targeted(
  sender: Ip6,
  message: Wire,
  target: Ip6,
  wanted: 'sourceMac' | 'targetMac',
): NeighbourMessage | undefined {
  return isMulticastIp(target) ? undefined : { sender, target, linkLayer: linkLayerOf(message, wanted) };
}

/** The message of an IPv6 packet, if it passes the checks of RFC 4861 6.1 and 7.1. */
function readDiscovery(bytes: Uint8Array, l3: number): { sender: Ip6; message: Icmp6Message } | undefined {
  const [outer, inner] = dissectIp(bytes, l3);
  if (outer?.header.kind !== 'ipv6' || inner?.header.kind !== 'icmp6') return undefined;
  if (outer.header.hopLimit !== DISCOVERY_HOP_LIMIT) return undefined;
  return { sender: outer.header.src, message: inner.header.message };
}

function linkLayerOf(message: Wire, wanted: 'sourceMac' | 'targetMac'): Mac | undefined {
  for (const option of message.options) if (option.kind === wanted) return option.mac;
  return undefined;
}

export function discoveryFrame(ends: Ip6Ends, message: Wire): Uint8Array {
  const { src, dst } = ends;
  return frame(
    ethernet({ dst: ends.dstMac, src: ends.srcMac }),
    ipv6({ src, dst, hopLimit: DISCOVERY_HOP_LIMIT }),
    icmp6(message),
  );
}

/** Asks who owns `target`; to its solicited-node group. */
export function neighbourSolicitationFrame(sender: NeighbourEnd, target: Ip6): Uint8Array {
  const group = solicitedNode(target);
  return discoveryFrame(
    { srcMac: sender.mac, dstMac: groupMac(group), src: sender.ip, dst: group },
    { kind: 'neighbourSolicitation', target, options: [{ kind: 'sourceMac', mac: sender.mac }] },
  );
}

/**
 * Says that `owner` has its address. An asker without one (duplicate address detection) is answered
 * to all nodes, unsolicited (RFC 4861 7.2.4).
 */
export function neighbourAdvertisementFrame(
  owner: NeighbourEnd & { readonly isRouter: boolean },
  asker: NeighbourEnd,
): Uint8Array {
  const solicited = asker.ip !== 0n;
  const to = solicited ? asker : { mac: groupMac(ALL_NODES), ip: ALL_NODES };
  return discoveryFrame(
    { srcMac: owner.mac, dstMac: to.mac, src: owner.ip, dst: to.ip },
    {
      kind: 'neighbourAdvertisement',
      router: owner.isRouter,
      solicited,
      override: true,
      target: owner.ip,
      options: [{ kind: 'targetMac', mac: owner.mac }],
    },
  );
}
