import {
  MAX_MEMBER_WEIGHT,
  type HealthMonitor,
  type LoadBalancer,
  type Pool,
  type PoolMember,
  type Vip,
} from '../balancer-entities.ts';
import type { NumberRange } from '../filter-entities.ts';
import type { HealthMonitorId, LoadBalancerId, PoolId, PoolMemberId, VipId } from '../ids.ts';
import { listOf, objectOf, optional, type ObjectCodec } from './field-codec.ts';
import { booleanField, idField, integerField, ipField, textField, wordField } from './scalars.ts';

const loadBalancerId = idField<LoadBalancerId>();
const poolId = idField<PoolId>();
const healthMonitorId = idField<HealthMonitorId>();
const PORT = integerField(1, 0xffff);
const COUNT = integerField(0, 0x7fffffff);

export const loadBalancerCodec: ObjectCodec<LoadBalancer> = objectOf<LoadBalancer>({
  kind: wordField('loadBalancer'),
  id: loadBalancerId,
  tenantId: textField,
  adminStateUp: booleanField,
});

export const poolCodec: ObjectCodec<Pool> = objectOf<Pool>({
  kind: wordField('pool'),
  id: poolId,
  name: optional(textField),
  loadBalancerId,
  adminStateUp: booleanField,
  protocol: wordField('tcp', 'udp'),
  lbMethod: wordField('roundRobin'),
  healthMonitorId: optional(healthMonitorId),
});

export const poolMemberCodec: ObjectCodec<PoolMember> = objectOf<PoolMember>({
  kind: wordField('poolMember'),
  id: idField<PoolMemberId>(),
  poolId,
  address: ipField,
  port: PORT,
  weight: integerField(0, MAX_MEMBER_WEIGHT),
  adminStateUp: booleanField,
});

export const vipCodec: ObjectCodec<Vip> = objectOf<Vip>({
  kind: wordField('vip'),
  id: idField<VipId>(),
  name: optional(textField),
  loadBalancerId,
  poolId,
  address: ipField,
  port: PORT,
  adminStateUp: booleanField,
  sessionPersistence: optional(wordField('sourceIp')),
});

type MonitorOf<T extends HealthMonitor['type']> = Extract<HealthMonitor, { readonly type: T }>;

const monitorCommon = {
  kind: wordField('healthMonitor'),
  id: healthMonitorId,
  tenantId: textField,
  name: optional(textField),
  adminStateUp: booleanField,
  delay: COUNT,
  timeout: COUNT,
  maxRetries: COUNT,
} as const;

export const tcpMonitorCodec: ObjectCodec<MonitorOf<'tcp'>> = objectOf<MonitorOf<'tcp'>>({
  ...monitorCommon,
  type: wordField('tcp'),
});

const CODE = integerField(100, 599);

export const httpMonitorCodec: ObjectCodec<MonitorOf<'http'>> = objectOf<MonitorOf<'http'>>({
  ...monitorCommon,
  type: wordField('http'),
  path: textField,
  expectedCodes: listOf(objectOf<NumberRange>({ start: CODE, end: CODE })),
});
