import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '@midonet/flow';
import {
  arpRequest,
  echoFrame,
  ingressOf,
  runStep,
  TENANT,
  tenantNetwork,
  udpFrame,
  type Step,
  type VirtualNetwork,
} from '@midonet/simulation/testing';
import type { BridgeId, PortId, RouterId } from '@midonet/topology';
import { simulate } from '../simulate.ts';

const { web1, web2, db1, webGateway, uplink, provider } = TENANT;
const OUTSIDE = { mac: provider.mac, ip: '8.8.8.8', ip6: '2001:db8:8::8' };
type Packet = Omit<Step, 'title' | 'expect'>;

const toDb: Packet = { port: 'web1', frame: udpFrame(web1, webGateway.mac, db1.ip, { ports: [1000, 53] }) };
const fromDb: Packet = { port: 'db1', frame: udpFrame(db1, TENANT.dbGateway.mac, web1.ip, { ports: [53, 1000] }) };

/** `name way` of each request, and the flow they say. */
function traced(
  net: VirtualNetwork,
  packet: Packet,
): { readonly ways: readonly string[]; readonly flows: readonly string[] } {
  const fast = runStep(net, packet);
  const { traced: matches = [] } = runStep(net, packet, true);
  const ways = (of: Outcome['traced']): string[] => (of ?? []).map((one) => `${net.nameOf(one.requestId)} ${one.way}`);
  assert.deepEqual(ways(fast.traced), ways(matches));
  return { ways: ways(matches), flows: [...new Set(matches.map(({ flow }) => flow))] };
}

const at = (net: VirtualNetwork, name: string): BridgeId | RouterId | PortId => net.idOf(name) as PortId;

test('a request at a device, and at a port, is about packets of both directions', () => {
  const net = tenantNetwork();
  const asked = { nwSrc: `${web1.ip}/32`, nwProto: 17, tpDst: 53 } as const;
  for (const place of ['web', 'tenant', 'web1', 'gateway-db']) net.trace(`t-${place}`, at(net, place), asked);
  net.trace('off', at(net, 'tenant'), asked, false);
  const places = ['t-web1', 't-web', 't-tenant', 't-gateway-db'];
  const there = traced(net, toDb);
  assert.deepEqual(there.ways.toSorted(), places.map((one) => `${one} forward`).sort());
  const back = traced(net, fromDb);
  assert.deepEqual(back.ways.toSorted(), places.map((one) => `${one} return`).sort());
  assert.deepEqual(there.flows, ['udp 10.0.1.11 1000 <> 10.0.2.21 53']);
  assert.deepEqual(back.flows, there.flows, 'one connection, one name');
  const other: Packet = { port: 'web1', frame: udpFrame(web1, webGateway.mac, db1.ip, { ports: [1000, 54] }) };
  assert.deepEqual(traced(net, other).ways, []);
  assert.deepEqual(
    traced(net, { port: 'web1', frame: udpFrame(web1, web2.mac, web2.ip, { ports: [1000, 80] }) }).ways,
    [],
  );
});

test('behind a translation the answer is told by its face inside', () => {
  const net = tenantNetwork();
  const tenant = net.idOf('tenant') as RouterId;
  net.filter(tenant, {
    outboundFilterId: net.chain('out', {
      do: 'snat',
      to: ['192.0.2.2:5000-5001'],
      outPorts: [net.idOf('uplink') as PortId],
    }),
    inboundFilterId: net.chain('in', { do: 'revSnat', inPorts: [net.idOf('uplink') as PortId] }),
  });
  net.trace('inside', tenant, { nwSrc: `${web1.ip}/32` });
  net.trace('outside', tenant, { nwDst: `${OUTSIDE.ip}/32`, nwSrc: '192.0.2.2/32' });
  const out: Packet = { port: 'web1', frame: udpFrame(web1, webGateway.mac, OUTSIDE.ip, { ports: [1000, 53] }) };
  assert.deepEqual(traced(net, out).ways, ['inside forward', 'outside forward']);
  const answer = udpFrame(OUTSIDE, uplink.mac, '192.0.2.2', { ports: [53, 5000] });
  const back = traced(net, { port: 'uplink', frame: answer, after: [out] });
  assert.deepEqual(back.ways.toSorted(), ['inside return', 'outside return']);
  assert.deepEqual(back.flows.toSorted(), ['udp 10.0.1.11 1000 <> 8.8.8.8 53', 'udp 192.0.2.2 5000 <> 8.8.8.8 53']);
});

test('what is dropped is traced as well, and so are ARP and echoes', () => {
  const net = tenantNetwork();
  const tenant = net.idOf('tenant') as RouterId;
  net.filter(tenant, { inboundFilterId: net.chain('no', { do: 'drop', nwProto: 17 }) });
  net.trace('all', tenant);
  net.trace('web1', at(net, 'web1'));
  const dropped = runStep(net, toDb);
  assert.equal(dropped.verdict.kind, 'drop');
  assert.deepEqual(
    dropped.traced?.map(({ requestId }) => net.nameOf(requestId)),
    ['web1', 'all'],
  );
  assert.deepEqual(traced(net, { port: 'web1', frame: arpRequest(web1, webGateway.ip) }).ways, [
    'web1 forward',
    'all forward',
  ]);
  const ping = traced(net, { port: 'web1', frame: echoFrame(web1, webGateway.mac, db1.ip) });
  assert.match(ping.flows.join(), /^icmp 10\.0\.1\.11 \d+ <> 10\.0\.2\.21 \d+$/);
});

test('a flood is traced where it leaves', () => {
  const net = tenantNetwork();
  net.trace('web2', at(net, 'web2'));
  const asked = arpRequest(web1, '10.0.1.99');
  assert.deepEqual(traced(net, { port: 'web1', frame: asked }).ways, ['web2 forward']);
});

test('a request leaves the end of packets as it is, and no more of the mask than its condition reads', () => {
  const plain = runStep(tenantNetwork(), toDb);
  const net = tenantNetwork();
  net.trace('all', at(net, 'tenant'));
  const { traced: matches, ...rest } = runStep(net, toDb);
  assert.deepEqual(rest, plain);
  assert.equal(matches?.length, 1);
  const { trace: _, traced: __, ...explained } = runStep(net, toDb, true);
  assert.deepEqual(explained, plain, 'nor does its name');
});

test('rules trace with their own limit; whatever allows more packets counts, and a request is told once', () => {
  const net = tenantNetwork();
  const tenant = net.idOf('tenant') as RouterId;
  const request = net.trace('slow', tenant, { invert: true });
  const rules = [3, 7, 5].map((limit) => ({ do: 'trace', to: request, limit }) as const);
  net.filter(tenant, { inboundFilterId: net.chain('in', ...rules) });
  const limits = (): (number | undefined)[] => (runStep(net, toDb).traced ?? []).map(({ limit }) => limit);
  assert.deepEqual(limits(), [7]);
  assert.deepEqual(traced(net, toDb), {
    ways: ['slow forward'],
    flows: ['udp 10.0.1.11 1000 <> 10.0.2.21 53'],
  });
  net.filter(tenant, { inboundFilterId: net.chain('more', { do: 'trace', to: request, limit: 500 }) });
  assert.deepEqual(limits(), [10], 'not above the limit of the request');
  const { rules: applied, trace = [] } = runStep(net, toDb, true);
  assert.equal(applied.length, 1, 'counted as other rules are');
  assert.ok(trace.some(({ action }) => action.kind === 'rule' && action.does === `trace for ${request}`));
});

test('what a condition asks about and is not here is asked for', () => {
  const net = tenantNetwork();
  const group = net.ipAddrGroup('some', web1.ip);
  net.trace('t', at(net, 'tenant'), { ipAddrGroupSrc: group });
  net.unload(group);
  const { verdict } = runStep(net, toDb);
  assert.deepEqual(verdict, { kind: 'blocked', on: [{ kind: 'ipAddrGroup', id: group }] });
});

test('a terse explanation leaves out the rules that do not apply', () => {
  const net = tenantNetwork();
  const never = Array.from({ length: 30 }, (_, i) => ({ do: 'drop', nwProto: 100 + i }) as const);
  net.filter(net.idOf('tenant') as RouterId, {
    inboundFilterId: net.chain('long', ...never, { do: 'accept', nwProto: 17 }),
  });
  const steps = (terse: boolean): number => {
    const { topology, state, connections } = net;
    const { trace = [] } = simulate(ingressOf(net, toDb), {
      topology,
      state,
      connections,
      now: 0,
      explain: true,
      terse,
    });
    return trace.filter(({ action }) => action.kind === 'rule').length;
  };
  assert.deepEqual([steps(true), steps(false)], [1, 31]);
});
