import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatMac, type Ip6 } from '@midonet/packet';
import {
  balancer,
  balancerId,
  bridge,
  bridgeId,
  bridgePort,
  chain,
  chainId,
  cidr,
  Cloud,
  host,
  hostId,
  id,
  ip,
  ip4,
  ipAddrGroup,
  ipAddrGroupId,
  l2Insertion,
  mac,
  member,
  memberId,
  monitor,
  monitorId,
  pool,
  poolId,
  natRule,
  portGroup,
  portGroupId,
  portId,
  mirror,
  mirrorId,
  traceRequest,
  loggingResource,
  ruleLogger,
  qosPolicy,
  qosPolicyId,
  qosRule,
  router,
  routerId,
  routerPort,
  rule,
  vip,
  vipId,
  ruleId,
  zone,
  zoneId,
} from '../../testing/cloud.ts';
import { references } from '../../testing/references.ts';
import { entityKey, type Entity, type PoolMember, type RouteId, type Vip } from '../index.ts';
import { runs } from '@midonet/packet/testing/runs';
import { indexRows } from './index-rows.ts';

type Action = (cloud: Cloud) => Promise<string>;

const few = fc.integer({ min: 1, max: 3 });
const port = fc.integer({ min: 1, max: 8 });
const network = fc.constantFrom('10.0.0.1/24', '10.0.1.1/24', '2001:db8::1/64');
const hw = fc.constantFrom('02:00:00:00:00:01', '02:00:00:00:00:02').map(mac);
const anyTo = { source: cidr('0.0.0.0/0'), destination: cidr('10.9.0.0/16'), weight: 1, learned: false } as const;

const entity: fc.Arbitrary<Entity> = fc.oneof(
  few.map(bridge),
  few.map(bridge),
  few.map(router),
  few.map(host),
  fc.tuple(port, few, few).map(([n, on, vlanId]) => bridgePort(n, on, { vlanId })),
  fc.tuple(few, fc.constantFrom('x', 'y')).map(([n, name]) => zone(n, name)),
  fc
    .tuple(
      port,
      few,
      fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
      fc.option(port, { nil: undefined, freq: 1 }),
    )
    .map(([n, on, vlanId, peer]) =>
      bridgePort(n, on, { vlanId, peerId: peer === undefined ? undefined : portId(peer) }),
    ),
  fc.tuple(port, few, fc.uniqueArray(network, { maxLength: 2 })).map(([n, on, nets]) => routerPort(n, on, nets)),
  fc.tuple(port, few, port).map(([n, on, via]): Entity => {
    return {
      kind: 'route',
      type: 'normal',
      id: id<RouteId>('route', n),
      routerId: routerId(on),
      nextHopPort: portId(via),
      ...anyTo,
    };
  }),
  fc.tuple(few, few).map(([z, h]): Entity => {
    return { kind: 'tunnelZoneMember', zoneId: zoneId(z), hostId: hostId(h), address: ip('192.0.2.1') };
  }),
  few.map((on): Entity => {
    return {
      kind: 'dhcpSubnet',
      bridgeId: bridgeId(on),
      subnet: cidr('10.0.0.0/24'),
      dnsServers: [],
      routes: [],
      enabled: true,
    };
  }),
  fc.tuple(few, hw).map(([on, address]): Entity => {
    return {
      kind: 'dhcpHost',
      bridgeId: bridgeId(on),
      subnet: cidr('10.0.0.0/24'),
      mac: address,
      address: ip4('10.0.0.5'),
      options: [],
    };
  }),
  few.map((on): Entity => {
    return { kind: 'dhcp6Subnet', bridgeId: bridgeId(on), subnet: cidr('2001:db8::/64'), dnsServers: [] };
  }),
  fc.tuple(few, hw).map(([on, address]): Entity => {
    return {
      kind: 'dhcp6Host',
      bridgeId: bridgeId(on),
      subnet: cidr('2001:db8::/64'),
      clientId: formatMac(address),
      address: ip('2001:db8::5') as Ip6, // the text is IPv6
    };
  }),
  fc.tuple(few, hw, port).map(([on, address, n]): Entity => {
    return { kind: 'staticMac', bridgeId: bridgeId(on), vlan: 0, mac: address, portId: portId(n) };
  }),
  fc
    .tuple(few, hw)
    .map(([on, address]): Entity => ({ kind: 'staticArp', bridgeId: bridgeId(on), ip: ip('10.0.0.5'), mac: address })),
);

const insertion = fc
  .tuple(few, port, port, few, few, fc.constantFrom(0, 10), hw)
  .map(([n, at, service, of, srv, vlan, address]): Entity => {
    return l2Insertion(n, [at, service], [of, srv], { vlan, position: n % 2, mac: address });
  });

const filterEntity: fc.Arbitrary<Entity> = fc.oneof(
  few.map(chain),
  few.map(portGroup),
  few.map(ipAddrGroup),
  fc.tuple(few, port).map(([n, of]): Entity => {
    return { kind: 'portGroupMember', groupId: portGroupId(n), portId: portId(of) };
  }),
  few.map(qosPolicy),
  fc.tuple(few, port, fc.option(few, { nil: undefined })).map(([n, to, group]) => mirror(n, to, group)),
  fc
    .tuple(port, few, fc.constantFrom('egress' as const, 'ingress' as const, 'both' as const, { mark: 1 }))
    .map(([n, of, what]) => qosRule(n, of, what)),
  few.map((n) => loggingResource(n)),
  fc.tuple(few, few, few).map(([n, of, on]) => ruleLogger(n, of, on)),
  insertion,
  fc
    .tuple(few, few, fc.option(few, { nil: undefined }))
    .map(([n, of, group]) => traceRequest(n, { bridge: of }, group)),
  fc.tuple(few, port, few).map(([n, at, of]) => traceRequest(n, { port: at, bridge: of })),
  few.map((n): Entity => ({ kind: 'ipAddrGroupAddress', groupId: ipAddrGroupId(n), address: ip('10.0.0.5') })),
);

const place = fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1');
const balancerEntity: fc.Arbitrary<Entity> = fc.oneof(
  fc.constantFrom(1, 2).map(balancer),
  few.map(monitor),
  fc
    .tuple(
      few,
      fc.constantFrom(1, 2),
      fc.option(few, { nil: undefined }),
      fc.constantFrom('tcp' as const, 'udp' as const),
    )
    .map(([n, of, by, protocol]) =>
      pool(n, of, { protocol, healthMonitorId: by === undefined ? undefined : monitorId(by) }),
    ),
  fc.tuple(port, few, place).map(([n, of, address]) => member(n, of, address)),
  fc.tuple(port, fc.constantFrom(1, 2), few, place).map(([n, on, to, address]) => vip(n, on, to, address)),
);

/** Changes of load balancers and what is below them. */
const balancerUpdate: fc.Arbitrary<Action> = fc.oneof(
  fc.tuple(few, fc.option(fc.constantFrom(1, 2), { nil: undefined })).map(
    ([n, to]): Action =>
      (cloud) =>
        cloud.update('router', routerId(n), (one) => ({
          ...one,
          loadBalancerId: to === undefined ? undefined : balancerId(to),
        })),
  ),
  fc.tuple(few, fc.option(few, { nil: undefined }), fc.constantFrom('tcp' as const, 'udp' as const)).map(
    ([n, by, protocol]): Action =>
      (cloud) =>
        cloud.update('pool', poolId(n), (one) => ({
          ...one,
          protocol,
          healthMonitorId: by === undefined ? undefined : monitorId(by),
        })),
  ),
  fc.tuple(port, place).map(
    ([n, address]): Action =>
      (cloud) =>
        cloud.update('poolMember', memberId(n), (one) => ({ ...one, address: ip(address) })),
  ),
  fc.tuple(port, few, place).map(
    ([n, to, address]): Action =>
      (cloud) =>
        cloud.update('vip', vipId(n), (one) => ({ ...one, poolId: poolId(to), address: ip(address) })),
  ),
);

const natText = fc.constantFrom(
  '192.0.2.1',
  '192.0.2.1-192.0.2.9:1024-65535',
  '[2001:db8::1]:80',
  '192.0.2.9-192.0.2.1',
);
const nic = fc.option(fc.tuple(fc.integer({ min: 1, max: 2 }), fc.constantFrom('a', 'b')), { nil: undefined });
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 10,
    arbitrary: entity.map(
      (one): Action =>
        (cloud) =>
          cloud.create(one),
    ),
  },
  {
    weight: 3,
    arbitrary: filterEntity.map(
      (one): Action =>
        (cloud) =>
          cloud.create(one),
    ),
  },
  {
    weight: 5,
    arbitrary: balancerEntity.map(
      (one): Action =>
        (cloud) =>
          cloud.create(one),
    ),
  },
  { weight: 4, arbitrary: balancerUpdate },
  {
    weight: 3,
    arbitrary: fc.tuple(port, fc.option(port, { nil: undefined })).map(
      ([n, peer]): Action =>
        (cloud) =>
          cloud.update('port', portId(n), (one) => ({ ...one, peerId: peer === undefined ? undefined : portId(peer) })),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(port, nic).map(([n, to]): Action => (cloud) => {
      const binding = to === undefined ? undefined : { hostId: hostId(to[0]), interfaceName: to[1] };
      return cloud.update('port', portId(n), (one) => ({ ...one, binding }));
    }),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(port, fc.uniqueArray(network, { maxLength: 2 })).map(
      ([n, nets]): Action =>
        (cloud) =>
          cloud.update('port', portId(n), (one) =>
            one.type === 'router' ? { ...one, addresses: nets.map(cidr) } : one,
          ),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(few, fc.constantFrom('x', 'y')).map(
      ([n, name]): Action =>
        (cloud) =>
          cloud.update('tunnelZone', zoneId(n), (one) => ({ ...one, name })),
    ),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(port, few, fc.option(few, { nil: undefined }), few, fc.boolean())
      .map(([n, of, to, group, asks]): Action => (cloud) => {
        const portGroup = asks ? { value: portGroupId(group), invert: false } : undefined;
        return cloud.insert(rule(n, of, to, { portGroup }));
      }),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(port, few, fc.constantFrom('snat', 'dnat'), fc.uniqueArray(natText, { maxLength: 2 }), few)
      .map(([n, of, type, targets, group]): Action => (cloud) => {
        const portGroup = { value: portGroupId(group), invert: false };
        return cloud.insert(natRule(n, of, type, targets, { portGroup, connection: 'forward' }));
      }),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(port, fc.integer({ min: 1, max: 4 })).map(
      ([n, position]): Action =>
        (cloud) =>
          cloud.move(n, position),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(port, fc.constantFrom('snat', 'dnat'), fc.array(natText, { maxLength: 2 })).map(
      ([n, type, targets]): Action =>
        (cloud) =>
          cloud.update('rule', ruleId(n), ({ order, condition, chainId }) => {
            const { id, ...to } = natRule(n, 0, type, targets);
            return { ...to, id, chainId, condition, order };
          }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom('bridge', 'router', 'port'), port, few).map(
      ([kind, n, to]): Action =>
        (cloud) =>
          cloud.update(kind as 'port', id(kind, n), (one) => ({ ...one, inboundFilterId: chainId(to) })),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom('bridge', 'port'), port, few).map(
      ([kind, n, to]): Action =>
        (cloud) =>
          cloud.update(kind as 'port', id(kind, n), (one) => ({ ...one, qosPolicyId: qosPolicyId(to) })),
    ),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom('bridge', 'router', 'port'), port, fc.uniqueArray(few), fc.constantFrom('in', 'out'))
      .map(
        ([kind, n, to, way]): Action =>
          (cloud) =>
            cloud.update(kind as 'port', id(kind, n), (one) => ({
              ...one,
              [way === 'in' ? 'inboundMirrorIds' : 'outboundMirrorIds']: to.length === 0 ? undefined : to.map(mirrorId),
            })),
      ),
  },
  {
    weight: 4,
    arbitrary: fc.nat().map((pick): Action => async (cloud) => {
      const all = cloud.table.entities();
      const [kind, ...rest] = entityKey(all[pick % Math.max(1, all.length)] ?? bridge(1)).split('/');
      return cloud.remove(kind as Entity['kind'], rest.join('/'));
    }),
  },
);

/** Of one version with all that share its pool, and alone at its address, port and protocol. */
function checkBalanced(one: PoolMember | Vip, all: readonly Entity[]): void {
  const protocolOf = ({ poolId }: Vip) => all.find((other) => other.kind === 'pool' && other.id === poolId);
  for (const other of all) {
    if (other.kind !== 'vip' && other.kind !== 'poolMember') continue;
    if (other.poolId === one.poolId) assert.equal(typeof other.address, typeof one.address, 'versions mixed in a pool');
    if (one.kind !== 'vip' || other.kind !== 'vip' || one.id === other.id) continue;
    if (one.loadBalancerId !== other.loadBalancerId || one.address !== other.address || one.port !== other.port)
      continue;
    const [mine, its] = [protocolOf(one), protocolOf(other)];
    assert.ok(mine?.kind === 'pool' && its?.kind === 'pool' && mine.protocol !== its.protocol, 'two VIPs at one place');
  }
}

test('after any operations nothing dangles, links are mutual, indexes are exact and names unique', async () => {
  const outcomes = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 20, maxLength: 80 }), async (actions) => {
      const cloud = new Cloud();
      await cloud.create(bridge(1), router(1), router(2), host(1), zone(1, 'x'), qosPolicy(1));
      await cloud.create(balancer(1), pool(1, 1), member(1, 1));
      await cloud.create(bridgePort(1, 1), bridgePort(2, 1), bridgePort(3, 1), routerPort(4, 1, ['10.0.0.1/24']));
      for (const act of actions) {
        const outcome = await act(cloud);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        const all = cloud.table.entities();
        const byKey = new Map(all.map((one) => [entityKey(one), one]));
        const index = all.flatMap((one) => [...indexRows(one).keys()]);
        assert.equal(new Set(index).size, index.length, 'a name or tag is held twice');
        const stored = [...cloud.table.rows.keys()].filter((key) => key.startsWith('index/'));
        assert.deepEqual(stored.sort(), index.sort());
        for (const one of all) {
          for (const key of references(one)) assert.ok(byKey.has(key), `${entityKey(one)} points at ${key}`);
          if (one.kind === 'vip' || one.kind === 'poolMember') checkBalanced(one, all);
          if (one.kind !== 'port' || one.peerId === undefined) continue;
          const peer = byKey.get(`port/${one.peerId}`);
          assert.ok(peer?.kind === 'port' && peer.peerId === one.id, 'a link has two ends');
          assert.equal(one.binding, undefined);
        }
      }
    }),
    { numRuns: runs(1500, 750) },
  );
  // Only what every run meets a dozen times: rarer ones have tests of their own.
  for (const outcome of [
    'done',
    'conflict interfaceName',
    'conflict name',
    'invalid nextHopPort',
    'conflict jumpChainId',
    'inUse loadBalancerId',
    'invalid address',
    'invalid natTargets.0.addressTo',
    'invalid natTargets.1.addressFrom',
    'invalid natTargets',
  ]) {
    assert.ok((outcomes.get(outcome) ?? 0) > 0, `the operations never met '${outcome}'`);
  }
});
