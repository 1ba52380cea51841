import { addRandomBalancers, cidr, type VirtualNetwork } from '@midonet/simulation/testing';
import type { BalancerDevice, HostId, PoolDevice, PoolMember, Vip } from '@midonet/topology';
import { edited, type Aim, type Changes } from './aim.ts';

/** Load balancers: each thing that a flow may come from. */
export const BALANCER_CHANGES: Changes = {
  balancers: (net, aim) => {
    if (net.parts.balancers.size === 0 || !aim.chance(0.2)) return undefined;
    addRandomBalancers(net, aim.random, [...net.parts.routers.keys()]);
    return { what: 'all load balancers anew' };
  },
  balancerAdmin: (net, aim) => {
    const device = aim.pick(net.parts.balancers.values());
    if (device === undefined || (device.balancer.adminStateUp && !aim.chance(0.5))) return undefined;
    const balancer = { ...device.balancer, adminStateUp: !device.balancer.adminStateUp };
    put(net, { ...device, balancer });
    return { what: `${net.nameOf(balancer.id)} up ${balancer.adminStateUp}` };
  },
  balancerOf: (net, aim) => {
    const router = aim.pick(net.parts.routers.values());
    const balancer = aim.any([...net.parts.balancers.keys()]);
    if (router === undefined || balancer === undefined) return undefined;
    const loadBalancerId = router.loadBalancerId === undefined ? balancer : undefined;
    net.parts.routers.set(router.id, { ...router, loadBalancerId });
    net.changed();
    return { what: `${net.nameOf(router.id)} has load balancer ${loadBalancerId && net.nameOf(loadBalancerId)}` };
  },
  pool: (net, aim) => {
    const [device, pool] = somePool(net, aim);
    if (device === undefined || pool === undefined) return undefined;
    const { adminStateUp, protocol } = pool.pool;
    const edit = aim.chance(0.8)
      ? { adminStateUp: !adminStateUp }
      : { protocol: protocol === 'udp' ? ('tcp' as const) : ('udp' as const) };
    putPool(net, device, { ...pool, pool: { ...pool.pool, ...edit } });
    return { what: `${net.nameOf(pool.pool.id)} ${JSON.stringify(edit)}` };
  },
  member: (net, aim) => {
    const [device, pool] = somePool(net, aim);
    const member = aim.any(pool?.members ?? []);
    if (device === undefined || pool === undefined || member === undefined) return undefined;
    const edits: readonly Partial<PoolMember>[] = [
      { adminStateUp: !member.adminStateUp },
      { weight: member.weight === 0 ? 3 : 0 },
      { port: member.port === 53 ? 54 : 53 },
      { address: cidr(typeof member.address === 'number' ? '10.0.0.3/32' : 'fd00::3/128').address },
    ];
    const edit = aim.chance(0.15) ? undefined : aim.any(edits);
    const now = edit === undefined ? undefined : { ...member, ...edit };
    putPool(net, device, { ...pool, members: edited(pool.members, member.id, now) });
    return { what: `member ${net.nameOf(member.id)} ${edit === undefined ? 'goes' : Object.keys(edit).join()}` };
  },
  memberHealth: (net, aim) => {
    const [device, pool] = somePool(net, aim);
    const member = aim.any(pool?.members ?? []);
    if (device === undefined || member === undefined || pool?.monitor === undefined) return undefined;
    const status = device.health.get(member.id) === 'down' ? 'up' : 'down';
    put(net, { ...device, health: new Map(device.health).set(member.id, status) });
    return { what: `member ${net.nameOf(member.id)} is ${status}` };
  },
  vip: (net, aim) => {
    const device = aim.pick(net.parts.balancers.values());
    const vip = aim.any(device?.vips ?? []);
    if (device === undefined || vip === undefined) return undefined;
    const { adminStateUp, sessionPersistence, address } = vip;
    const isSix = typeof address !== 'number';
    const alike = [...device.pools.values()].filter(
      ({ members: [first] }) => first !== undefined && (typeof first.address !== 'number') === isSix,
    );
    const edits: readonly Partial<Vip>[] = [
      { adminStateUp: !adminStateUp },
      { sessionPersistence: sessionPersistence === undefined ? 'sourceIp' : undefined },
      { port: vip.port === 53 ? 80 : 53 },
      { address: cidr(isSix ? 'fd00:1::2/128' : '10.1.0.1/32').address },
      { poolId: aim.any(alike)?.pool.id ?? vip.poolId },
    ];
    const edit = aim.chance(0.1) ? undefined : aim.any(edits);
    const now = edit === undefined ? undefined : { ...vip, ...edit };
    if (now !== undefined && device.vips.some((one) => one.id !== now.id && one.address === now.address))
      return undefined;
    put(net, { ...device, vips: edited(device.vips, vip.id, now) });
    return { what: `VIP ${net.nameOf(vip.id)} ${edit === undefined ? 'goes' : Object.keys(edit).join()}` };
  },
  checker: (net, aim) => {
    const device = aim.pick(net.parts.balancers.values());
    if (device === undefined) return undefined;
    const hostId = '99999999-0000-4000-8000-000000000001' as HostId; // brand: a host that no test has
    const row = { kind: 'healthChecker', hostId, tunnelKey: 99, balancerId: device.balancer.id } as const;
    const checker = device.checker === undefined ? row : undefined;
    put(net, { ...device, checker });
    return { what: `${net.nameOf(device.balancer.id)} is ${checker === undefined ? 'not ' : ''}checked` };
  },
};

function somePool(net: VirtualNetwork, aim: Aim): [BalancerDevice | undefined, PoolDevice | undefined] {
  const device = aim.pick(net.parts.balancers.values());
  return [device, aim.any([...(device?.pools.values() ?? [])])];
}

function put(net: VirtualNetwork, device: BalancerDevice): void {
  net.parts.balancers.set(device.balancer.id, device);
  net.changed();
}

function putPool(net: VirtualNetwork, device: BalancerDevice, pool: PoolDevice): void {
  put(net, { ...device, pools: new Map(device.pools).set(pool.pool.id, pool) });
}
