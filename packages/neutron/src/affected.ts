import type { NeutronKind, NeutronObject, NeutronPort, Unit } from './objects/objects.ts';
import { isRouted, roleOf } from './objects/port.ts';
import type { NeutronReader } from './reader.ts';
import { handsOut6 } from './translate/subnet.ts';

type Followers = {
  readonly [K in NeutronKind]?: (object: NeutronObject<K>, read: NeutronReader) => Promise<readonly Unit[]>;
};

const unit =
  (kind: NeutronKind) =>
  ({ id }: { readonly id: string }): Unit => ({ kind, id });
const named = (kind: NeutronKind, id: string | null | undefined): Unit[] =>
  id === null || id === undefined || id === '' ? [] : [{ kind, id }];

/** What an object's change may change beside its own topology, one step far. */
const FOLLOWERS: Followers = {
  network: async ({ id }, read) => [
    ...(await read.naming('network', id, 'subnet')).map(unit('subnet')),
    ...(await read.naming('network', id, 'gatewayDevice')).map(unit('gatewayDevice')),
    ...(await read.naming('network', id, 'l2GatewayConnection')).map(unit('l2GatewayConnection')),
  ],
  subnet: async (subnet, read) => {
    const ports = await read.naming('subnet', subnet.id, 'port');
    const isLeased = (port: NeutronPort): boolean => handsOut6(subnet) && roleOf(port) === 'machine';
    return [
      ...ports.filter((port) => isRouted(port) || isLeased(port)).map(unit('port')),
      ...(await read.naming('subnet', subnet.id, 'loadBalancerV2')).map(unit('loadBalancerV2')),
    ];
  },
  port: async (port, read) => [
    ...(roleOf(port) === 'dhcp' ? (port.fixed_ips ?? []).map(({ subnet_id: id }) => unit('subnet')({ id })) : []),
    ...(await read.naming('port', port.id, 'routerInterface')).map(unit('router')),
    ...(await read.naming('port', port.id, 'router')).map(unit('router')),
    ...(await read.naming('port', port.id, 'floatingIp')).map(unit('floatingIp')),
    ...(await read.naming('port', port.id, 'loadBalancerV2')).map(unit('loadBalancerV2')),
    ...(await read.naming('port', port.id, 'tapService')).map(unit('tapService')),
  ],
  router: async ({ id }, read) => [
    ...(await read.naming('router', id, 'floatingIp')).map(unit('floatingIp')),
    ...(await read.naming('router', id, 'lbPool')).map(unit('lbPool')),
    ...(await read.naming('router', id, 'firewall')).map(unit('firewall')),
  ],
  routerInterface: async ({ id }) => named('router', id),
  lbPool: async ({ id, router_id: router }, read) => [
    ...named('router', router),
    ...(await read.naming('lbPool', id, 'lbMember')).map(unit('lbMember')),
    ...(await read.naming('lbPool', id, 'lbVip')).map(unit('lbVip')),
  ],
  lbVip: async ({ pool_id: pool, port_id: port }, read) => [
    ...named('router', (await read.get('lbPool', pool ?? ''))?.router_id),
    ...(await read.naming('port', port ?? '', 'floatingIp')).map(unit('floatingIp')),
  ],
  lbHealthMonitor: async ({ pools }) => (pools ?? []).flatMap(({ pool_id: id }) => named('lbPool', id)),
  loadBalancerV2: async ({ id }, read) => [
    ...(await read.naming('loadBalancerV2', id, 'poolV2')).map(unit('poolV2')),
    ...(await read.naming('loadBalancerV2', id, 'listenerV2')).map(unit('listenerV2')),
  ],
  listenerV2: async ({ id }, read) => (await read.naming('listenerV2', id, 'poolV2')).map(unit('poolV2')),
  poolV2: async ({ id }, read) => [
    ...(await read.naming('poolV2', id, 'poolMemberV2')).map(unit('poolMemberV2')),
    ...(await read.naming('poolV2', id, 'listenerV2')).map(unit('listenerV2')),
  ],
  healthMonitorV2: async ({ id, pools }, read) => [
    ...(pools ?? []).flatMap((pool) => named('poolV2', pool)),
    ...(await read.naming('healthMonitorV2', id, 'poolV2')).map(unit('poolV2')),
  ],
  firewall: async ({ id, 'add-router-ids': routers }, read) => [
    ...(routers ?? []).flatMap((router) => named('router', router)),
    ...(await read.naming('firewall', id, 'firewallLog')).map(unit('firewallLog')),
  ],
  tapService: async ({ id }, read) =>
    (await read.naming('tapService', id, 'tapFlow')).map(({ source_port: port }) => unit('port')({ id: port })),
  tapFlow: async ({ source_port: id }) => named('port', id),
  gatewayDevice: async ({ id }, read) =>
    (await read.naming('gatewayDevice', id, 'l2GatewayConnection')).map(unit('l2GatewayConnection')),
};

/** All whose topology may change when this object does: itself first. */
export async function affectedBy<K extends NeutronKind>(
  kind: K,
  object: NeutronObject<K>,
  read: NeutronReader,
): Promise<ReadonlyMap<string, Unit>> {
  const found = new Map<string, Unit>();
  const follow = async <F extends NeutronKind>(one: F, value: NeutronObject<F>): Promise<void> => {
    for (const next of (await FOLLOWERS[one]?.(value, read)) ?? []) {
      const key = `${next.kind}/${next.id}`;
      if (found.has(key)) continue;
      found.set(key, next);
      const there = await read.get(next.kind, next.id);
      if (there !== undefined) await follow(next.kind, there);
    }
  };
  await follow(kind, object);
  return found;
}
