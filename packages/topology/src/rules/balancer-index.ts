import { formatIp, type IpAddress } from '@midonet/packet';
import type { HealthMonitor, LoadBalancer, Pool, PoolMember, Vip } from '../balancer-entities.ts';
import { indexKey } from '../keys.ts';

export function familyOf(address: IpAddress): 'ip4' | 'ip6' {
  return typeof address === 'number' ? 'ip4' : 'ip6';
}

/** Where the VIPs of one address and port of a load balancer are listed: one for each protocol at most. */
export function vipPlace({ loadBalancerId, address, port }: Vip): string {
  return indexKey('loadBalancer', loadBalancerId, 'at', `${formatIp(address)}_${port}`);
}

/** The keys of the index rows of what load balancers are made of, see index-rows.ts. */
export function balancerIndexKeys(entity: LoadBalancer | Pool | PoolMember | Vip | HealthMonitor): readonly string[] {
  switch (entity.kind) {
    case 'pool': {
      const owned = indexKey('loadBalancer', entity.loadBalancerId, 'pool', entity.id);
      const monitor = entity.healthMonitorId;
      return monitor === undefined ? [owned] : [owned, indexKey('healthMonitor', monitor, 'pool', entity.id)];
    }
    case 'poolMember':
      return [
        indexKey('pool', entity.poolId, 'poolMember', entity.id),
        indexKey('pool', entity.poolId, familyOf(entity.address), entity.id),
      ];
    case 'vip':
      return [
        indexKey('loadBalancer', entity.loadBalancerId, 'vip', entity.id),
        `${vipPlace(entity)}/${entity.id}`,
        indexKey('pool', entity.poolId, 'vip', entity.id),
        indexKey('pool', entity.poolId, familyOf(entity.address), entity.id),
      ];
    case 'loadBalancer':
    case 'healthMonitor':
      return [];
  }
}
