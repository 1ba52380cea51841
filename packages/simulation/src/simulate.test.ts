import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IP_DST_WORD, KEY_LAYOUT, type Outcome, type TraceStep, NO_CONNECTIONS } from '@midonet/flow';
import {
  arpRequest,
  ingressOf,
  outcomeLines,
  runStep,
  TENANT,
  tenantNetwork,
  udpFrame,
  type VirtualNetwork,
} from '@midonet/simulation/testing';
import type { StateView, TopologyView } from '@midonet/topology';
import { simulate } from './simulate.ts';

const { web1, web2, db1, webGateway } = TENANT;
const routed = (): Uint8Array => udpFrame(web1, webGateway.mac, db1.ip);

/** Tags and traces with names for ids. */
function named(network: VirtualNetwork, texts: readonly string[]): string[] {
  const id = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
  return texts.map((text) => text.replace(id, (found) => network.nameOf(found)));
}

function runWith(network: VirtualNetwork, topology: Partial<TopologyView>, state: Partial<StateView>): Outcome {
  return simulate(ingressOf(network, { port: 'web1', frame: routed() }), {
    topology: { ...network.topology, ...topology },
    state: { ...network.state, overlayMtu: 1450, ...state },
    now: 0,
    connections: NO_CONNECTIONS,
    explain: false,
  });
}

function verdictLine(network: VirtualNetwork, outcome: Outcome): string {
  return outcomeLines(outcome, (id) => network.nameOf(id))[0] ?? '';
}

test('a routed flow is tagged with everything that decided, and nothing else', () => {
  const net = tenantNetwork();
  const outcome = runStep(net, { port: 'web1', frame: routed() });
  assert.deepEqual(named(net, outcome.tags).sort(), [
    'bridge-arp:db:10.0.2.21',
    'bridge:db',
    'bridge:web',
    'location:db1',
    `mac:db:0:${db1.mac}`,
    `mac:web:0:${web1.mac}`,
    `mac:web:0:${webGateway.mac}`,
    'neighbour:tenant:10.0.2.21',
    'port:db1',
    'port:gateway-db',
    'port:gateway-db/bridge',
    'port:gateway-web',
    'port:gateway-web/bridge',
    'port:web1',
    'route:tenant:10.0.2.16/28',
    'router:tenant',
  ]);
  assert.equal(outcome.installable, true);
  assert.equal((outcome.mask[IP_DST_WORD] ?? 0) >>> 0, 0xffffffff, 'the next hop is the destination itself');
});

test('a switched flow reads Ethernet only', () => {
  const net = tenantNetwork();
  const { mask, mtu, ttlAbove, tags } = runStep(net, { port: 'web1', frame: udpFrame(web1, web2.mac, web2.ip) });
  assert.equal(
    mask.slice(6).some((word) => word !== 0),
    false,
  );
  assert.equal((mask[KEY_LAYOUT.ethType.word] ?? 0) >>> 16, 0, 'not even the EtherType');
  assert.equal(mtu, undefined);
  assert.equal(ttlAbove, 0);
  assert.ok(!tags.some((tag) => tag.startsWith('flood:')));
});

test('a flood is tagged as such, and answers are never installable', () => {
  const net = tenantNetwork();
  const flood = runStep(net, { port: 'web1', frame: arpRequest(web1, web2.ip) });
  assert.ok(named(net, flood.tags).includes('flood:web'));
  assert.equal(flood.installable, true);
  assert.equal(runStep(net, { port: 'web1', frame: arpRequest(web1, webGateway.ip) }).installable, false);
});

test('what is not loaded is named, and nothing is installed', () => {
  const net = tenantNetwork();
  const nothing = (): undefined => undefined;
  const cases: readonly [string, Partial<TopologyView>, Partial<StateView>][] = [
    ['blocked on port web1', { port: nothing }, {}],
    ['blocked on bridge web', { bridge: nothing }, {}],
    ['blocked on router tenant', { router: nothing }, {}],
    ['blocked on MAC table of bridge web', {}, { macPort: () => 'unloaded' }],
    ['blocked on neighbours of router tenant', {}, { neighbour: () => 'unloaded' }],
  ];
  for (const [expected, topology, state] of cases) {
    const outcome = runWith(net, topology, state);
    assert.equal(verdictLine(net, outcome), expected);
    assert.equal(outcome.installable, false);
  }
});

test('a packet that waits for a neighbour asks for it', () => {
  const net = tenantNetwork();
  const outcome = runWith(net, {}, { neighbour: () => undefined });
  assert.equal(verdictLine(net, outcome), 'blocked on the MAC of 10.0.2.21 on port gateway-db');
  assert.equal(outcome.emissions.length, 1);
});

test('the trace tells the way step by step', () => {
  const net = tenantNetwork();
  const { trace = [] } = runStep(net, { port: 'web1', frame: routed() }, true);
  const kinds = trace.map((step: TraceStep) => `${step.at.kind} ${net.nameOf(step.at.id)}: ${step.action.kind}`);
  assert.deepEqual(kinds, [
    'port web1: ingress',
    'bridge web: lookup',
    'port gateway-web/bridge: link',
    'port gateway-web: ingress',
    'router tenant: route',
    'router tenant: rewrite',
    'port gateway-db: link',
    'port gateway-db/bridge: ingress',
    'bridge db: lookup',
    'port db1: egress',
    'packet : end',
  ]);
  assert.equal(
    trace.at(-1)?.packet,
    `${TENANT.dbGateway.mac} > ${db1.mac} IPv4 ${web1.ip} > ${db1.ip} ttl 63 UDP 40000 > 53`,
  );
});

test('an outcome keeps nothing of the reader that the next packet reuses', () => {
  const net = tenantNetwork();
  const first = runStep(net, { port: 'web1', frame: routed() });
  const mask = [...first.mask];
  runStep(net, { port: 'web1', frame: udpFrame(web1, web2.mac, web2.ip) });
  assert.deepEqual([...first.mask], mask);
});
