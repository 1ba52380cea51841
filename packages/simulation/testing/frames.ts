import {
  arp,
  ARP_REPLY,
  ARP_REQUEST,
  ethernet,
  frame,
  icmp4,
  icmp6,
  ipv4,
  ipv6,
  MAC_BROADCAST,
  udp,
  vlan,
  type Ipv4,
  type Ipv6,
  type NeighbourMessage,
} from '@midonet/packet';
import { groupMac, solicitedNode } from '@midonet/simulation';
import { ip4, ip6, mac } from './literals.ts';

/** A station of a test network. */
export type Station = { readonly mac: string; readonly ip: string; readonly ip6: string };

const PAYLOAD = new Uint8Array(20).fill(0x2a);

/** UDP from one station towards an address, by way of the station or gateway with MAC `via`. */
export function udpFrame(
  from: Station,
  via: string,
  to: string,
  options: Partial<Ipv4> & Partial<Ipv6> & { readonly size?: number; readonly ports?: readonly [number, number] } = {},
): Uint8Array {
  const { size, ports = [40000, 53], ...header } = options;
  const link = ethernet({ dst: mac(via), src: mac(from.mac) });
  const [srcPort, dstPort] = ports;
  const payload = size === undefined ? PAYLOAD : new Uint8Array(size);
  const upper = [udp({ srcPort, dstPort }), payload] as const;
  return to.includes(':')
    ? frame(link, ipv6({ src: ip6(from.ip6), dst: ip6(to), ...header, kind: 'ipv6' }), ...upper)
    : frame(link, ipv4({ src: ip4(from.ip), dst: ip4(to), ...header, kind: 'ipv4' }), ...upper);
}

export function echoFrame(from: Station, via: string, to: string, hops = 64): Uint8Array {
  const link = ethernet({ dst: mac(via), src: mac(from.mac) });
  const echo = { kind: 'echoRequest', id: 7, sequence: 1 } as const;
  return to.includes(':')
    ? frame(link, ipv6({ src: ip6(from.ip6), dst: ip6(to), hopLimit: hops }), icmp6(echo), PAYLOAD)
    : frame(link, ipv4({ src: ip4(from.ip), dst: ip4(to), ttl: hops }), icmp4(echo), PAYLOAD);
}

export function arpFrame(
  operation: 'request' | 'reply',
  from: { readonly mac: string; readonly ip: string },
  target: { readonly mac: string; readonly ip: string },
  dst?: string,
): Uint8Array {
  return frame(
    ethernet({ dst: dst === undefined ? MAC_BROADCAST : mac(dst), src: mac(from.mac) }),
    arp({
      operation: operation === 'request' ? ARP_REQUEST : ARP_REPLY,
      senderMac: mac(from.mac),
      senderIp: ip4(from.ip),
      targetMac: mac(target.mac),
      targetIp: ip4(target.ip),
    }),
  );
}

/** "Who has `target`", from a station. */
export function arpRequest(from: { readonly mac: string; readonly ip: string }, target: string): Uint8Array {
  return arpFrame('request', from, { mac: '00:00:00:00:00:00', ip: target });
}

/** A neighbour discovery message; solicitations go to the solicited-node group unless `to` is given. */
export function discovery(
  from: { readonly mac: string; readonly ip6: string },
  to: string,
  message: NeighbourMessage,
  dst?: string,
): Uint8Array {
  const group = ip6(to);
  const link = ethernet({ dst: dst === undefined ? groupMac(group) : mac(dst), src: mac(from.mac) });
  return frame(link, ipv6({ src: ip6(from.ip6), dst: group, hopLimit: 255 }), icmp6(message));
}

export function solicitation(from: { readonly mac: string; readonly ip6: string }, target: string): Uint8Array {
  const asked = ip6(target);
  const group = solicitedNode(asked);
  const link = ethernet({ dst: groupMac(group), src: mac(from.mac) });
  return frame(
    link,
    ipv6({ src: ip6(from.ip6), dst: group, hopLimit: 255 }),
    icmp6({ kind: 'neighbourSolicitation', target: asked, options: [{ kind: 'sourceMac', mac: mac(from.mac) }] }),
  );
}

/** Puts a tag right behind the addresses of a frame. */
export function tagged(id: number, untagged: Uint8Array): Uint8Array {
  const type = (untagged[12] ?? 0) * 256 + (untagged[13] ?? 0);
  const out = new Uint8Array(untagged.length + 4);
  out.set(untagged.subarray(0, 12));
  out.set(frame(vlan({ id, type })), 14);
  out.set([0x81, 0x00], 12);
  out.set(untagged.subarray(14), 18);
  return out;
}
