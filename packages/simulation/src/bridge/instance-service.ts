import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, FRAG_NONE } from '@midonet/flow';
import type { Ip4, Ip6, IpAddress } from '@midonet/packet';
import type { BridgeDevice, BridgePort } from '@midonet/topology';
import { PROTO_TCP, PROTO_UDP } from '../answer/numbers.ts';
import { derived } from '../cache.ts';
import { portIndex } from '../port-index.ts';
import { PrefixTrie } from '../router/prefix-trie.ts';
import { hostPrefix } from '../router/router-index.ts';
import type { Ending, Walk } from '../walk.ts';

/** 169.254.169.254, as all clouds have it. */
export const METADATA_IP4 = 0xa9fea9fe as Ip4;
/** fe80::a9fe:a9fe, where OpenStack's images ask. */
export const METADATA_LINK_LOCAL = ((0xfe80n << 112n) | 0xa9fea9fen) as Ip6;
/** fd00:a9fe:a9fe::254, for what cannot name the interface of a link-local address. */
export const METADATA_IP6 = ((0xfd00a9fea9fen << 80n) | 0x254n) as Ip6;
export const METADATA_ADDRESSES: readonly IpAddress[] = [METADATA_IP4, METADATA_LINK_LOCAL, METADATA_IP6];

export const METADATA_PORT = 80;
export const DNS_PORT = 53;

type Service = 'metadata' | 'dns';
type Places = { readonly ip4: PrefixTrie<Service>; readonly ip6: PrefixTrie<Service> };

/** Where the services of a bridge are: its name servers, and the metadata service for ports of instances. */
const places = derived((device: BridgeDevice): { readonly all: Places; readonly dns: Places | undefined } => {
  const forwarders = [...device.dhcp, ...device.dhcp6].flatMap(({ subnet }) => subnet.dnsForwarder ?? []);
  const dns = forwarders.map((ip): [IpAddress, Service] => [ip, 'dns']);
  const metadata = METADATA_ADDRESSES.map((ip): [IpAddress, Service] => [ip, 'metadata']);
  return { all: placesOf([...dns, ...metadata]), dns: dns.length === 0 ? undefined : placesOf(dns) };
});

function placesOf(services: readonly (readonly [IpAddress, Service])[]): Places {
  const [ip4, ip6] = [new PrefixTrie<Service>(32), new PrefixTrie<Service>(128)];
  for (const [ip, service] of services) (typeof ip === 'number' ? ip4 : ip6).insert(hostPrefix(ip), service);
  return { ip4, ip6 };
}

/**
 * What an instance sends to the metadata service or to the bridge's name server: its host's agent takes
 * it, whichever MAC the instance sent it to, in front of the filters, as DHCP. Undefined: it goes on.
 */
export function takeForService(walk: Walk, device: BridgeDevice, ingress: BridgePort): Ending | undefined {
  const { all, dns } = places(device);
  const here = ingress.instanceId === undefined ? dns : all;
  if (here === undefined) return undefined;
  const { packet } = walk;
  const type = packet.ethType();
  if (type !== ETHERTYPE_IPV4 && type !== ETHERTYPE_IPV6) return undefined;
  const service = packet.lookupIpDst(type === ETHERTYPE_IPV4 ? here.ip4 : here.ip6).node?.value;
  if (service === undefined) return undefined;
  const proto = packet.ipProto();
  if (proto !== PROTO_TCP && (proto !== PROTO_UDP || service === 'metadata')) return undefined;
  if (packet.ipFrag() !== FRAG_NONE) return undefined;
  if (packet.l4Dst() !== (service === 'dns' ? DNS_PORT : METADATA_PORT)) return undefined;
  const { ref } = portIndex(ingress);
  if (walk.trace !== undefined) {
    const what = service === 'dns' ? 'the DNS forwarder' : 'the metadata service';
    walk.step(ref, { kind: 'answer', detail: `${what}, by the agent of this host` });
  }
  return walk.consume(service === 'dns' ? 'dnsQuery' : 'metadataRequest', ref);
}

/** True when the bridge answers address queries of this port for `ip` with the MAC of its services. */
export function isServiceAddress(device: BridgeDevice, ingress: BridgePort, ip: IpAddress): boolean {
  // Routers have no business there.
  if (ingress.peerId !== undefined) return false;
  if (ingress.instanceId !== undefined && METADATA_ADDRESSES.includes(ip)) return true;
  return (
    device.dhcp.some(({ subnet }) => subnet.dnsForwarder === ip) ||
    device.dhcp6.some(({ subnet }) => subnet.dnsForwarder === ip)
  );
}
