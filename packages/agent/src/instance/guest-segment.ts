import {
  dissect,
  ethernet,
  frame,
  ipv4,
  ipv6,
  isGroupMac,
  isMulticastIp,
  tcp,
  udp,
  type Header,
  type IpAddress,
  type Mac,
  type Tcp,
  type Udp,
} from '@midonet/packet';
import { DHCP_SERVER_MAC } from '@midonet/simulation';
import type { PortId } from '@midonet/topology';

/** Who talks to a service: an instance at a port, and the address of the service that it asked. */
export type Guest = {
  readonly portId: PortId;
  readonly mac: Mac;
  readonly ip: IpAddress;
  readonly service: IpAddress;
};

/** What an instance sent to a service. */
export type GuestSegment = {
  readonly guest: Guest;
  readonly header: Tcp | Udp;
  readonly data: Uint8Array;
};

/** Reads a frame of an instance; undefined when it holds no whole segment that could be answered. */
export function readSegment(portId: PortId, bytes: Uint8Array): GuestSegment | undefined {
  let mac: Mac | undefined;
  let ends: { readonly ip: IpAddress; readonly service: IpAddress } | undefined;
  for (const { header, behind, end } of dissect(bytes)) {
    if (header.kind === 'ethernet') mac = header.src;
    else if (header.kind === 'ipv4' || header.kind === 'ipv6') ends = { ip: header.src, service: header.dst };
    else if (header.kind === 'tcp' || header.kind === 'udp') {
      if (mac === undefined || ends === undefined || isGroupMac(mac) || !isAnswerable(ends)) return undefined;
      return { guest: { portId, mac, ...ends }, header, data: bytes.subarray(behind, end) };
    }
  }
  return undefined;
}

function isAnswerable({ ip, service }: { readonly ip: IpAddress; readonly service: IpAddress }): boolean {
  return ip !== 0 && ip !== 0n && ip !== 0xffffffff && ip !== service && !isMulticastIp(ip);
}

/** A segment of a service to an instance, as it leaves the bridge through the instance's port. */
export function tcpToGuest(guest: Guest, header: Tcp, data: Uint8Array): Uint8Array {
  return toGuest(guest, tcp(header), data);
}

export function udpToGuest(guest: Guest, ports: Pick<Udp, 'srcPort' | 'dstPort'>, data: Uint8Array): Uint8Array {
  return toGuest(guest, udp(ports), data);
}

function toGuest({ mac, ip, service }: Guest, upper: Header, data: Uint8Array): Uint8Array {
  const link = ethernet({ dst: mac, src: DHCP_SERVER_MAC });
  if (typeof ip === 'number' && typeof service === 'number') {
    return frame(link, ipv4({ src: service, dst: ip, dontFragment: true }), upper, data);
  }
  if (typeof ip === 'bigint' && typeof service === 'bigint') {
    return frame(link, ipv6({ src: service, dst: ip }), upper, data);
  }
  throw new Error('the two ends of a packet are of one IP version');
}
