import type { BridgeId, HostId, LoadBalancerId, PoolId, PoolMemberId, PortId, RouterId, RuleId } from '../ids.ts';
import type { TraceRequestId } from '../ids.ts';
import type {
  HostDrop,
  HostInterface,
  MeterCount,
  RuleHit,
  SentCopy,
  SharedRow,
  SharedRowKind,
} from '../shared-rows.ts';
import { listOf, objectOf, optional, type ObjectCodec } from './field-codec.ts';
import { booleanField, idField, integerField, ipField, macField, textField, wordField } from './scalars.ts';

type RowOf<K extends SharedRowKind> = Extract<SharedRow, { readonly kind: K }>;

const hostInterface = objectOf<HostInterface>({
  name: textField,
  mac: optional(macField),
  mtu: integerField(0, 0xffffffff), // Linux' loopback has 65536
  up: booleanField,
  hasLink: booleanField,
  type: wordField('physical', 'virtual', 'tunnel', 'unknown'),
  endpoint: wordField('datapath', 'physical', 'vm', 'tunnel', 'localhost', 'unknown'),
  addresses: listOf(ipField),
});

const hostDrop = objectOf<HostDrop>({
  reason: textField,
  port: textField,
  byKind: textField,
  byId: textField,
  packets: integerField(0, Number.MAX_SAFE_INTEGER),
});

const ruleHit = objectOf<RuleHit>({
  ruleId: idField<RuleId>(),
  packets: integerField(0, Number.MAX_SAFE_INTEGER),
  bytes: integerField(0, Number.MAX_SAFE_INTEGER),
});

const meterCount = objectOf<MeterCount>({
  tenantId: textField,
  name: textField,
  packets: integerField(0, Number.MAX_SAFE_INTEGER),
  bytes: integerField(0, Number.MAX_SAFE_INTEGER),
});

const sentCopy = objectOf<SentCopy>({ portId: idField<PortId>(), identity: textField });
const slot = integerField(0, 0xffff);
const moment = integerField(0, Number.MAX_SAFE_INTEGER);

export const rowCodecs: { readonly [K in SharedRowKind]: ObjectCodec<RowOf<K>> } = {
  learnedMac: objectOf<RowOf<'learnedMac'>>({
    kind: wordField('learnedMac'),
    bridgeId: idField<BridgeId>(),
    vlan: integerField(0, 4094),
    mac: macField,
    portId: idField<PortId>(),
  }),
  neighbour: objectOf<RowOf<'neighbour'>>({
    kind: wordField('neighbour'),
    routerId: idField<RouterId>(),
    portId: idField<PortId>(),
    ip: ipField,
    mac: macField,
  }),
  portActive: objectOf<RowOf<'portActive'>>({
    kind: wordField('portActive'),
    portId: idField<PortId>(),
    hostId: idField<HostId>(),
    tunnelKey: integerField(0, 0xffffff), // a VNI, 24 bits
    mtu: optional(integerField(0, 0xffffffff)),
  }),
  hostAlive: objectOf<RowOf<'hostAlive'>>({
    kind: wordField('hostAlive'),
    hostId: idField<HostId>(),
    interfaces: listOf(hostInterface),
  }),
  memberHealth: objectOf<RowOf<'memberHealth'>>({
    kind: wordField('memberHealth'),
    poolId: idField<PoolId>(),
    memberId: idField<PoolMemberId>(),
    status: wordField('up', 'down'),
    hostId: idField<HostId>(),
  }),
  healthChecker: objectOf<RowOf<'healthChecker'>>({
    kind: wordField('healthChecker'),
    balancerId: idField<LoadBalancerId>(),
    hostId: idField<HostId>(),
    tunnelKey: integerField(0, 0xffffff), // a VNI, 24 bits
  }),
  hostDrops: objectOf<RowOf<'hostDrops'>>({
    kind: wordField('hostDrops'),
    hostId: idField<HostId>(),
    drops: listOf(hostDrop),
  }),
  hostRuleHits: objectOf<RowOf<'hostRuleHits'>>({
    kind: wordField('hostRuleHits'),
    hostId: idField<HostId>(),
    hits: listOf(ruleHit),
    meters: optional(listOf(meterCount)),
  }),
  tracedPacket: objectOf<RowOf<'tracedPacket'>>({
    kind: wordField('tracedPacket'),
    requestId: idField<TraceRequestId>(),
    hostId: idField<HostId>(),
    slot,
    at: moment,
    way: wordField('forward', 'return'),
    flow: textField,
    portId: idField<PortId>(),
    packet: textField,
    verdict: wordField('forward', 'consume', 'drop', 'blocked'),
    reason: textField,
    sent: listOf(sentCopy),
    steps: textField,
    cut: moment,
  }),
  traceArrival: objectOf<RowOf<'traceArrival'>>({
    kind: wordField('traceArrival'),
    hostId: idField<HostId>(),
    slot,
    at: moment,
    portId: idField<PortId>(),
    identity: textField,
    packet: textField,
  }),
};
