import type {
  BridgeDto,
  ChainDto,
  Client,
  HealthMonitorDto,
  HostDto,
  IpAddrGroupDto,
  L2InsertionDto,
  LoadBalancerDto,
  MirrorDto,
  PoolDto,
  PoolMemberDto,
  PortDto,
  PortGroupDto,
  QosPolicyDto,
  RouterDto,
  LoggingResourceDto,
  RuleLoggerDto,
  TenantDto,
  TraceRequestDto,
  TunnelZoneDto,
  VipDto,
} from '@midonet/contract';
import { missing } from '../cli-error.ts';
import { splitKind } from './device-kind.ts';
import { placeText } from './place-text.ts';

/** What has an id of its own and can be named on a command line. */
export type NamedKind =
  | 'bridge'
  | 'router'
  | 'port'
  | 'host'
  | 'tunnel zone'
  | 'chain'
  | 'port group'
  | 'IP address group'
  | 'load balancer'
  | 'pool'
  | 'pool member'
  | 'VIP'
  | 'health monitor'
  | 'QoS policy'
  | 'mirror'
  | 'L2 insertion'
  | 'trace request'
  | 'logging resource'
  | 'rule logger';

/** Called by the name of its router. */
export type NamedBalancer = LoadBalancerDto & { readonly name: string };
/** Called `pool/address:port`. */
export type NamedMember = PoolMemberDto & { readonly name: string };
/** Called `port/mac/position`. */
export type NamedInsertion = L2InsertionDto & { readonly name: string };

type DtoOf = {
  bridge: BridgeDto;
  router: RouterDto;
  port: PortDto;
  host: HostDto;
  'tunnel zone': TunnelZoneDto;
  chain: ChainDto;
  'port group': PortGroupDto;
  'IP address group': IpAddrGroupDto;
  'load balancer': NamedBalancer;
  pool: PoolDto;
  'pool member': NamedMember;
  VIP: VipDto;
  'health monitor': HealthMonitorDto;
  'QoS policy': QosPolicyDto;
  mirror: MirrorDto;
  'L2 insertion': NamedInsertion;
  'trace request': TraceRequestDto;
  'logging resource': LoggingResourceDto;
  'rule logger': RuleLoggerDto;
};

/**
 * The named objects of the controller, each collection fetched once. A reference on the command line
 * is an id, the unique beginning of an id (four digits or more) or a unique name. A port's name is its `vifId`.
 */
export class Directory {
  readonly bridges: () => Promise<readonly BridgeDto[]>;
  readonly routers: () => Promise<readonly RouterDto[]>;
  readonly ports: () => Promise<readonly PortDto[]>;
  readonly hosts: () => Promise<readonly HostDto[]>;
  readonly tunnelZones: () => Promise<readonly TunnelZoneDto[]>;
  readonly chains: () => Promise<readonly ChainDto[]>;
  readonly portGroups: () => Promise<readonly PortGroupDto[]>;
  readonly ipAddrGroups: () => Promise<readonly IpAddrGroupDto[]>;
  readonly loadBalancers: () => Promise<readonly NamedBalancer[]>;
  readonly pools: () => Promise<readonly PoolDto[]>;
  readonly poolMembers: () => Promise<readonly NamedMember[]>;
  readonly vips: () => Promise<readonly VipDto[]>;
  readonly healthMonitors: () => Promise<readonly HealthMonitorDto[]>;
  readonly qosPolicies: () => Promise<readonly QosPolicyDto[]>;
  readonly mirrors: () => Promise<readonly MirrorDto[]>;
  readonly l2Insertions: () => Promise<readonly NamedInsertion[]>;
  readonly traceRequests: () => Promise<readonly TraceRequestDto[]>;
  readonly loggingResources: () => Promise<readonly LoggingResourceDto[]>;
  readonly ruleLoggers: () => Promise<readonly RuleLoggerDto[]>;
  readonly tenants: () => Promise<readonly TenantDto[]>;

  constructor(client: Client) {
    this.bridges = once(() => client.bridges.list());
    this.routers = once(() => client.routers.list());
    this.ports = once(() => client.ports.list());
    this.hosts = once(() => client.hosts.list());
    this.tunnelZones = once(() => client.tunnelZones.list());
    this.chains = once(() => client.chains.list());
    this.portGroups = once(() => client.portGroups.list());
    this.ipAddrGroups = once(() => client.ipAddrGroups.list());
    this.loadBalancers = once(async () => {
      const names = new Map((await this.routers()).map((router) => [router.id, nameOf(router)]));
      return (await client.loadBalancers.list()).map((one) => ({ ...one, name: names.get(one.routerId ?? '') ?? '' }));
    });
    this.pools = once(() => client.pools.list());
    this.poolMembers = once(async () => {
      const names = new Map((await this.pools()).map((pool) => [pool.id, nameOf(pool) || shortId(pool.id)]));
      const all = await client.poolMembers.list();
      return all.map((one) => ({ ...one, name: `${names.get(one.poolId) ?? ''}/${placeText(one)}` }));
    });
    this.vips = once(() => client.vips.list());
    this.healthMonitors = once(() => client.healthMonitors.list());
    this.qosPolicies = once(() => client.qosPolicies.list());
    this.mirrors = once(() => client.mirrors.list());
    this.traceRequests = once(() => client.traceRequests.list());
    this.loggingResources = once(() => client.loggingResources.list());
    this.ruleLoggers = once(() => client.ruleLoggers.list());
    this.tenants = once(() => client.tenants.list());
    this.l2Insertions = once(async () => {
      const names = new Map((await this.ports()).map((port) => [port.id, nameOf(port) || shortId(port.id)]));
      const all = await client.l2Insertions.list();
      return all.map((one) => ({ ...one, name: `${names.get(one.portId) ?? ''}/${one.mac}/${one.position}` }));
    });
  }

  all(kind: NamedKind): Promise<readonly DtoOf[NamedKind][]> {
    switch (kind) {
      case 'bridge':
        return this.bridges();
      case 'router':
        return this.routers();
      case 'port':
        return this.ports();
      case 'host':
        return this.hosts();
      case 'tunnel zone':
        return this.tunnelZones();
      case 'chain':
        return this.chains();
      case 'port group':
        return this.portGroups();
      case 'IP address group':
        return this.ipAddrGroups();
      case 'load balancer':
        return this.loadBalancers();
      case 'pool':
        return this.pools();
      case 'pool member':
        return this.poolMembers();
      case 'VIP':
        return this.vips();
      case 'health monitor':
        return this.healthMonitors();
      case 'QoS policy':
        return this.qosPolicies();
      case 'mirror':
        return this.mirrors();
      case 'L2 insertion':
        return this.l2Insertions();
      case 'trace request':
        return this.traceRequests();
      case 'logging resource':
        return this.loggingResources();
      case 'rule logger':
        return this.ruleLoggers();
    }
  }

  bridge(text: string): Promise<BridgeDto> {
    return this.bridges().then((all) => pick('bridge', all, text));
  }

  router(text: string): Promise<RouterDto> {
    return this.routers().then((all) => pick('router', all, text));
  }

  /** Also as `device/port`, where a name is on several devices. */
  async port(text: string): Promise<PortDto> {
    const all = await this.ports();
    const slash = text.indexOf('/');
    // Names may have a slash in them.
    if (slash <= 0 || all.some((one) => nameOf(one) === text)) return pick('port', all, text);
    const device = text.slice(0, slash);
    const devices = (await this.#devices(device)).map(({ id }) => id);
    if (devices.length === 0) throw missing(`no bridge or router "${device}" that a port "${text}" could be on`);
    const there = all.filter(({ deviceId }) => devices.includes(deviceId));
    return pick('port', there, text.slice(slash + 1));
  }

  /** The one bridge or router of that name: `red`, or `bridge:red`. */
  async device(text: string): Promise<BridgeDto | RouterDto | undefined> {
    const found = await this.#devices(text);
    if (found.length < 2) return found[0];
    const ids = found.map(({ id }) => id).join(', ');
    throw missing(`"${text}" is ${found.length} devices; say which like bridge:${text}, or by id: ${ids}`);
  }

  /** Those that a name may mean, of either kind unless it says of which. */
  async #devices(text: string): Promise<readonly (BridgeDto | RouterDto)[]> {
    const { kind, rest } = splitKind(text);
    const of = kind === undefined ? [] : named<BridgeDto | RouterDto>(await this[`${kind}s`](), rest);
    if (of.length > 0) return of;
    return named([...(await this.bridges()), ...(await this.routers())], text);
  }

  host(text: string): Promise<HostDto> {
    return this.hosts().then((all) => pick('host', all, text));
  }

  tunnelZone(text: string): Promise<TunnelZoneDto> {
    return this.tunnelZones().then((all) => pick('tunnel zone', all, text));
  }

  chain(text: string): Promise<ChainDto> {
    return this.chains().then((all) => pick('chain', all, text));
  }

  portGroup(text: string): Promise<PortGroupDto> {
    return this.portGroups().then((all) => pick('port group', all, text));
  }

  ipAddrGroup(text: string): Promise<IpAddrGroupDto> {
    return this.ipAddrGroups().then((all) => pick('IP address group', all, text));
  }

  loadBalancer(text: string): Promise<NamedBalancer> {
    return this.loadBalancers().then((all) => pick('load balancer', all, text));
  }

  pool(text: string): Promise<PoolDto> {
    return this.pools().then((all) => pick('pool', all, text));
  }

  poolMember(text: string): Promise<NamedMember> {
    return this.poolMembers().then((all) => pick('pool member', all, text));
  }

  /** By name, id, or address and port. */
  vip(text: string): Promise<VipDto> {
    return this.vips().then((all) => {
      const placed = all.filter((one) => placeText(one) === text);
      return placed.length === 1 && placed[0] !== undefined ? placed[0] : pick('VIP', all, text);
    });
  }

  healthMonitor(text: string): Promise<HealthMonitorDto> {
    return this.healthMonitors().then((all) => pick('health monitor', all, text));
  }

  qosPolicy(text: string): Promise<QosPolicyDto> {
    return this.qosPolicies().then((all) => pick('QoS policy', all, text));
  }

  mirror(text: string): Promise<MirrorDto> {
    return this.mirrors().then((all) => pick('mirror', all, text));
  }

  l2Insertion(text: string): Promise<NamedInsertion> {
    return this.l2Insertions().then((all) => pick('L2 insertion', all, text));
  }

  traceRequest(text: string): Promise<TraceRequestDto> {
    return this.traceRequests().then((all) => pick('trace request', all, text));
  }

  loggingResource(text: string): Promise<LoggingResourceDto> {
    return this.loggingResources().then((all) => pick('logging resource', all, text));
  }

  ruleLogger(text: string): Promise<RuleLoggerDto> {
    return this.ruleLoggers().then((all) => pick('rule logger', all, text));
  }

  /** The name of any object with this id, or the short id when it has none. */
  async label(kind: NamedKind, id: string | null): Promise<string> {
    if (id === null) return '';
    const found = (await this.all(kind)).find((one) => one.id === id);
    return (found === undefined ? '' : nameOf(found)) || shortId(id);
  }
}

function once<T>(fetch: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => (loading ??= fetch());
}

type Named = {
  readonly id: string;
  readonly name?: string | null;
  readonly vifId?: string | null;
  readonly readOnly?: boolean;
};

export function nameOf(dto: Named): string {
  return ('vifId' in dto ? dto.vifId : dto.name) ?? '';
}

export function shortId(id: string): string {
  return id.slice(0, 8);
}

/** What a name, an id or the beginning of one means: names go first, one's own before what one may only look at. */
function named<T extends Named>(all: readonly T[], text: string): readonly T[] {
  const called = all.filter((one) => nameOf(one) === text);
  const own = called.filter((one) => one.readOnly !== true);
  if (called.length > 0) return own.length > 0 ? own : called;
  const lower = text.toLowerCase();
  return /^[0-9a-f-]{4,36}$/.test(lower) ? all.filter((one) => one.id.startsWith(lower)) : [];
}

/** The one object that `text` names; the error says what there is instead. */
export function pick<T extends Named>(kind: NamedKind, all: readonly T[], text: string): T {
  const matches = named(all, text);
  const [only] = matches;
  if (only !== undefined && matches.length === 1) return only;
  if (matches.length > 1) {
    const ids = matches.slice(0, 5).map((one) => one.id);
    const how = kind === 'port' ? 'like device/port or router:device/port, or by id' : 'by id';
    throw missing(`"${text}" is ${matches.length} ${kind.replace(/y$/, 'ie')}s; say which ${how}: ${ids.join(', ')}`);
  }
  const names = all.map(nameOf).filter((name) => name !== '');
  const some = names.slice(0, 8).join(', ') + (names.length > 8 ? ', …' : '');
  throw missing(`no ${kind} "${text}"; ${some === '' ? `there is no named ${kind}` : `there is ${some}`}`);
}
