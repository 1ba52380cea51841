import { cidrContains, mask4, network4, type Cidr4, type DhcpOption, type Ip4 } from '@midonet/packet';
import type { DhcpRoute } from '@midonet/topology';
import { METADATA_IP4 } from '../bridge/instance-service.ts';
import type { DhcpLease } from './dhcp-config.ts';
import { encodeOption, encodeRoutes, octetsOf } from './option-encoding.ts';
import { optionSpec } from './option-names.ts';

const LEASE_SECONDS = 86_400;
/** No host may be told less (RFC 791 3.2: 68 is the least a link carries). */
const MIN_MTU = 68;

const DEFAULT_ROUTE: Cidr4 = { address: 0 as Ip4, length: 0 };
const UNSPECIFIED = 0 as Ip4; // brand: the unspecified address
/** What "server-ip-address" stands for: the header's siaddr, not an option. */
const NEXT_SERVER = 255;

/**
 * What a client is told, as options by code in the order they are written: mask, broadcast, MTU,
 * gateway, DNS, static routes (with the default one appended, as clients that take them ignore the
 * gateway option, RFC 3442), then the host's own options, which win over what the subnet says.
 * `withLease` adds the times, which answers to INFORM must not have (RFC 2131 4.3.5).
 */
export function leaseOptions(
  lease: DhcpLease,
  overlayMtu: number,
  withLease: boolean,
): { readonly options: readonly DhcpOption[]; readonly nextServer: Ip4 | undefined } {
  const { subnet, host, server, prefixLength } = lease;
  const options = new Map<number, Uint8Array>();
  const put = (code: number, ...bytes: number[]): void => {
    options.set(code, Uint8Array.from(bytes));
  };
  const mask = mask4(prefixLength);
  put(1, ...octetsOf(mask));
  put(28, ...octetsOf(((network4(host.address, prefixLength) | ~mask) >>> 0) as Ip4));
  put(54, ...octetsOf(server));
  if (withLease) {
    put(51, ...octetsOf(LEASE_SECONDS as Ip4));
    put(58, ...octetsOf((LEASE_SECONDS / 2) as Ip4));
    put(59, ...octetsOf(((LEASE_SECONDS * 7) / 8) as Ip4));
  }
  const mtu = Math.max(MIN_MTU, Math.min(subnet.interfaceMtu ?? overlayMtu, overlayMtu, 0xffff));
  put(26, mtu >>> 8, mtu & 255);
  const gateway = subnet.defaultGateway;
  if (gateway !== undefined) put(3, ...octetsOf(gateway));
  const dnsServers =
    subnet.dnsForwarder === undefined ? subnet.dnsServers : [subnet.dnsForwarder, ...subnet.dnsServers];
  if (dnsServers.length > 0) put(6, ...dnsServers.flatMap(octetsOf));
  if (host.name !== undefined) set(options, 12, encodeOption('string', host.name));
  const routes = gateway === undefined ? [...subnet.routes, ...servicesOnLink(lease)] : subnet.routes;
  if (routes.length > 0) {
    const last = gateway === undefined ? [] : [{ destination: DEFAULT_ROUTE, gateway }];
    set(options, 121, encodeRoutes([...routes, ...last]));
  }
  let nextServer: Ip4 | undefined;
  for (const { name, value } of host.options) {
    const spec = optionSpec(name);
    if (spec === undefined || isProtocolOwn(spec.code)) continue;
    const bytes = encodeOption(spec.type, value);
    if (spec.code !== NEXT_SERVER) set(options, spec.code, bytes);
    else if (bytes !== undefined) nextServer = octetsToIp(bytes);
  }
  return { options: Array.from(options, ([code, value]) => ({ kind: 'unknown', code, value })), nextServer };
}

/** A client without a gateway would not find the services of its bridge: no gateway means on the link (RFC 3442). */
function servicesOnLink({ subnet, isInstance }: DhcpLease): DhcpRoute[] {
  const services: Ip4[] = isInstance ? [METADATA_IP4] : [];
  const { dnsForwarder } = subnet;
  if (dnsForwarder !== undefined && !cidrContains(subnet.subnet, dnsForwarder)) services.push(dnsForwarder);
  return services.map((address) => ({ destination: { address, length: 32 }, gateway: UNSPECIFIED }));
}

/** Options that steer the exchange itself cannot be configured. */
function isProtocolOwn(code: number): boolean {
  return code === 50 || code === 53 || code === 54 || code === 55 || code === 57;
}

function set(options: Map<number, Uint8Array>, code: number, bytes: Uint8Array | undefined): void {
  if (bytes !== undefined) options.set(code, bytes);
}

function octetsToIp(bytes: Uint8Array): Ip4 {
  return bytes.reduce((sum, octet) => sum * 256 + octet, 0) as Ip4;
}
