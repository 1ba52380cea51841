import type { IpAddress, Mac } from '@midonet/packet';
import type { HostInterface } from '@midonet/topology';

/** A network interface of this host, as far as the agent cares. */
export type HostLink = {
  readonly ifindex: number;
  readonly name: string;
  readonly mac?: Mac;
  readonly mtu: number;
  /** Of a veth's other end, where it can be seen. */
  readonly peerMtu?: number | undefined;
  readonly up: boolean;
  readonly carrier: boolean;
  /** The kernel's name of its kind (veth, tun, vxlan); '' for hardware. */
  readonly kind: string;
  /** A veth whose other end is in another namespace. */
  readonly peerElsewhere?: boolean;
  /** Bytes of the longest train of TCP segments it is given as one packet, and of what its driver takes; 0: unknown. */
  readonly gsoMaxSize?: number;
  readonly tsoMaxSize?: number;
  readonly addresses: readonly { readonly address: IpAddress }[];
};

/** The interfaces of the namespace the agent runs in, kept current. */
export type LinkSource = {
  links(): readonly HostLink[];
  close(): void;
};

/** Opens it; `onChange` is called after any interface came, went or changed. */
export type OpenLinks = (onChange: () => void) => LinkSource;

/** An interface in the form the API shows; `plugged` tells that a virtual port is bound to it. */
export function describeLink(link: HostLink, plugged: boolean): HostInterface {
  return {
    name: link.name,
    mac: link.mac,
    mtu: link.mtu,
    up: link.up,
    hasLink: link.carrier,
    type: typeOf(link),
    endpoint: endpointOf(link, plugged),
    addresses: link.addresses.map(({ address }) => address),
  };
}

function typeOf(link: HostLink): HostInterface['type'] {
  if (link.kind === '') return link.name === 'lo' ? 'virtual' : 'physical';
  return TUNNEL_KINDS.has(link.kind) ? 'tunnel' : 'virtual';
}

function endpointOf(link: HostLink, plugged: boolean): HostInterface['endpoint'] {
  if (plugged) return link.kind === '' ? 'physical' : 'vm';
  if (link.name === 'lo') return 'localhost';
  if (TUNNEL_KINDS.has(link.kind)) return 'tunnel';
  return link.kind === '' ? 'physical' : 'unknown';
}

const TUNNEL_KINDS: ReadonlySet<string> = new Set([
  'vxlan',
  'geneve',
  'gre',
  'gretap',
  'ip6gre',
  'ip6gretap',
  'ipip',
  'sit',
]);
