import type { IpAddress } from '@midonet/packet';
import type {
  BalancerDevice,
  HealthMonitor,
  HealthMonitorId,
  HostId,
  LoadBalancerId,
  PoolDevice,
  PoolId,
  PoolMember,
  PoolMemberId,
  Vip,
  VipId,
} from '@midonet/topology';
import { ip } from './literals.ts';

/** `at`: `ADDRESS:PORT`, IPv6 in brackets. `up`: administratively, unless said otherwise it is. */
export type MemberText = {
  readonly at: string;
  readonly weight?: number;
  readonly up?: boolean;
  readonly health?: 'up' | 'down';
};
export type PoolText = {
  readonly protocol?: 'tcp' | 'udp';
  readonly up?: boolean;
  readonly members: readonly (string | MemberText)[];
};
export type VipText = {
  readonly at: string;
  readonly pool: string;
  readonly sticky?: boolean;
  readonly up?: boolean;
};

/** A load balancer as tests write it. Pools are UDP; members are named like `web/10.0.0.2:80`. */
export type BalancerText = {
  readonly up?: boolean;
  /** Some host asks the members. */
  readonly checked?: boolean;
  readonly pools: Readonly<Record<string, PoolText>>;
  readonly vips: Readonly<Record<string, VipText>>;
};

const MONITOR: Omit<HealthMonitor & { readonly type: 'tcp' }, 'id'> = {
  kind: 'healthMonitor',
  tenantId: 'test',
  type: 'tcp',
  adminStateUp: true,
  delay: 5,
  timeout: 2,
  maxRetries: 3,
};

// brand: a host that no test has
const CHECKER = {
  kind: 'healthChecker',
  hostId: '99999999-0000-4000-8000-000000000001' as HostId,
  tunnelKey: 99,
} as const;

/** `idOf` gives every name its id. */
export function balancerOf(text: BalancerText, name: string, idOf: (name: string) => string): BalancerDevice {
  const id = idOf(name) as LoadBalancerId;
  const health = new Map<PoolMemberId, 'up' | 'down'>();
  const pools = Object.entries(text.pools).map(([pool, { protocol = 'udp', up = true, members }]): PoolDevice => {
    const poolId = idOf(pool) as PoolId;
    const common = { kind: 'pool', id: poolId, loadBalancerId: id, lbMethod: 'roundRobin' } as const;
    // Health counts while a monitor is there.
    const monitorId = members.some((member) => typeof member !== 'string' && member.health !== undefined)
      ? (idOf(`monitor of ${pool}`) as HealthMonitorId)
      : undefined;
    return {
      pool: { ...common, adminStateUp: up, protocol, healthMonitorId: monitorId },
      monitor: monitorId === undefined ? undefined : { ...MONITOR, id: monitorId },
      members: members.map((member): PoolMember => {
        const {
          at,
          weight = 1,
          up: isUp = true,
          health: status,
        } = typeof member === 'string' ? { at: member } : member;
        const memberId = idOf(`${pool}/${at}`) as PoolMemberId;
        if (status !== undefined) health.set(memberId, status);
        return { kind: 'poolMember', id: memberId, poolId, ...placeOf(at), weight, adminStateUp: isUp };
      }),
    };
  });
  const vips = Object.entries(text.vips).map(([vip, { at, pool, sticky = false, up = true }]): Vip => {
    const common = { kind: 'vip', id: idOf(vip) as VipId, loadBalancerId: id, poolId: idOf(pool) as PoolId } as const;
    const persistence = sticky ? { sessionPersistence: 'sourceIp' as const } : undefined;
    return { ...common, ...placeOf(at), adminStateUp: up, ...persistence };
  });
  return {
    balancer: { kind: 'loadBalancer', id, tenantId: 'test', adminStateUp: text.up ?? true },
    vips,
    pools: new Map(pools.map((device) => [device.pool.id, device])),
    health,
    checker: text.checked === true ? { ...CHECKER, balancerId: id } : undefined,
  };
}

function placeOf(text: string): { readonly address: IpAddress; readonly port: number } {
  const [, six, four, port] = /^(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(text) ?? [];
  return { address: ip(six ?? four ?? ''), port: Number(port) };
}
