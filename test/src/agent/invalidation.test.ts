import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { ServerMessage, WatchItem } from '@midonet/contract';
import { MemoryFabric, openMemory } from '@midonet/datapath/memory';
import { printActions } from '@midonet/flow';
import type { Agent } from '@midonet/agent';
import { arp, ARP_REQUEST, ethernet, frame, ipv4, MAC_BROADCAST, MAC_ZERO, udp, type Ip4 } from '@midonet/packet';
import type { Entity, HostId, MirrorId } from '@midonet/topology';
import { freshOutcome } from './fresh-outcome.ts';
import * as make from './items.ts';
import { Offline } from './offline.ts';
import { answerOfMember, BALANCED, BALANCER, balancerChanges, balancerItems } from './small-balancer.ts';
import { BLUE_MAC, GATEWAY_BLUE, GATEWAY_RED, RED_MAC, tellSmallCloud } from './small-cloud.ts';

const MACS = [RED_MAC, BLUE_MAC, '02:00:00:00:00:03'];
/** What the guests would really send; random packets are mostly refused. */
const HONEST = [
  { kind: 1, from: 'vm-red', macs: [RED_MAC, GATEWAY_RED], addresses: ['10.1.0.10', '10.2.0.10'] },
  { kind: 1, from: 'vm-blue', macs: [BLUE_MAC, GATEWAY_BLUE], addresses: ['10.2.0.10', '10.1.0.10'] },
  { kind: 1, from: 'vm-green', macs: ['02:00:00:00:00:03', RED_MAC], addresses: ['10.1.0.11', '10.1.0.10'] },
  { kind: 1, from: 'vm-red', macs: [RED_MAC, '02:00:00:00:00:03'], addresses: ['10.1.0.10', '10.1.0.11'] },
  { kind: 0, from: 'vm-red', macs: [RED_MAC, RED_MAC], addresses: ['10.1.0.10', '10.1.0.11'] },
  { kind: 1, from: 'vm-red', macs: [RED_MAC, GATEWAY_RED], addresses: ['10.1.0.10', '192.0.2.1'] },
  { kind: 1, from: 'vm-green', macs: ['02:00:00:00:00:03', GATEWAY_RED], addresses: ['10.1.0.11', '192.0.2.1'] },
  { kind: 2, from: 'vm-blue', macs: [BLUE_MAC, GATEWAY_BLUE], addresses: ['10.2.0.10', '10.1.0.10'] },
] as const;
const MIRROR = make.uuid(7, 1) as MirrorId;
const ADDRESSES = ['10.1.0.10', '10.2.0.10', '10.2.0.11', '10.1.0.1', '192.0.2.1'];

/** What the topology may turn into, one object at a time. `host` owns the two bound ports. */
const changes: readonly ((host: HostId, flip: boolean) => readonly (readonly [string, string, WatchItem])[])[] = [
  (_host, flip) => both('bridge', 1, entityItem({ ...bridgeOf(1), adminStateUp: flip })),
  (_host, flip) => both('router', 1, make.item({ ...make.router(1, flip), ...BALANCED })),
  (_host, flip) => both('bridge', 2, toggle(make.bridgePort(7, 2, { peer: 8 }), flip)),
  (_host, flip) => both('router', 1, toggle(make.route(3, 1, '10.2.0.0/30', 4), flip)),
  (_host, flip) => both('router', 1, toggle(make.route(4, 1, '192.0.2.0/24', 6), flip)),
  (_host, flip) => both('router', 1, toggle(make.route(2, 1, '10.2.0.0/16', 6), flip)),
  (host, flip) => both('bridge', 2, make.item(make.bridgePort(2, 2, { bound: [host, 'vm-blue'], adminStateUp: flip }))),
  (host, flip) => both('bridge', 1, guardedRed(host, flip)),
  (_host, flip) => [...both('router', 1, downBlue(flip)), ...both('bridge', 2, downBlue(flip))],
  (_host, flip) => [['macTable', make.bridgeId(1), macRow(1, RED_MAC, flip ? 1 : undefined)]],
  (_host, flip) => [['macTable', make.bridgeId(2), macRow(2, BLUE_MAC, flip ? 2 : 5)]],
  (_host, flip) => [['neighbours', make.routerId(1), neighbourRow('10.2.0.10', flip ? BLUE_MAC : MACS[2])]],
  (_host, flip) => both('bridge', 1, entityItem({ ...bridgeOf(1), inboundMirrorIds: flip ? [MIRROR] : undefined })),
  (_host, flip) => both('router', 1, make.item(shown({ ...make.router(1), ...BALANCED }, flip))),
  (_host, flip) => both('router', 1, make.item({ ...make.router(1), ...(flip ? BALANCED : {}) })),
  ...balancerChanges.map((change) => (_host: HostId, flip: boolean) => [['balancer', BALANCER, change(flip)] as const]),
  (host, flip) => both('bridge', 1, make.item(shown(make.bridgePort(1, 1, { bound: [host, 'vm-red'] }), flip))),
  (_host, flip) => [['mirror', MIRROR, make.item(mirrorTo(flip ? 9 : 2, 'everything'))]],
  (_host, flip) => [['mirror', MIRROR, make.item(mirrorTo(9, flip ? 'everything' : 'one address'))]],
];

function both(kind: string, n: number, item: WatchItem): [string, string, WatchItem][] {
  return [[kind, kind === 'bridge' ? make.bridgeId(n) : make.routerId(n), item]];
}
function shown(entity: Entity, flip: boolean): Entity {
  return { ...entity, outboundMirrorIds: flip ? [MIRROR] : undefined } as Entity;
}
function mirrorTo(port: number, what: 'everything' | 'one address'): Entity {
  const nwDst = { value: make.cidr('10.2.0.10/32'), invert: false };
  const condition = { invert: false, fragmentPolicy: 'any', ...(what === 'everything' ? {} : { nwDst }) } as const;
  return { kind: 'mirror', id: MIRROR, name: 'm', toPortId: make.portId(port), conditions: [condition] };
}
function bridgeOf(n: number): Entity & { kind: 'bridge' } {
  const bridge = make.bridge(n);
  if (bridge.kind !== 'bridge') throw new Error('unreachable');
  return bridge;
}
function entityItem(entity: Entity): WatchItem {
  return make.item(entity);
}
function toggle(entity: Entity, there: boolean): WatchItem {
  const { key, value } = make.item(entity);
  return { key, value: there ? value : null };
}
function guardedRed(host: HostId, flip: boolean): WatchItem {
  const port = make.bridgePort(1, 1, { bound: [host, 'vm-red'] });
  const allowed = [
    { mac: make.mac(RED_MAC), prefix: { address: make.ip(flip ? '10.1.0.10' : '10.2.0.10'), length: 32 } },
  ];
  return entityItem({ ...port, allowedAddresses: allowed } as Entity);
}
function downBlue(flip: boolean): WatchItem {
  return make.item(make.routerPort(6, 1, '10.2.0.1/16', flip ? GATEWAY_BLUE : '02:00:00:00:0a:09', { peer: 5 }));
}
function macRow(bridge: number, mac: string, port: number | undefined): WatchItem {
  const { key, value } = make.row({
    kind: 'learnedMac',
    bridgeId: make.bridgeId(bridge),
    vlan: 0,
    mac: make.mac(mac),
    portId: make.portId(port ?? 0),
  });
  return { key, value: port === undefined ? null : value };
}
function neighbourRow(address: string, mac: string | undefined): WatchItem {
  const row = {
    routerId: make.routerId(1),
    portId: make.portId(6),
    ip: make.ip(address),
    mac: make.mac(mac ?? RED_MAC),
  };
  return make.row({ kind: 'neighbour', ...row });
}

type Pair = readonly [string, string];

function packet(kind: number, [srcMac, dstMac]: Pair, [src, dst]: Pair): Uint8Array {
  const [source, destination] = [make.ip(src) as Ip4, make.ip(dst) as Ip4];
  if (kind === 0) {
    const query = {
      operation: ARP_REQUEST,
      senderMac: make.mac(srcMac),
      senderIp: source,
      targetMac: MAC_ZERO,
      targetIp: destination,
    };
    return frame(ethernet({ dst: MAC_BROADCAST, src: make.mac(srcMac) }), arp(query));
  }
  const link = ethernet({ dst: make.mac(dstMac), src: make.mac(srcMac) });
  if (kind === 2) return answerOfMember(link, { source, destination });
  return frame(link, ipv4({ src: source, dst: destination }), udp({ srcPort: 1, dstPort: 2 }), new Uint8Array(8));
}

/** Every installed forwarding flow must do what a simulation made now would have it do. Gives their number. */
function check(agent: Agent, history: string): number {
  let checked = 0;
  for (const flow of agent.datapath.dump()) {
    assert.ok(agent.flows.table.get(flow.id) !== undefined, `a flow without record\n${history}`);
    const inPort = agent.ports.at(flow.key[0] as never);
    assert.ok(inPort !== undefined, `a flow of a port that is gone\n${history}`);
    const outcome = freshOutcome(agent, flow, inPort);
    const { kind } = outcome.verdict;
    const fresh = kind === 'blocked' || kind === 'consume' ? [] : agent.processor.actionsOf(outcome);
    // A drop is looked at again within seconds; what forwards must be right now.
    if (flow.actions.length === 0) continue;
    assert.ok(fresh.length > 0, `forwards what is now '${JSON.stringify(outcome.verdict)}'\n${history}`);
    assert.equal(printActions(flow.actions), printActions(fresh), history);
    checked++;
  }
  return checked;
}

it('after any change the installed flows are those a fresh simulation would make', async () => {
  const step = fc.oneof(
    fc.record({ change: fc.nat(changes.length - 1), flip: fc.boolean() }),
    fc.record({
      kind: fc.nat(2),
      from: fc.constantFrom('vm-red', 'vm-green', 'vm-blue'),
      macs: fc.tuple(fc.constantFrom(...MACS), fc.constantFrom(...MACS, GATEWAY_RED, GATEWAY_BLUE)),
      addresses: fc.tuple(fc.constantFrom(...ADDRESSES), fc.constantFrom(...ADDRESSES)),
    }),
    fc.constantFrom(...HONEST),
  );
  let checked = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60, size: 'max' }), async (steps) => {
      const offline = new Offline();
      const fabric = new MemoryFabric({ schedule: 'manual' });
      const host = fabric.host('host');
      for (const name of ['vm-red', 'vm-green', 'vm-blue']) host.interface(name).listen(() => undefined);
      const agent = await offline.start(
        (events) => openMemory({ clock: () => offline.clock.now(), host }, events),
        ['vm-red', 'vm-green', 'vm-blue'],
      );
      offline.welcome();
      tellSmallCloud(offline, agent.identity.id, [make.ip('10.2.0.10') as Ip4]);
      offline.want('mirror', MIRROR);
      offline.snapshot('mirror', MIRROR, [make.item(mirrorTo(9, 'everything'))]);
      offline.want('balancer', BALANCER);
      offline.snapshot('balancer', BALANCER, balancerItems());
      let revision = 2;
      const balanced = make.item({ ...make.router(1), ...BALANCED });
      offline.tell({ op: 'delta', sub: offline.sub('router', make.routerId(1)), revision, changes: [balanced] });
      const history: string[] = [];
      for (const each of steps) {
        history.push(JSON.stringify(each));
        if ('change' in each) {
          revision++;
          for (const [kind, id, item] of changes[each.change]?.(agent.identity.id, each.flip) ?? []) {
            const delta: ServerMessage = { op: 'delta', sub: offline.sub(kind, id), revision, changes: [item] };
            offline.tell(delta);
          }
        } else {
          host.interface(each.from).send(packet(each.kind, each.macs, each.addresses));
          fabric.run();
        }
        checked += check(agent, history.join('\n'));
      }
      await offline.close();
    }),
    { numRuns: 60 },
  );
  assert.ok(checked > 500, `only ${checked} forwarding flows were looked at`);
});
