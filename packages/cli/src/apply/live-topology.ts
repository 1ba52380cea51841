import type {
  BridgeDto,
  ChainDto,
  HostDto,
  IpAddrGroupDto,
  LoggingResourceDto,
  MirrorDto,
  PortDto,
  PortGroupDto,
  QosPolicyDto,
  RouterDto,
  TraceRequestDto,
  TunnelZoneDto,
} from '@midonet/contract';
import { randomUUID } from 'node:crypto';
import { failure, missing } from '../cli-error.ts';
import { ByKey, byName, parseKey } from './keys.ts';
import { DEVICE_KINDS, splitKind, type DeviceKind } from '../objects/device-kind.ts';
import { changeable } from '../objects/shared.ts';
import type { Session } from '../session.ts';

type Named =
  | 'chain'
  | 'port group'
  | 'IP address group'
  | 'QoS policy'
  | 'mirror'
  | 'trace request'
  | 'logging resource';

/** What the controller has now, by its keys in a file, and the ids of what the plan will make. */
export class LiveTopology {
  readonly bridges: ByKey<BridgeDto>;
  readonly routers: ByKey<RouterDto>;
  readonly zones: ReadonlyMap<string, TunnelZoneDto>;
  readonly chains: ReadonlyMap<string, ChainDto>;
  readonly portGroups: ReadonlyMap<string, PortGroupDto>;
  readonly ipAddrGroups: ReadonlyMap<string, IpAddrGroupDto>;
  readonly qosPolicies: ReadonlyMap<string, QosPolicyDto>;
  readonly mirrors: ReadonlyMap<string, MirrorDto>;
  readonly traceRequests: ReadonlyMap<string, TraceRequestDto>;
  readonly loggingResources: ReadonlyMap<string, LoggingResourceDto>;
  readonly ports: readonly PortDto[];
  readonly hosts: ByKey<HostDto>;
  readonly #portsOf = new Map<string, ByKey<PortDto>>();
  readonly #planned = new Map<string, string>();

  private constructor(parts: {
    readonly bridges: readonly BridgeDto[];
    readonly routers: readonly RouterDto[];
    readonly zones: readonly TunnelZoneDto[];
    readonly ports: readonly PortDto[];
    readonly hosts: readonly HostDto[];
    readonly chains: readonly ChainDto[];
    readonly portGroups: readonly PortGroupDto[];
    readonly ipAddrGroups: readonly IpAddrGroupDto[];
    readonly qosPolicies: readonly QosPolicyDto[];
    readonly mirrors: readonly MirrorDto[];
    readonly traceRequests: readonly TraceRequestDto[];
    readonly loggingResources: readonly LoggingResourceDto[];
    readonly tenant: string | undefined;
  }) {
    const { tenant } = parts;
    const own = <T extends { readonly tenantId: string | null }>(all: readonly T[]): readonly T[] =>
      tenant === undefined ? all : all.filter((one) => one.tenantId === tenant);
    this.bridges = byName('bridge', own(parts.bridges));
    this.routers = byName('router', own(parts.routers));
    this.zones = byName('tunnel zone', parts.zones);
    this.chains = byName('chain', own(parts.chains));
    this.portGroups = byName('port group', own(parts.portGroups));
    this.ipAddrGroups = byName('IP address group', own(parts.ipAddrGroups));
    this.qosPolicies = byName('QoS policy', own(parts.qosPolicies));
    this.loggingResources = byName('logging resource', own(parts.loggingResources));
    // A mirror belongs to whom its port belongs to, and a trace request to whom its device does.
    const devices = new Set([...own(parts.bridges), ...own(parts.routers)].map(({ id }) => id));
    const ports = new Set(parts.ports.filter(({ deviceId }) => devices.has(deviceId)).map(({ id }) => id));
    this.mirrors = byName(
      'mirror',
      parts.mirrors.filter(({ toPortId }) => ports.has(toPortId)),
    );
    this.traceRequests = byName(
      'trace request',
      parts.traceRequests.filter(({ deviceId }) => devices.has(deviceId) || ports.has(deviceId)),
    );
    this.ports = parts.ports;
    this.hosts = byName('host', parts.hosts);
    const onDevice = Map.groupBy(parts.ports, ({ deviceId }) => deviceId);
    for (const [id, some] of onDevice) this.#portsOf.set(id, new ByKey('port', some, ({ vifId }) => vifId ?? ''));
  }

  static async load(session: Session, tenant: string | undefined): Promise<LiveTopology> {
    const { directory } = session;
    const [bridges, routers, zones, ports, hosts, chains, portGroups, ipAddrGroups, qosPolicies] = await Promise.all([
      directory.bridges().then(changeable),
      directory.routers().then(changeable),
      directory.tunnelZones(),
      directory.ports().then(changeable),
      directory.hosts(),
      directory.chains(),
      directory.portGroups(),
      directory.ipAddrGroups(),
      directory.qosPolicies(),
    ]);
    const [mirrors, traceRequests, loggingResources] = await Promise.all([
      directory.mirrors(),
      directory.traceRequests(),
      directory.loggingResources(),
    ]);
    const filters = { chains, portGroups, ipAddrGroups, qosPolicies, mirrors, traceRequests, loggingResources };
    return new LiveTopology({ bridges, routers, zones, ports, hosts, ...filters, tenant });
  }

  /** The port of that key on that device. */
  port(deviceId: string, key: string): PortDto | undefined {
    return this.#portsOf.get(deviceId)?.get(key);
  }

  /** Its key among the ports of its device. */
  portKey({ id, deviceId, vifId }: PortDto): string {
    return this.#portsOf.get(deviceId)?.keyOf(id) ?? vifId ?? id;
  }

  /** `device/port` of one that is there; its id where that cannot be said. */
  portPath(id: string): string {
    const port = this.ports.find((one) => one.id === id);
    if (port === undefined) return this.nameOf(id);
    const kind = this.routers.keyOf(port.deviceId) === undefined ? 'bridge' : 'router';
    const device = this.bridges.keyOf(port.deviceId) ?? this.routers.keyOf(port.deviceId) ?? port.deviceId;
    return this.#told(kind, `${device}/${this.portKey(port)}`);
  }

  hostId(key: string): string {
    const host = this.hosts.get(key);
    if (host !== undefined) return host.id;
    const names = [...this.hosts.keys()].join(', ');
    throw failure(`there is no host ${key} yet; there is ${names === '' ? 'none' : names}. Start its agent first`);
  }

  /** `device/port`, or `bridge:device/port`: a port that is there or that the file makes. */
  portId(text: string): string {
    const first = text.indexOf('/');
    if (first < 0) throw failure(`"${text}" must name a port with its device, like red/${text}`);
    const id = this.#ofKind(text, (kind, path) => this.portOf(kind, path));
    if (id !== undefined) return id;
    const device = text.slice(0, first);
    const known = this.#ofKind(device, (kind, name) => this.#device(kind, name), true) !== undefined;
    throw failure(`there is no ${known ? `port ${text}` : `bridge or router ${device}`}, here or in the file`);
  }

  /** The port of a device of this kind; undefined where there is none, here or in the file. */
  portOf(kind: DeviceKind, path: string): string | undefined {
    // Names may have slashes too.
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      const device = this.#device(kind, path.slice(0, slash));
      const found = device === undefined ? undefined : this.port(device, path.slice(slash + 1));
      if (found !== undefined) return found.id;
    }
    return this.plannedPort(kind, path);
  }

  /** A bridge or router: `net`, or `router:net` where both are called so. */
  deviceId(text: string): string {
    const id = this.#ofKind(text, (kind, name) => this.#device(kind, name));
    if (id === undefined) throw failure(`there is no bridge or router ${text}, here or in the file`);
    return id;
  }

  /** One of the two, where a bridge and a router may have the same name. */
  deviceOf(type: 'BRIDGE' | 'ROUTER', name: string): string {
    const kind = type === 'BRIDGE' ? 'bridge' : 'router';
    const id = this.#device(kind, name);
    if (id === undefined) throw failure(`there is no ${kind} ${name}, here or in the file`);
    return id;
  }

  #device(kind: DeviceKind, name: string): string | undefined {
    const map = kind === 'bridge' ? this.bridges : this.routers;
    return map.get(name)?.id ?? this.#planned.get(`${kind} ${name}`);
  }

  /** What `find` knows of the kind that the text names, or of the one kind that has it; throws when both have. */
  #ofKind(text: string, find: (kind: DeviceKind, rest: string) => string | undefined, any = false): string | undefined {
    const { kind, rest } = splitKind(text);
    const said = kind === undefined ? undefined : find(kind, rest);
    if (said !== undefined) return said;
    const [bridge, router] = DEVICE_KINDS.map((one) => find(one, text));
    if (bridge !== undefined && router !== undefined && !any) {
      throw missing(`a bridge and a router have ${text}: say which one, bridge:${text} or router:${text}`);
    }
    return bridge ?? router;
  }

  /** `net/web` of a kind as it is printed: with the kind where devices of both are called net. */
  #told(kind: DeviceKind, path: string): string {
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      if (this.hasBoth(path.slice(0, slash))) return `${kind}:${path}`;
    }
    return path;
  }

  /** Whether a bridge and a router are called so, here or in the file. */
  hasBoth(name: string): boolean {
    return (
      (this.bridges.has(name) || this.#planned.has(`bridge ${name}`)) &&
      (this.routers.has(name) || this.#planned.has(`router ${name}`))
    );
  }

  named(kind: Named, name: string): string {
    const groups = { 'port group': this.portGroups, 'IP address group': this.ipAddrGroups };
    const others = { 'QoS policy': this.qosPolicies, mirror: this.mirrors, 'trace request': this.traceRequests };
    const maps = { chain: this.chains, ...groups, ...others, 'logging resource': this.loggingResources };
    const id = maps[kind].get(name)?.id ?? this.#planned.get(`${kind} ${name}`);
    if (id === undefined) throw failure(`there is no ${kind} ${name}, here or in the file`);
    return id;
  }

  /** What is printed for an id: the name of what is there or will be. */
  nameOf(id: string): string {
    const [planned] = [...this.#planned].find(([, one]) => one === id) ?? [];
    const { kind, path } = /^port (?<kind>bridge|router):(?<path>.*)$/s.exec(planned ?? '')?.groups ?? {};
    if (path !== undefined) return this.#told(kind === 'router' ? 'router' : 'bridge', path);
    if (planned !== undefined)
      return planned.replace(/^(IP address group|port group|QoS policy|trace request|logging resource|\w+) /, '');
    const maps = [
      ...[this.chains, this.portGroups, this.ipAddrGroups, this.qosPolicies, this.mirrors],
      ...[this.bridges, this.routers, this.traceRequests, this.loggingResources],
    ];
    for (const map of maps) for (const [name, one] of map) if (one.id === id) return name;
    const port = this.ports.find((one) => one.id === id);
    return port === undefined ? id : this.portKey(port);
  }

  /** The id that the object of this key has, or will have when the plan has run. */
  idOf(key: string, live: { readonly id: string } | undefined): string {
    const id = live?.id ?? this.#planned.get(key) ?? parseKey(key).id ?? randomUUID();
    this.#planned.set(key, id);
    return id;
  }

  plannedId(key: string): string | undefined {
    return this.#planned.get(key);
  }

  /** As `idOf`, for the port of a path. */
  idOfPort(kind: DeviceKind, path: string, live: { readonly id: string } | undefined): string {
    return this.idOf(`port ${kind}:${path}`, live);
  }

  plannedPort(kind: DeviceKind, path: string): string | undefined {
    return this.#planned.get(`port ${kind}:${path}`);
  }
}
