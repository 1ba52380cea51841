import type { WatchItem } from '@midonet/contract';
import { frame, ipv4, udp, type Ethernet, type Ip4 } from '@midonet/packet';
import type { Entity, HostId, LoadBalancerId, PoolId, PoolMemberId, SharedRow, VipId } from '@midonet/topology';
import * as make from './items.ts';

export const BALANCER = make.uuid(8, 1) as LoadBalancerId;
/** What a router has that asks it. */
export const BALANCED = { loadBalancerId: BALANCER } as const;
const POOL = make.uuid(9, 1) as PoolId;

/** A pool of two members behind the small cloud's router, and a VIP in front of it. */
export function balancerItems(): WatchItem[] {
  return [balancer(true), pool({}), member(1, {}), member(2, {}), vip({})].map(make.item);
}

/** What it may turn into, one object at a time. */
export const balancerChanges: readonly ((flip: boolean) => WatchItem)[] = [
  (flip) => make.item(balancer(flip)),
  (flip) => make.item(pool({ adminStateUp: flip })),
  (flip) => make.item(pool({ protocol: flip ? 'udp' : 'tcp' })),
  (flip) => there(make.item(member(1, {})), flip),
  (flip) => there(make.item(member(2, {})), flip),
  (flip) => make.item(member(1, { weight: flip ? 1 : 0 })),
  (flip) => make.item(member(2, { adminStateUp: flip })),
  (flip) => make.item(member(1, { port: flip ? 2 : 3 })),
  (flip) => make.item(member(2, { address: make.ip(flip ? '10.2.0.11' : '10.2.0.10') })),
  (flip) => there(make.item(vip({})), flip),
  (flip) => make.item(vip({ adminStateUp: flip })),
  (flip) => make.item(vip({ port: flip ? 2 : 3 })),
  (flip) => make.item(vip({ address: make.ip(flip ? '192.0.2.1' : '10.2.0.11') })),
  (flip) => make.item(vip({ sessionPersistence: flip ? 'sourceIp' : undefined })),
  (flip) => make.row(health(1, flip)),
  (flip) => there(make.row(health(1, false)), flip),
];

/** A packet of a member to a client, from and to the ports that the test's packets have. */
export function answerOfMember(link: Ethernet, ends: { readonly source: Ip4; readonly destination: Ip4 }): Uint8Array {
  const ip = ipv4({ src: ends.source, dst: ends.destination });
  return frame(link, ip, udp({ srcPort: 2, dstPort: 1 }), new Uint8Array(8));
}

function there({ key, value }: WatchItem, is: boolean): WatchItem {
  return { key, value: is ? value : null };
}

function balancer(adminStateUp: boolean): Entity {
  return { kind: 'loadBalancer', id: BALANCER, tenantId: 't', adminStateUp };
}

function pool(fields: object): Entity {
  const own = { kind: 'pool', id: POOL, loadBalancerId: BALANCER, adminStateUp: true } as const;
  return { ...own, protocol: 'udp', lbMethod: 'roundRobin', ...fields };
}

function member(n: 1 | 2, fields: object): Entity {
  const own = { kind: 'poolMember', id: make.uuid(10, n) as PoolMemberId, poolId: POOL, adminStateUp: true } as const;
  return { ...own, address: make.ip(n === 1 ? '10.2.0.10' : '10.2.0.11'), port: 2, weight: 1, ...fields };
}

function vip(fields: object): Entity {
  const own = { kind: 'vip', id: make.uuid(11, 1) as VipId, loadBalancerId: BALANCER, poolId: POOL } as const;
  return { ...own, address: make.ip('192.0.2.1'), port: 2, adminStateUp: true, ...fields };
}

function health(n: 1 | 2, isUp: boolean): SharedRow {
  const memberId = make.uuid(10, n) as PoolMemberId;
  return {
    kind: 'memberHealth',
    poolId: POOL,
    memberId,
    status: isUp ? 'up' : 'down',
    hostId: make.uuid(12, 1) as HostId,
  };
}
