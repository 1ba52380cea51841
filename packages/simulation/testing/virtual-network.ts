import type { Cidr, IpAddress, Mac } from '@midonet/packet';
import type {
  BridgeId,
  BridgePort,
  Chain,
  ChainId,
  ChainLog,
  DhcpHost,
  DhcpSubnet,
  Filters,
  HostId,
  IpAddrGroupId,
  L2Insertion,
  L2InsertionId,
  LoadBalancerId,
  MirrorId,
  PortGroupId,
  RuleId,
  PortId,
  PortMirrored,
  QosPolicyId,
  QosRuleId,
  Route,
  RouteId,
  RouterId,
  TraceRequestId,
} from '@midonet/topology';
import type { Bridge, Port, Router, RouterPort, StateView, TopologyView } from '@midonet/topology';
import { balancerOf, type BalancerText } from './balancer-literals.ts';
import { TestConnections } from './connections.ts';
import { anywhere, cidr, ip, ip4, ip6, mac } from './literals.ts';
import { conditionOf, ruleOf, type ConditionText, type RuleText } from './rule-literals.ts';
import { buildView, tracedDevice, type NetworkParts } from './network-view.ts';

export type AdminState = { readonly adminStateUp?: boolean };
export type ExteriorOptions = AdminState & { readonly host?: string; readonly active?: boolean };
export type RouterPortOptions = ExteriorOptions & { readonly mac: string; readonly addresses: readonly string[] };
export type RouteOptions = {
  readonly via?: PortId;
  readonly gateway?: string;
  readonly source?: string;
  readonly weight?: number;
  readonly type?: 'normal' | 'blackhole' | 'reject';
};

/**
 * A virtual network written down in a few lines of test text. Every object has a name; ids are
 * deterministic. A router port brings its LOCAL and connected routes with it, as the server does. After a
 * change `topology` and `state` are new snapshots, of all devices (tests that need identity keep them).
 */
export class VirtualNetwork {
  /** Bytes of IP packet. */
  overlayMtu = 1450;
  readonly connections = new TestConnections();
  readonly #parts: NetworkParts = {
    bridges: new Map(),
    routers: new Map(),
    ports: new Map(),
    routes: new Map(),
    chains: new Map(),
    portGroups: new Map(),
    ipAddrGroups: new Map(),
    balancers: new Map(),
    qosPolicies: new Map(),
    mirrors: new Map(),
    insertions: [],
    traceRequests: [],
    dhcpSubnets: [],
    dhcpHosts: [],
    dhcp6Subnets: [],
    dhcp6Hosts: [],
    staticMacs: [],
    staticArps: [],
    ...{ inactive: new Set(), limits: new Map() },
    learned: new Map(),
    neighbours: new Map(),
  };
  readonly #names = new Map<string, string>();
  #next = 1;
  #view: { readonly topology: TopologyView; readonly state: StateView } | undefined;

  bridge(name: string, options: AdminState = {}): BridgeId {
    const id = this.#id(name) as BridgeId;
    const bridge: Bridge = { kind: 'bridge', id, tenantId: 'test', name, adminStateUp: options.adminStateUp ?? true };
    this.#parts.bridges.set(id, bridge);
    return id;
  }

  router(name: string, options: AdminState = {}): RouterId {
    const id = this.#id(name) as RouterId;
    const router: Router = { kind: 'router', id, tenantId: 'test', name, adminStateUp: options.adminStateUp ?? true };
    this.#parts.routers.set(id, router);
    return id;
  }

  /** An exterior bridge port, bound and active unless said otherwise. */
  vm(bridgeId: BridgeId, name: string, options: ExteriorOptions = {}): PortId {
    const port = this.#bridgePort(bridgeId, name, options.adminStateUp ?? true);
    return this.#bind(port, name, options);
  }

  /** An exterior router port. */
  uplink(routerId: RouterId, name: string, options: RouterPortOptions): PortId {
    return this.#bind(this.#routerPort(routerId, name, options), name, options);
  }

  /** A port that is neither bound nor linked. */
  looseBridgePort(bridgeId: BridgeId, name: string): PortId {
    return this.#bridgePort(bridgeId, name, true).id;
  }

  /** Links a router to a bridge: router port `name`, bridge port `name/bridge`. Returns the router port. */
  attach(
    routerId: RouterId,
    bridgeId: BridgeId,
    name: string,
    options: RouterPortOptions & { readonly vlanId?: number },
  ): PortId {
    const router = this.#routerPort(routerId, name, options);
    const bridge = this.#bridgePort(bridgeId, `${name}/bridge`, true, options.vlanId);
    return this.#link(router, bridge);
  }

  /** Links two routers: ports `name/a` and `name/b`. */
  linkRouters(
    [a, optionsA]: readonly [RouterId, RouterPortOptions],
    [b, optionsB]: readonly [RouterId, RouterPortOptions],
    name: string,
  ): readonly [PortId, PortId] {
    const portA = this.#routerPort(a, `${name}/a`, optionsA);
    const portB = this.#routerPort(b, `${name}/b`, optionsB);
    this.#link(portA, portB);
    return [portA.id, portB.id];
  }

  /** Links a VLAN-aware bridge's port `name/vab` (tag `vlanId`) to port `name/vub` of a plain bridge. */
  linkBridges(vab: BridgeId, vub: BridgeId, name: string, vlanId?: number): readonly [PortId, PortId] {
    const upper = this.#bridgePort(vab, `${name}/vab`, true, vlanId);
    const lower = this.#bridgePort(vub, `${name}/vub`, true);
    this.#link(upper, lower);
    return [upper.id, lower.id];
  }

  route(routerId: RouterId, destination: string, options: RouteOptions): RouteId {
    const id = this.#id(`route ${destination}`) as RouteId;
    const to = cidr(destination);
    const common = {
      kind: 'route',
      id,
      routerId,
      source: options.source === undefined ? anywhere(to) : cidr(options.source),
      destination: to,
      weight: options.weight ?? 100,
      learned: false,
    } as const;
    const type = options.type ?? 'normal';
    if (type !== 'normal') this.#parts.routes.set(id, { ...common, type });
    else if (options.via === undefined) throw new Error(`route to ${destination}: give the port as 'via'`);
    else {
      const nextHopGateway = options.gateway === undefined ? undefined : ip(options.gateway);
      this.#parts.routes.set(id, { ...common, type, nextHopPort: options.via, nextHopGateway });
    }
    this.changed();
    return id;
  }

  deleteRoute(id: RouteId): void {
    this.#parts.routes.delete(id);
    this.changed();
  }

  staticArp(bridgeId: BridgeId, address: string, hardware: string): void {
    this.#parts.staticArps.push({ kind: 'staticArp', bridgeId, ip: ip(address), mac: mac(hardware) });
    this.changed();
  }

  staticMac(bridgeId: BridgeId, hardware: string, portId: PortId, vlan = 0): void {
    this.#parts.staticMacs.push({ kind: 'staticMac', bridgeId, vlan, mac: mac(hardware), portId });
    this.changed();
  }

  dhcpSubnet(bridgeId: BridgeId, subnet: string, options: Partial<DhcpSubnet> = {}): void {
    this.#parts.dhcpSubnets.push({
      kind: 'dhcpSubnet',
      bridgeId,
      dnsServers: [],
      routes: [],
      enabled: true,
      ...options,
      subnet: cidr(subnet),
    });
    this.changed();
  }

  dhcpHost(
    bridgeId: BridgeId,
    subnet: string,
    hardware: string,
    address: string,
    options: DhcpHost['options'] = [],
    name?: string,
  ): void {
    const host = {
      kind: 'dhcpHost',
      bridgeId,
      subnet: cidr(subnet),
      mac: mac(hardware),
      address: ip4(address),
      name,
      options,
    };
    this.#parts.dhcpHosts.push(host as DhcpHost);
    this.changed();
  }

  dhcp6Subnet(bridgeId: BridgeId, subnet: string, dnsServers: readonly string[] = [], forwarder?: string): void {
    const servers = dnsServers.map((text) => ip6(text));
    const dnsForwarder = forwarder === undefined ? undefined : ip6(forwarder);
    const row = { bridgeId, subnet: cidr(subnet), dnsServers: servers, dnsForwarder };
    this.#parts.dhcp6Subnets.push({ kind: 'dhcp6Subnet', ...row });
    this.changed();
  }

  dhcp6Host(bridgeId: BridgeId, subnet: string, clientId: string, address: string): void {
    this.#parts.dhcp6Hosts.push({ kind: 'dhcp6Host', bridgeId, subnet: cidr(subnet), clientId, address: ip6(address) });
    this.changed();
  }

  /** Puts a row into the shared MAC table; `undefined` removes it. */
  learn(bridgeId: BridgeId, hardware: string, portId: PortId | undefined, vlan = 0): void {
    const key = vlan * 2 ** 48 + mac(hardware);
    const rows = this.#parts.learned.get(bridgeId) ?? new Map<number, PortId>();
    this.#parts.learned.set(bridgeId, rows);
    if (portId === undefined) rows.delete(key);
    else rows.set(key, portId);
  }

  /** Puts a row into the shared neighbour table; 'failed' means resolution was given up. */
  neighbour(_routerId: RouterId, portId: PortId, address: string, hardware: string): void {
    const rows = this.#parts.neighbours.get(portId) ?? new Map<IpAddress, Mac | 'failed'>();
    this.#parts.neighbours.set(portId, rows);
    rows.set(ip(address), hardware === 'failed' ? hardware : mac(hardware));
  }

  /** A chain of rules in this order. */
  chain(name: string, ...rules: readonly RuleText[]): ChainId {
    const id = this.#id(name) as ChainId;
    this.setRules(id, name, rules);
    return id;
  }

  setRules(id: ChainId, name: string, rules: readonly RuleText[]): void {
    this.#parts.chains.set(id, {
      chain: { kind: 'chain', id, tenantId: 'test', name },
      rules: rules.map((rule, i) => ruleOf(this.#id(`${name}:${i + 1}`) as RuleId, id, i, rule)),
    });
    this.changed();
  }

  setLog(id: ChainId, log: ChainLog | undefined, loggers?: Chain['loggers']): void {
    const device = this.#parts.chains.get(id);
    if (device !== undefined) this.#parts.chains.set(id, { ...device, chain: { ...device.chain, log, loggers } });
    this.changed();
  }

  portGroup(name: string, ...members: readonly PortId[]): PortGroupId {
    const id = this.#id(name) as PortGroupId;
    const group = { kind: 'portGroup', id, tenantId: 'test', name, stateful: false } as const;
    this.#parts.portGroups.set(id, { group, members: new Set(members) });
    return id;
  }

  ipAddrGroup(name: string, ...addresses: readonly string[]): IpAddrGroupId {
    const id = this.#id(name) as IpAddrGroupId;
    const group = { kind: 'ipAddrGroup', id, tenantId: 'test', name } as const;
    this.#parts.ipAddrGroups.set(id, { group, addresses: new Set(addresses.map(ip)) });
    return id;
  }

  /** The load balancer of a router, anew when there was one: what has the same names keeps its ids. */
  balancer(routerId: RouterId, text: BalancerText): LoadBalancerId {
    const { balancers, routers } = this.#parts;
    const ids = (name: string): string => (this.has(name) ? this.idOf(name) : this.#id(name));
    const device = balancerOf(text, `balancer of ${this.nameOf(routerId)}`, ids);
    const { id } = device.balancer;
    balancers.set(id, device);
    const router = routers.get(routerId);
    if (router !== undefined) routers.set(routerId, { ...router, loadBalancerId: id });
    this.changed();
    return id;
  }

  /** A policy that marks with this DSCP; without one it marks nothing. */
  qosPolicy(name: string, mark?: number): QosPolicyId {
    const id = this.#id(name) as QosPolicyId;
    const policy = { kind: 'qosPolicy', id, tenantId: 'test', name, description: '', shared: false } as const;
    const rule = { kind: 'qosRule', type: 'dscp', id: this.#id(`${name}:1`) as QosRuleId, policyId: id } as const;
    this.#parts.qosPolicies.set(id, { policy, rules: mark === undefined ? [] : [{ ...rule, mark }] });
    return id;
  }

  /** Copies to `toPortId` what one of the conditions holds for; everything when none is given. */
  mirror(name: string, toPortId: PortId, ...conditions: readonly ConditionText[]): MirrorId {
    const id = this.#id(name) as MirrorId;
    const asked = (conditions.length === 0 ? [{}] : conditions).map(conditionOf);
    this.#parts.mirrors.set(id, { kind: 'mirror', id, name, toPortId, conditions: asked });
    return id;
  }

  /** A service at port `service` on the wire of `hardware` at `port`; its name is `name`. */
  insertion(
    name: string,
    [port, service]: readonly [PortId, PortId],
    hardware: string,
    options: Partial<Pick<L2Insertion, 'vlan' | 'position' | 'failOpen'>> = {},
  ): L2InsertionId {
    const id = this.#id(name) as L2InsertionId;
    const [bridgeId, srvBridgeId] = [this.#bridgeOf(port), this.#bridgeOf(service)];
    const common = { kind: 'l2Insertion', id, portId: port, bridgeId, srvPortId: service, srvBridgeId } as const;
    this.#parts.insertions.push({ ...common, vlan: 0, position: 1, failOpen: false, ...options, mac: mac(hardware) });
    return id;
  }

  /** Traces, at a device or port, what the condition holds for. */
  trace(name: string, at: BridgeId | RouterId | PortId, condition: ConditionText = {}, enabled = true): TraceRequestId {
    const device = tracedDevice(this.topology, at);
    const id = this.#id(name) as TraceRequestId;
    const common = { kind: 'traceRequest', id, name, limit: 10, createdAt: 0, enabledAt: 0 } as const;
    this.#parts.traceRequests.push({ ...common, device, enabled, condition: conditionOf(condition) });
    return id;
  }

  /** Takes a chain, group, load balancer, policy or mirror out of the view, as if it were not loaded. */
  unload(id: ChainId | PortGroupId | IpAddrGroupId | LoadBalancerId | QosPolicyId | MirrorId): void {
    const { chains, portGroups, ipAddrGroups, balancers, qosPolicies, mirrors } = this.#parts;
    const maps: readonly Map<string, unknown>[] = [chains, portGroups, ipAddrGroups, balancers, qosPolicies, mirrors];
    for (const map of maps) map.delete(id);
    this.changed();
  }

  /** Sets filters, mirrors or the QoS policy of any device or port. */
  filter(
    id: BridgeId | RouterId | PortId,
    filters: Filters &
      PortMirrored &
      Partial<Pick<Router, 'forwardChainId' | 'localRedirectChainId'> & Pick<Bridge, 'qosPolicyId'>>,
  ): void {
    const { bridges, routers, ports } = this.#parts;
    const maps = [bridges, routers, ports] as unknown as readonly Map<string, object>[];
    for (const map of maps) {
      const entity = map.get(id);
      if (entity !== undefined) map.set(id, { ...entity, ...filters });
    }
    this.changed();
  }

  /** The port is that of an instance. */
  instance(id: PortId, instanceId: string): void {
    const port = this.#parts.ports.get(id);
    if (port?.type !== 'bridge') throw new Error('instances are at bridge ports');
    this.#parts.ports.set(id, { ...port, instanceId });
    this.changed();
  }

  /** Guards a bridge port: `MAC`, `MAC=ADDRESS` or `MAC=PREFIX` may send through it. */
  guard(id: PortId, ...allowed: readonly string[]): void {
    const port = this.#parts.ports.get(id);
    if (port?.type !== 'bridge') throw new Error('only bridge ports are guarded');
    const allowedAddresses = allowed.map((text) => {
      const [hardware = '', address] = text.split('=');
      if (address === undefined) return { mac: mac(hardware) };
      const length = address.includes(':') ? 128 : 32;
      return { mac: mac(hardware), prefix: cidr(address.includes('/') ? address : `${address}/${length}`) };
    });
    this.#parts.ports.set(id, { ...port, allowedAddresses });
    this.changed();
  }

  /** Sets the admin state of any device or port. */
  admin(id: BridgeId | RouterId | PortId, adminStateUp: boolean): void {
    const { bridges, routers, ports } = this.#parts;
    const bridge = bridges.get(id as BridgeId);
    const router = routers.get(id as RouterId);
    const port = ports.get(id as PortId);
    if (bridge !== undefined) bridges.set(bridge.id, { ...bridge, adminStateUp });
    if (router !== undefined) routers.set(router.id, { ...router, adminStateUp });
    if (port !== undefined) ports.set(port.id, { ...port, adminStateUp });
    this.changed();
  }

  /** Says whether an exterior port runs on its host. */
  active(id: PortId, active: boolean): void {
    if (active) this.#parts.inactive.delete(id);
    else this.#parts.inactive.add(id);
    this.changed();
  }

  get topology(): TopologyView {
    return this.#snapshot().topology;
  }

  get state(): StateView {
    return this.#snapshot().state;
  }

  /** Everything it is made of, to tell it to an agent. */
  get parts(): Readonly<NetworkParts> {
    return this.#parts;
  }

  nameOf(id: string): string {
    return this.#names.get(id) ?? id;
  }

  has(name: string): boolean {
    return [...this.#names.values()].includes(name);
  }

  /** The id of a named object; throws when there is none. */
  idOf(name: string): string {
    for (const [id, known] of this.#names) if (known === name) return id;
    throw new Error(`nothing is named '${name}'`);
  }

  /** Ids of all ports, in order of creation. */
  get portIds(): readonly PortId[] {
    return [...this.#parts.ports.keys()];
  }

  get deviceIds(): readonly (BridgeId | RouterId)[] {
    return [...this.#parts.bridges.keys(), ...this.#parts.routers.keys()];
  }

  #snapshot(): { readonly topology: TopologyView; readonly state: StateView } {
    this.#view ??= buildView(this.#parts, () => this.overlayMtu);
    return this.#view;
  }

  /** Its parts were changed by hand. */
  changed(): void {
    this.#view = undefined;
  }

  #id(name: string): string {
    const id = `00000000-0000-4000-8000-${(this.#next++).toString(16).padStart(12, '0')}`;
    this.#names.set(id, name);
    this.changed();
    return id;
  }

  #bridgeOf(id: PortId): BridgeId {
    const port = this.#parts.ports.get(id);
    if (port?.type !== 'bridge') throw new Error(`${this.nameOf(id)} is no port of a bridge`);
    return port.bridgeId;
  }

  #bridgePort(bridgeId: BridgeId, name: string, adminStateUp: boolean, vlanId?: number): BridgePort {
    const id = this.#id(name) as PortId;
    return this.#put({ kind: 'port', type: 'bridge', id, bridgeId, adminStateUp, vlanId });
  }

  #routerPort(routerId: RouterId, name: string, options: RouterPortOptions): RouterPort {
    const addresses = options.addresses.map(cidr);
    const id = this.#id(name) as PortId;
    for (const address of addresses) this.#portRoutes(routerId, id, address);
    const adminStateUp = options.adminStateUp ?? true;
    return this.#put({ kind: 'port', type: 'router', id, routerId, adminStateUp, mac: mac(options.mac), addresses });
  }

  #portRoutes(routerId: RouterId, nextHopPort: PortId, address: Cidr): void {
    const all = anywhere(address);
    const common = { kind: 'route', routerId, source: all, weight: 0, learned: false, nextHopPort } as const;
    const host = { ...address, length: hostBits(address.address) } as Cidr;
    const local: Route = { ...common, type: 'local', id: this.#id('local') as RouteId, destination: host };
    const connected: Route = { ...common, type: 'normal', id: this.#id('connected') as RouteId, destination: address };
    this.#parts.routes.set(local.id, local).set(connected.id, connected);
  }

  #bind(port: Port, name: string, options: ExteriorOptions): PortId {
    const binding = { hostId: (options.host ?? 'host-1') as HostId, interfaceName: name };
    if (options.active === false) this.#parts.inactive.add(port.id);
    return this.#put({ ...port, binding }).id;
  }

  #link(a: Port, b: Port): PortId {
    this.#put({ ...a, peerId: b.id });
    this.#put({ ...b, peerId: a.id });
    return a.id;
  }

  #put<T extends Port>(port: T): T {
    this.#parts.ports.set(port.id, port);
    this.changed();
    return port;
  }
}

function hostBits(address: IpAddress): number {
  return typeof address === 'number' ? 32 : 128;
}
