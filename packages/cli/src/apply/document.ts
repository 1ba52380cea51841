import { formatIp, formatMac, parseIp, parseMac } from '@midonet/packet';
import { parseAllowed, type AllowedAddresses } from '../objects/allowed-addresses.ts';
import { balancer, type WantedBalancer } from './document-balancers.ts';
import {
  chain,
  filters,
  ipGroup,
  portFilters,
  portGroup,
  qosPolicy,
  routerFilters,
  type WantedChain,
  type WantedFilters,
  type WantedIpGroup,
  type WantedPortGroup,
  type WantedQosPolicy,
  type WantedRouterFilters,
} from './document-filters.ts';
import { mirror, type WantedMirror } from './document-mirrors.ts';
import {
  loggingResource,
  traceRequest,
  type WantedLoggingResource,
  type WantedTraceRequest,
} from './document-observers.ts';
import { dhcp, dhcp6, type WantedDhcp, type WantedDhcp6 } from './document-dhcp.ts';
import { address, cidr, mac, network, optional, required } from './field-parsers.ts';
import { insertion, type WantedInsertion } from './document-insertions.ts';
import { YamlFile, type YamlPlace } from './yaml-reader.ts';

/** A topology as a file says it: what should be there, all names and addresses checked and canonical. */
export type TopologyDocument = {
  readonly tenant: string | undefined;
  readonly zones: readonly WantedZone[];
  readonly bridges: readonly WantedBridge[];
  readonly routers: readonly WantedRouter[];
  readonly chains: readonly WantedChain[];
  readonly portGroups: readonly WantedPortGroup[];
  readonly ipGroups: readonly WantedIpGroup[];
  readonly qosPolicies: readonly WantedQosPolicy[];
  readonly mirrors: readonly WantedMirror[];
  readonly insertions: readonly WantedInsertion[];
  readonly loggingResources: readonly WantedLoggingResource[];
  readonly traceRequests: readonly WantedTraceRequest[];
};

export type WantedZone = {
  readonly name: string;
  readonly type: 'vxlan' | 'gre' | 'vtep';
  readonly hosts: readonly { readonly name: string; readonly address: string }[];
};

export type WantedBinding = { readonly host: string; readonly interface: string };

export type WantedBridge = {
  readonly name: string;
  readonly up: boolean;
  /** Every tenant may look at it; undefined leaves it as it is. */
  readonly shared: boolean | undefined;
  readonly ports: readonly {
    readonly name: string;
    readonly up: boolean;
    /** `null`: none. */
    readonly vlan: number | null | undefined;
    /** A port of another device that it is linked to. */
    readonly peer: string | undefined;
    /** `null`: the guard is taken off. */
    readonly allowed: AllowedAddresses | null | undefined;
    readonly instance: string | undefined;
    readonly binding: WantedBinding | undefined;
    readonly filters: WantedFilters;
  }[];
  readonly dhcp: readonly WantedDhcp[];
  readonly dhcp6: readonly WantedDhcp6[];
  readonly arp: readonly { readonly ip: string; readonly mac: string }[];
  readonly macs: readonly { readonly mac: string; readonly port: string; readonly vlan: number | undefined }[];
  readonly filters: WantedFilters;
};

export type WantedRouter = {
  readonly name: string;
  readonly up: boolean;
  readonly shared: boolean | undefined;
  readonly asNumber: number | undefined;
  readonly ports: readonly WantedRouterPort[];
  readonly routes: readonly WantedRoute[];
  readonly filters: WantedRouterFilters;
  readonly balancer: WantedBalancer | undefined;
};

export type WantedRouterPort = {
  readonly name: string;
  readonly up: boolean;
  readonly mac: string | undefined;
  readonly addresses: readonly string[];
  /** Whether its prefixes are routed to it without a route in the file; they are unless it says no. */
  readonly connected: boolean;
  /** The bridge it is linked to, or the other device's port. */
  readonly bridge: string | undefined;
  readonly peer: string | undefined;
  readonly binding: WantedBinding | undefined;
  readonly filters: WantedFilters;
};

export type WantedRoute = {
  readonly type: 'Normal' | 'BlackHole' | 'Reject';
  readonly to: { readonly address: string; readonly length: number };
  readonly from: { readonly address: string; readonly length: number } | undefined;
  readonly port: string | undefined;
  readonly via: string | undefined;
  readonly weight: number;
};

/** All documents of a file, each of a tenant. Throws a usage error that names file, line and field. */
export function readTopologies(name: string, text: string): TopologyDocument[] {
  return YamlFile.documents(name, text).map(({ root }) => readTopology(root));
}

function readTopology(root: YamlPlace): TopologyDocument {
  const document: TopologyDocument = {
    tenant: root.field('tenant').text(),
    zones: root.field('tunnelZones').entries().map(zone),
    bridges: root.field('bridges').entries().map(bridge),
    routers: root.field('routers').entries().map(router),
    chains: root.field('chains').entries().map(chain),
    portGroups: root.field('portGroups').entries().map(portGroup),
    ipGroups: root.field('ipAddressGroups').entries().map(ipGroup),
    qosPolicies: root.field('qosPolicies').entries().map(qosPolicy),
    mirrors: root.field('mirrors').entries().map(mirror),
    insertions: root.field('insertions').items().map(insertion),
    loggingResources: root.field('loggingResources').entries().map(loggingResource),
    traceRequests: root.field('traceRequests').entries().map(traceRequest),
  };
  root.done();
  return document;
}

/** 0 is no VLAN. */
function noneIfZero(vlan: number | undefined): number | null | undefined {
  return vlan === 0 ? null : vlan;
}

/** `none`, or who may send, as `midonet update port --allow` has it. */
function allowed(place: YamlPlace): AllowedAddresses | null | undefined {
  const text = place.textOrList();
  if (text === undefined || text === 'none') return text === undefined ? undefined : null;
  return text
    .split(',')
    .filter((word) => word !== '')
    .map((word) => parseAllowed(word.trim()) ?? place.fail(`must be MAC, MAC=ADDRESS or MAC=PREFIX, not "${word}"`));
}

function zone([name, place]: readonly [string, YamlPlace]): WantedZone {
  const type = place
    .field('type')
    .parsed((text) => (['vxlan', 'gre', 'vtep'] as const).find((one) => one === text), 'one of vxlan, gre, vtep');
  const hosts = place
    .field('hosts')
    .entries()
    .map(([host, at]) => ({ name: host, address: required(at, address) }));
  place.done();
  return { name, type: type ?? 'vxlan', hosts };
}

function binding(place: YamlPlace): WantedBinding | undefined {
  const [host, interfaceName] = [place.field('host').text(), place.field('interface').text()];
  if (host === undefined && interfaceName === undefined) return undefined;
  if (host === undefined || interfaceName === undefined) place.fail('needs both host and interface to be bound');
  return { host, interface: interfaceName };
}

function bridge([name, place]: readonly [string, YamlPlace]): WantedBridge {
  const ports = place
    .field('ports')
    .entries()
    .map(([port, at]) => {
      const wanted = {
        name: port,
        up: at.field('up').flag() ?? true,
        vlan: noneIfZero(at.field('vlan').whole()),
        peer: at.field('peer').text(),
        allowed: allowed(at.field('allowed')),
        instance: at.field('instance').text(),
        binding: binding(at),
        filters: portFilters(at),
      };
      if (wanted.peer !== undefined && wanted.binding !== undefined) at.fail('can have only one of peer and host');
      at.done();
      return wanted;
    });
  const wanted = {
    name,
    up: place.field('up').flag() ?? true,
    shared: place.field('shared').flag(),
    ports,
    dhcp: place.field('dhcp').entries().map(dhcp),
    dhcp6: place.field('dhcp6').entries().map(dhcp6),
    arp: place
      .field('arp')
      .entries()
      .map(([ip, at]) => ({
        ip: optional(parseIp(ip), formatIp) ?? at.fail('is no IP address'),
        mac: required(at, mac),
      })),
    macs: place
      .field('macs')
      .entries()
      .map(([text, at]) => ({
        mac: optional(parseMac(text), formatMac) ?? at.fail('is no MAC address'),
        ...macRow(at),
      })),
    filters: filters(place),
  };
  place.done();
  return wanted;
}

/** `web`, or `{ port: web, vlan: 7 }`. */
function macRow(at: YamlPlace): { port: string; vlan: number | undefined } {
  if (!at.isMapping) return { port: at.requiredText(), vlan: undefined };
  const row = { port: at.field('port').requiredText(), vlan: at.field('vlan').whole() };
  at.done();
  return row;
}

function router([name, place]: readonly [string, YamlPlace]): WantedRouter {
  const ports = place.field('ports').entries().map(routerPort);
  const routes = place.field('routes').items().map(route);
  const wanted = {
    name,
    up: place.field('up').flag() ?? true,
    shared: place.field('shared').flag(),
    asNumber: place.field('asNumber').whole(),
    ports,
    routes,
    filters: routerFilters(place),
    balancer: balancer(place.field('balancer')),
  };
  place.done();
  return wanted;
}

function routerPort([name, place]: readonly [string, YamlPlace]): WantedRouterPort {
  const addresses = place
    .field('addresses')
    .items()
    .map((at) => required(at, cidr));
  if (addresses.length === 0) place.fail('needs addresses, a list like [10.0.0.1/24]');
  const wanted = {
    name,
    up: place.field('up').flag() ?? true,
    mac: mac(place.field('mac')),
    addresses,
    connected: place.field('connected').flag() ?? true,
    bridge: place.field('bridge').text(),
    peer: place.field('peer').text(),
    binding: binding(place),
    filters: portFilters(place),
  };
  const ends = [wanted.bridge, wanted.peer, wanted.binding].filter((end) => end !== undefined);
  if (ends.length > 1) place.fail('can have only one of bridge, peer and host');
  place.done();
  return wanted;
}

function route(place: YamlPlace): WantedRoute {
  const to = required(place.field('to'), network);
  const [blackhole, reject] = [place.field('blackhole').flag() ?? false, place.field('reject').flag() ?? false];
  const wanted = {
    type: blackhole ? ('BlackHole' as const) : reject ? ('Reject' as const) : ('Normal' as const),
    to,
    from: network(place.field('from')),
    port: place.field('port').text(),
    via: address(place.field('via')),
    weight: place.field('weight').whole() ?? 100,
  };
  if (wanted.type === 'Normal' && wanted.port === undefined) place.fail('needs a port, or blackhole, or reject');
  place.done();
  return wanted;
}
