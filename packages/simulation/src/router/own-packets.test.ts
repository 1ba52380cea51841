import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyKey, extractKey, type Outcome } from '@midonet/flow';
import { ethernet, frame, ipv4, ipv6, MAC_ZERO, parseIp, tcp, type Ip4, type Ip6 } from '@midonet/packet';
import { outcomeLines, TENANT, tenantNetwork, type VirtualNetwork } from '@midonet/simulation/testing';
import type { PortId, RouterId } from '@midonet/topology';
import { simulate } from '../simulate.ts';

const { web1, db1, provider } = TENANT;

/** The tenant's router sends a segment to `to`. */
function send(net: VirtualNetwork, to: string): Outcome {
  const dst = parseIp(to) ?? assert.fail();
  const ip = typeof dst === 'number' ? ipv4({ src: 0 as Ip4, dst }) : ipv6({ src: 0n as Ip6, dst });
  const bytes = frame(ethernet({ dst: MAC_ZERO, src: MAC_ZERO }), ip, tcp({ srcPort: 600, dstPort: 80 }));
  const key = emptyKey();
  extractKey(bytes, bytes.length, 0, 0, key);
  const portId = net.idOf('gateway-web') as PortId;
  const { topology, state, connections } = net;
  const options = { topology, state, connections, now: 0, explain: false };
  return simulate({ key, frame: bytes, direction: 'routed', portId }, options);
}

const lines = (net: VirtualNetwork, to: string): string[] => outcomeLines(send(net, to), (id) => net.nameOf(id));

test('a packet of the router leaves by the port that its routes say, with the address of that port', () => {
  const net = tenantNetwork();
  assert.deepEqual(lines(net, web1.ip), [
    'forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, ipSrc=10.0.1.1, emit web1',
  ]);
  assert.deepEqual(lines(net, db1.ip6), [
    'forward: ethSrc=02:00:00:00:0a:02, ethDst=02:00:00:00:02:01, ipSrc=fd00:2::1, emit db1',
  ]);
  assert.deepEqual(lines(net, '8.8.8.8'), [
    `forward: ethSrc=02:00:00:00:0a:03, ethDst=${provider.mac}, ipSrc=192.0.2.2, emit uplink`,
  ]);
});

test('it does not meet the filters of the router, but those behind it', () => {
  const net = tenantNetwork();
  const tenant = net.idOf('tenant') as RouterId;
  const none = net.chain('none', { do: 'drop' });
  net.filter(tenant, { inboundFilterId: none, outboundFilterId: none });
  assert.equal(send(net, web1.ip).verdict.kind, 'forward');
  net.filter(net.idOf('web1') as PortId, { outboundFilterId: none });
  assert.deepEqual(lines(net, web1.ip), ['drop chainDrop by rule none:1']);
});

test('filters that remember connections know its answer', () => {
  const net = tenantNetwork();
  const out = net.chain('out', { do: 'accept', connection: 'forward' });
  net.filter(net.idOf('web1') as PortId, { outboundFilterId: out });
  const opened = send(net, web1.ip).opened.map(({ device, original }) => [net.nameOf(device), original.dstPort]);
  assert.deepEqual(opened, [['web', 80]]);
});

test('it asks for a neighbour that nobody knows, and tells nobody when there is none', () => {
  const net = tenantNetwork();
  const asked = send(net, '10.0.1.99');
  assert.deepEqual(asked.verdict.kind, 'blocked');
  assert.equal(asked.emissions.length, 1);
  const state = { ...net.state, overlayMtu: 1450, neighbour: () => 'failed' as const };
  Object.defineProperty(net, 'state', { value: state });
  const failed = send(net, '10.0.1.99');
  assert.deepEqual(failed.emissions, []);
  assert.deepEqual(lines(net, '10.0.1.99'), ['drop neighbourUnresolved by router tenant']);
});

test('it goes nowhere without a route, and not to the router itself', () => {
  const net = tenantNetwork();
  for (const to of ['198.51.100.1', '203.0.113.1', TENANT.webGateway.ip]) {
    assert.deepEqual(lines(net, to), ['drop noRoute by router tenant'], to);
  }
});
