import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  runStep,
  stepLines,
  TENANT,
  tenantNetwork,
  udpFrame,
  type MemberText,
  type VirtualNetwork,
} from '@midonet/simulation/testing';
import type { RouterId } from '@midonet/topology';

const { web1, web2, uplink, provider } = TENANT;
const client = { mac: provider.mac, ip: '8.8.8.8', ip6: '2001:db8:8::8' };
const ask = { port: 'uplink', frame: udpFrame(client, uplink.mac, '192.0.2.100', { ports: [5000, 53] }) };

function set(net: VirtualNetwork, first: Partial<MemberText>, second: Partial<MemberText>): void {
  const members = [
    { at: `${web1.ip}:53`, ...first },
    { at: `${web2.ip}:53`, ...second },
  ];
  const vips = { front: { at: '192.0.2.100:53', pool: 'names' } };
  net.balancer(net.idOf('tenant') as RouterId, { pools: { names: { members } }, vips });
}

/** What becomes of a connection that web1 has when web1 changes and web2 can take it. */
function after(change: Partial<MemberText>): readonly string[] {
  const net = tenantNetwork();
  set(net, {}, { weight: 0 });
  net.connections.take(runStep(net, ask));
  set(net, change, {});
  return stepLines(net, ask);
}

for (const [title, change] of [
  ['is drained', { up: false }],
  ['has weight 0', { weight: 0 }],
  ['is well', { health: 'up' }],
] as const) {
  test(`a connection stays with a member that ${title}`, () => {
    const lines = after(change);
    assert.equal(lines.length, 1, 'nothing is opened');
    assert.match(lines[0] ?? '', /emit web1$/);
  });
}

test('a connection of a member that is down begins anew with another', () => {
  const [forward = '', opened = ''] = after({ health: 'down' });
  assert.match(forward, /emit web2$/);
  assert.match(opened, /^open uplink > web2 .* to 10\.0\.1\.12:53$/);
});

test('what is not loaded is asked for', () => {
  const net = tenantNetwork();
  set(net, {}, {});
  net.unload(net.topology.router(net.idOf('tenant') as RouterId)?.router.loadBalancerId ?? assert.fail());
  assert.deepEqual(stepLines(net, ask), ['blocked on balancer balancer of tenant']);
});

test('a trace says which VIP, which member, and why', () => {
  const net = tenantNetwork();
  set(net, {}, { weight: 0 });
  const steps = (runStep(net, ask, true).trace ?? []).map(({ action }) => JSON.stringify(action));
  assert.ok(steps.some((step) => step.includes('"table":"VIPs"') && step.includes('192.0.2.100:53 udp')));
  assert.ok(steps.some((step) => step.includes('new; the hash of the connection') && step.includes('10.0.1.11:53')));
});
