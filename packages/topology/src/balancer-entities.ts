import type { IpAddress } from '@midonet/packet';
import type { NumberRange } from './filter-entities.ts';
import type { HealthMonitorId, LoadBalancerId, PoolId, PoolMemberId, VipId } from './ids.ts';

/** Spreads connections to its VIPs over pools of servers. Works at the router whose `loadBalancerId` names it. */
export type LoadBalancer = {
  readonly kind: 'loadBalancer';
  readonly id: LoadBalancerId;
  readonly tenantId: string;
  readonly adminStateUp: boolean;
};

export type PoolProtocol = 'tcp' | 'udp';

/** Its members and VIPs have addresses of one IP version, since addresses are rewritten and nothing else. */
export type Pool = {
  readonly kind: 'pool';
  readonly id: PoolId;
  readonly name?: string | undefined;
  readonly loadBalancerId: LoadBalancerId;
  readonly adminStateUp: boolean;
  readonly protocol: PoolProtocol;
  /** Each member its share of new connections, by weight. */
  readonly lbMethod: 'roundRobin';
  readonly healthMonitorId?: HealthMonitorId | undefined;
};

/** Whether it answers is in the `memberHealth` row of the host that asks it. */
export type PoolMember = {
  readonly kind: 'poolMember';
  readonly id: PoolMemberId;
  readonly poolId: PoolId;
  readonly address: IpAddress;
  readonly port: number;
  /** 0 to MAX_MEMBER_WEIGHT; 0 gets no new connections. */
  readonly weight: number;
  readonly adminStateUp: boolean;
};

export const MAX_MEMBER_WEIGHT = 256;

/** An address and port whose connections go to the members of a pool, over the pool's protocol. */
export type Vip = {
  readonly kind: 'vip';
  readonly id: VipId;
  readonly name?: string | undefined;
  /** That of its pool. */
  readonly loadBalancerId: LoadBalancerId;
  readonly poolId: PoolId;
  readonly address: IpAddress;
  readonly port: number;
  readonly adminStateUp: boolean;
  /** `sourceIp`: all connections of one client go to one member while it can take them. */
  readonly sessionPersistence?: 'sourceIp' | undefined;
};

type HealthMonitorCommon = {
  readonly kind: 'healthMonitor';
  readonly id: HealthMonitorId;
  readonly tenantId: string;
  readonly name?: string | undefined;
  readonly adminStateUp: boolean;
  /** Seconds from one check to the next. */
  readonly delay: number;
  /** Seconds to wait for an answer; at most `delay`. */
  readonly timeout: number;
  /** Checks that fail, or succeed, in a row before a member changes state. */
  readonly maxRetries: number;
};

/** How the members of pools are asked whether they work. Shared by any number of pools. */
export type HealthMonitor = HealthMonitorCommon &
  (
    | { readonly type: 'tcp' }
    /** GET of `path`, which starts with a slash; a status within `expectedCodes` is good. */
    | { readonly type: 'http'; readonly path: string; readonly expectedCodes: readonly NumberRange[] }
  );
