import fc from 'fast-check';
import type { Cidr, Ip4, Ip6, IpAddress, Mac } from '@midonet/packet';
import { clientIdOf, type AnyId, type Entity, type SharedRow, CHAIN_LOGS } from '@midonet/topology';

/** fast-check generators of every entity and shared row: each member legal alone, references at random. */
export const mac: fc.Arbitrary<Mac> = fc.nat(0xffffffffffff).map((n) => n as Mac);
export const ip4: fc.Arbitrary<Ip4> = fc.integer({ min: 0, max: 0xffffffff }).map((n) => n as Ip4);
export const ip6: fc.Arbitrary<Ip6> = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map((n) => n as Ip6);
export const ip: fc.Arbitrary<IpAddress> = fc.oneof(ip4, ip6);
export const cidr: fc.Arbitrary<Cidr> = fc.oneof(
  fc.record({ address: ip4, length: fc.integer({ min: 0, max: 32 }) }),
  fc.record({ address: ip6, length: fc.integer({ min: 0, max: 128 }) }),
);

function id<T extends AnyId>(): fc.Arbitrary<T> {
  return fc.uuid().map((text) => text as T);
}

const text = fc.string({ maxLength: 20 });
const flag = fc.boolean();
const confTree = fc.dictionary(
  fc.constantFrom('agent', 'a b', 'loggers'),
  fc.oneof(text, fc.integer(), flag, fc.array(text), fc.record({ root: text })),
);
const int32 = fc.integer({ min: -0x80000000, max: 0x7fffffff });
const vlan = fc.integer({ min: 1, max: 4094 });

/** Like fc.record, with the members named in `optional` sometimes missing. */
function some<T extends object, K extends keyof T>(members: { [N in keyof T]: fc.Arbitrary<T[N]> }, ...optional: K[]) {
  const requiredKeys = (Object.keys(members) as (keyof T)[]).filter(
    (name) => !(optional as (keyof T)[]).includes(name),
  );
  return fc.record(members, { requiredKeys }) as unknown as fc.Arbitrary<Omit<T, K> & Partial<Pick<T, K>>>;
}

function test<T>(value: fc.Arbitrary<T>) {
  return fc.record({ value, invert: flag });
}

const word = fc.nat(0xffff);
const condition = some(
  {
    invert: flag,
    fragmentPolicy: fc.constantFrom('any' as const, 'nonheader' as const, 'header' as const, 'unfragmented' as const),
    inPorts: test(fc.array(id(), { maxLength: 3 })),
    outPorts: test(fc.array(id(), { maxLength: 3 })),
    portGroup: test(id()),
    inPortGroup: test(id()),
    outPortGroup: test(id()),
    traversedDevice: test(id()),
    noVlan: fc.constant(true as const),
    vlan: fc.nat(4095),
    dlType: test(word),
    dlSrc: test(fc.record({ address: mac, mask: mac })),
    dlDst: test(fc.record({ address: mac, mask: mac })),
    nwTos: test(fc.nat(255)),
    nwProto: test(fc.nat(255)),
    nwSrc: test(cidr),
    nwDst: test(cidr),
    ipAddrGroupSrc: test(id()),
    ipAddrGroupDst: test(id()),
    tpSrc: test(fc.record({ start: word, end: word })),
    tpDst: test(fc.record({ start: word, end: word })),
    icmpDataSrc: test(cidr),
    icmpDataDst: test(cidr),
    connection: fc.constantFrom('forward' as const, 'return' as const),
    nwDstRewritten: fc.constant(true as const),
  },
  'inPorts',
  'outPorts',
  'portGroup',
  'inPortGroup',
  'outPortGroup',
  'traversedDevice',
  'noVlan',
  'vlan',
  'dlType',
  'dlSrc',
  'dlDst',
  'nwTos',
  'nwProto',
  'nwSrc',
  'nwDst',
  'ipAddrGroupSrc',
  'ipAddrGroupDst',
  'tpSrc',
  'tpDst',
  'icmpDataSrc',
  'icmpDataDst',
  'connection',
  'nwDstRewritten',
);
const rule = {
  kind: fc.constant('rule' as const),
  id: id(),
  chainId: id(),
  order: fc.integer({ min: -(2 ** 52), max: 2 ** 52 }),
  condition,
};

const natAction = fc.constantFrom('accept' as const, 'continue' as const, 'return' as const);
const natTarget = fc.record({ addressFrom: ip, addressTo: ip, portFrom: word, portTo: word });

const device = { id: id(), tenantId: text, name: text, adminStateUp: flag };
const shown = fc.array(id(), { maxLength: 3 });
const filters = {
  inboundFilterId: id(),
  outboundFilterId: id(),
  inboundMirrorIds: shown,
  outboundMirrorIds: shown,
};
const qosPolicyId = id();
const port = {
  kind: fc.constant('port' as const),
  id: id(),
  adminStateUp: flag,
  vifId: text,
  peerId: id(),
  binding: fc.record({ hostId: id(), interfaceName: text }),
  previousHostId: id(),
  ...filters,
};
const route = {
  kind: fc.constant('route' as const),
  id: id(),
  routerId: id(),
  source: cidr,
  destination: cidr,
  weight: int32,
  attributes: text,
  learned: flag,
};

const l4Port = fc.integer({ min: 1, max: 0xffff });
const httpCode = fc.integer({ min: 100, max: 599 });
const count = fc.nat(0x7fffffff);
const monitor = {
  ...{ kind: fc.constant('healthMonitor' as const), id: id(), tenantId: text, adminStateUp: flag },
  ...{ delay: count, timeout: count, maxRetries: count, name: text },
};

export const entity = fc.oneof(
  some(
    { kind: fc.constant('bridge' as const), ...device, ...filters, qosPolicyId },
    'inboundFilterId',
    'outboundFilterId',
    'inboundMirrorIds',
    'outboundMirrorIds',
    'qosPolicyId',
  ),
  some(
    {
      kind: fc.constant('router' as const),
      ...device,
      ...filters,
      asNumber: fc.integer({ min: -1, max: 0xffffffff }),
      forwardChainId: id(),
      localRedirectChainId: id(),
      loadBalancerId: id(),
    },
    'asNumber',
    'inboundFilterId',
    'outboundFilterId',
    'inboundMirrorIds',
    'outboundMirrorIds',
    'forwardChainId',
    'localRedirectChainId',
    'loadBalancerId',
  ),
  some(
    {
      ...port,
      type: fc.constant('bridge' as const),
      bridgeId: id(),
      vlanId: vlan,
      allowedAddresses: fc.array(some({ mac, prefix: cidr }, 'prefix'), { maxLength: 3 }),
      instanceId: text,
    },
    'vifId',
    'peerId',
    'binding',
    'previousHostId',
    'inboundFilterId',
    'outboundFilterId',
    'inboundMirrorIds',
    'outboundMirrorIds',
    'vlanId',
    'allowedAddresses',
    'instanceId',
  ),
  some(
    { ...port, type: fc.constant('router' as const), routerId: id(), mac, addresses: fc.array(cidr, { maxLength: 3 }) },
    'vifId',
    'peerId',
    'binding',
    'previousHostId',
    'inboundFilterId',
    'outboundFilterId',
    'inboundMirrorIds',
    'outboundMirrorIds',
  ),
  some(
    { ...route, type: fc.constant('normal' as const), nextHopPort: id(), nextHopGateway: ip },
    'attributes',
    'nextHopGateway',
  ),
  some({ ...route, type: fc.constantFrom('blackhole' as const, 'reject' as const) }, 'attributes'),
  some({ ...route, type: fc.constant('local' as const), nextHopPort: id() }, 'attributes'),
  fc.record({
    kind: fc.constant('host' as const),
    id: id(),
    name: text,
    addresses: fc.array(ip, { maxLength: 3 }),
    floodingProxyWeight: int32,
    containerWeight: int32,
    containerLimit: int32,
    enforceContainerLimit: flag,
  }),
  fc.record({
    kind: fc.constant('tunnelZone' as const),
    id: id(),
    name: text,
    type: fc.constantFrom('gre' as const, 'vxlan' as const, 'vtep' as const),
  }),
  fc.record({ kind: fc.constant('tunnelZoneMember' as const), zoneId: id(), hostId: id(), address: ip }),
  some(
    {
      kind: fc.constant('dhcpSubnet' as const),
      bridgeId: id(),
      subnet: cidr,
      defaultGateway: ip4,
      serverAddress: ip4,
      dnsServers: fc.array(ip4, { maxLength: 3 }),
      dnsForwarder: ip4,
      interfaceMtu: fc.nat(65535),
      routes: fc.array(fc.record({ destination: cidr, gateway: ip }), { maxLength: 3 }),
      enabled: flag,
    },
    'defaultGateway',
    'serverAddress',
    'dnsForwarder',
    'interfaceMtu',
  ),
  some(
    {
      kind: fc.constant('dhcpHost' as const),
      bridgeId: id(),
      subnet: cidr,
      mac,
      address: ip4,
      name: text,
      options: fc.array(fc.record({ name: text, value: text }), { maxLength: 3 }),
    },
    'name',
  ),
  some(
    {
      kind: fc.constant('dhcp6Subnet' as const),
      bridgeId: id(),
      subnet: cidr,
      dnsServers: fc.array(ip6, { maxLength: 3 }),
      dnsForwarder: ip6,
    },
    'dnsForwarder',
  ),
  some(
    {
      kind: fc.constant('dhcp6Host' as const),
      bridgeId: id(),
      subnet: cidr,
      clientId: fc.uint8Array({ minLength: 3, maxLength: 14 }).map(clientIdOf),
      address: ip6,
      name: text,
      options: fc.array(fc.record({ name: text, value: text }), { maxLength: 3 }),
    },
    'name',
    'options',
  ),
  fc.record({ kind: fc.constant('staticMac' as const), bridgeId: id(), vlan: fc.nat(4094), mac, portId: id() }),
  fc.record({ kind: fc.constant('staticArp' as const), bridgeId: id(), ip, mac }),
  some(
    {
      ...{ kind: fc.constant('chain' as const), id: id(), tenantId: text, name: text },
      log: fc.constantFrom(...CHAIN_LOGS),
      loggers: fc.array(fc.record({ id: id(), event: fc.constantFrom(...CHAIN_LOGS) }), { minLength: 1, maxLength: 2 }),
    },
    'log',
    'loggers',
  ),
  fc.record({
    ...rule,
    type: fc.constantFrom('accept' as const, 'drop' as const, 'reject' as const, 'return' as const),
  }),
  fc.record({ ...rule, type: fc.constant('jump' as const), jumpChainId: id() }),
  fc.record({
    ...rule,
    type: fc.constantFrom('snat' as const, 'dnat' as const),
    targets: fc.array(natTarget, { minLength: 1, maxLength: 3 }),
    action: natAction,
  }),
  fc.record({ ...rule, type: fc.constantFrom('revSnat' as const, 'revDnat' as const), action: natAction }),
  some(
    {
      ...rule,
      type: fc.constant('l2Transform' as const),
      popVlan: flag,
      pushVlan: fc.integer({ min: 1, max: 4094 }),
      action: natAction,
    },
    'pushVlan',
  ),
  fc.record({
    ...rule,
    ...{ type: fc.constant('l2Transform' as const), popVlan: flag, action: fc.constant('redirect' as const) },
    ...{ targetPortId: id(), ingress: flag, failOpen: flag },
  }),
  some(
    {
      ...rule,
      ...{ type: fc.constant('trace' as const), requestId: id(), limit: fc.integer({ min: 1, max: 1000 }) },
      active: fc.record({ limit: fc.integer({ min: 1, max: 1000 }), since: fc.maxSafeNat() }),
    },
    'active',
  ),
  fc.record({ kind: fc.constant('portGroup' as const), id: id(), tenantId: text, name: text, stateful: flag }),
  fc.record({ kind: fc.constant('portGroupMember' as const), groupId: id(), portId: id() }),
  fc.record({ kind: fc.constant('ipAddrGroup' as const), id: id(), tenantId: text, name: text }),
  fc.record({ kind: fc.constant('ipAddrGroupAddress' as const), groupId: id(), address: ip }),
  fc.record({ kind: fc.constant('loadBalancer' as const), id: id(), tenantId: text, adminStateUp: flag }),
  some(
    {
      kind: fc.constant('pool' as const),
      id: id(),
      name: text,
      loadBalancerId: id(),
      adminStateUp: flag,
      protocol: fc.constantFrom('tcp' as const, 'udp' as const),
      lbMethod: fc.constant('roundRobin' as const),
      healthMonitorId: id(),
    },
    'healthMonitorId',
    'name',
  ),
  fc.record({
    ...{ kind: fc.constant('poolMember' as const), id: id(), poolId: id(), address: ip, port: l4Port },
    ...{ weight: fc.nat(256), adminStateUp: flag },
  }),
  some(
    {
      ...{ kind: fc.constant('vip' as const), id: id(), loadBalancerId: id(), poolId: id(), address: ip, port: l4Port },
      ...{ adminStateUp: flag, sessionPersistence: fc.constant('sourceIp' as const), name: text },
    },
    'sessionPersistence',
    'name',
  ),
  fc.record({ ...monitor, type: fc.constant('tcp' as const) }),
  fc.record({
    ...monitor,
    type: fc.constant('http' as const),
    path: text,
    expectedCodes: fc.array(fc.record({ start: httpCode, end: httpCode }), { maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('qosPolicy' as const),
    id: id(),
    tenantId: text,
    name: text,
    description: text,
    shared: flag,
  }),
  fc.record({
    kind: fc.constant('qosRule' as const),
    id: id(),
    policyId: id(),
    type: fc.constant('bandwidth' as const),
    maxKbps: fc.nat(),
    maxBurstKb: fc.nat(),
    direction: fc.constantFrom('egress' as const, 'ingress' as const, 'both' as const),
  }),
  fc.record({
    kind: fc.constant('qosRule' as const),
    id: id(),
    policyId: id(),
    type: fc.constant('dscp' as const),
    mark: fc.nat(63),
  }),
  fc.record({
    kind: fc.constant('mirror' as const),
    id: id(),
    name: text,
    toPortId: id(),
    conditions: fc.array(condition, { maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('l2Insertion' as const),
    id: id(),
    portId: id(),
    bridgeId: id(),
    srvPortId: id(),
    srvBridgeId: id(),
    vlan: fc.nat(4094),
    position: fc.nat(),
    failOpen: flag,
    mac,
  }),
  fc.record({
    ...{ kind: fc.constant('loggingResource' as const), id: id(), tenantId: text, name: text },
    ...{ type: fc.constant('file' as const), enabled: flag },
  }),
  fc.record({
    ...{ kind: fc.constant('ruleLogger' as const), id: id(), name: text, loggingResourceId: id(), chainId: id() },
    event: fc.constantFrom(...CHAIN_LOGS),
  }),
  fc.record({ kind: fc.constant('confNode' as const), hostId: id(), values: confTree }),
  fc.record({
    kind: fc.constant('confTemplate' as const),
    name: fc.constantFrom('default', 'a.b-1_C'),
    values: confTree,
  }),
  fc.record({ kind: fc.constant('confMapping' as const), hostId: id(), template: fc.constantFrom('default', 't') }),
  fc.record({
    kind: fc.constant('traceRequest' as const),
    id: id(),
    name: text,
    device: fc.oneof(
      fc.record({ type: fc.constantFrom('bridge' as const, 'router' as const), id: id() }),
      fc.record({
        type: fc.constant('port' as const),
        id: id(),
        of: fc.record({ type: fc.constantFrom('bridge' as const, 'router' as const), id: id() }),
      }),
    ),
    condition,
    limit: fc.integer({ min: 1, max: 1000 }),
    enabled: flag,
    createdAt: fc.maxSafeNat(),
    enabledAt: fc.maxSafeNat(),
  }),
) as fc.Arbitrary<Entity>;

export const sharedRow = fc.oneof(
  fc.record({ kind: fc.constant('learnedMac' as const), bridgeId: id(), vlan: fc.nat(4094), mac, portId: id() }),
  fc.record({ kind: fc.constant('neighbour' as const), routerId: id(), portId: id(), ip, mac }),
  fc.record({ kind: fc.constant('portActive' as const), portId: id(), hostId: id(), tunnelKey: fc.nat(0xffffff) }),
  fc.record({
    ...{ kind: fc.constant('memberHealth' as const), poolId: id(), memberId: id(), hostId: id() },
    status: fc.constantFrom('up' as const, 'down' as const),
  }),
  fc.record({
    ...{ kind: fc.constant('healthChecker' as const), balancerId: id(), hostId: id() },
    tunnelKey: fc.nat(0xffffff),
  }),
  fc.record({
    kind: fc.constant('hostAlive' as const),
    hostId: id(),
    interfaces: fc.array(
      some(
        {
          name: text,
          mac,
          mtu: fc.nat(65536),
          up: flag,
          hasLink: flag,
          type: fc.constantFrom('physical' as const, 'virtual' as const, 'tunnel' as const, 'unknown' as const),
          endpoint: fc.constantFrom('datapath' as const, 'vm' as const, 'unknown' as const),
          addresses: fc.array(ip, { maxLength: 2 }),
        },
        'mac',
      ),
      { maxLength: 3 },
    ),
  }),
  fc.record({
    kind: fc.constant('hostDrops' as const),
    hostId: id(),
    drops: fc.array(fc.record({ reason: text, port: text, byKind: text, byId: text, packets: fc.maxSafeNat() }), {
      maxLength: 3,
    }),
  }),
  fc.record({
    kind: fc.constant('hostRuleHits' as const),
    hostId: id(),
    hits: fc.array(fc.record({ ruleId: id(), packets: fc.maxSafeNat(), bytes: fc.maxSafeNat() }), { maxLength: 3 }),
  }),
  fc.record({
    ...{ kind: fc.constant('tracedPacket' as const), requestId: id(), hostId: id(), slot: fc.nat(0xffff) },
    ...{ at: fc.maxSafeNat(), way: fc.constantFrom('forward' as const, 'return' as const), flow: text, portId: id() },
    ...{ packet: text, verdict: fc.constantFrom('forward' as const, 'drop' as const), reason: text },
    ...{ sent: fc.array(fc.record({ portId: id(), identity: text }), { maxLength: 2 }), steps: text },
    cut: fc.nat(),
  }),
  fc.record({
    ...{ kind: fc.constant('traceArrival' as const), hostId: id(), slot: fc.nat(0xffff), at: fc.maxSafeNat() },
    ...{ portId: id(), identity: text, packet: text },
  }),
) as fc.Arbitrary<SharedRow>;
