import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Cloud } from '../lab/cloud.ts';
import { iperf3 } from '../lab/iperf3.ts';
import { Tenant } from '../lab/tenant.ts';

const RATE = 50_000_000;
/** Five seconds of the rate. A count of bytes, not a time: what the start takes does not matter then. */
const BYTES = (5 * RATE) / 8;

/** A machine on each of two hosts, and TCP by iperf3 between them. */
describe('QoS policies limit TCP between machines on two hosts', () => {
  let cloud: Cloud;
  let port = '';
  let policy = '';

  before(async () => {
    cloud = new Cloud('mnqos', 2);
    await cloud.start();
    const tenant = new Tenant(cloud, 'acme');
    const bridge = await tenant.bridge('net');
    port = await tenant.machine('vm1', { host: 'hv1', bridge, addresses: ['10.1.0.1/24', 'fd00:1::1/64'] });
    await tenant.machine('vm2', { host: 'hv2', bridge, addresses: ['10.1.0.2/24', 'fd00:1::2/64'] });
    for (const vm of ['vm1', 'vm2']) cloud.net.sysctl(vm, 'net.ipv4.tcp_congestion_control', 'reno');
    policy = await cloud.create('/qos_policies', { name: 'fifty' });
  });

  after(() => cloud[Symbol.asyncDispose]());

  const meter = (host: string): number => cloud.agentStatus(host).datapath.drops['meter'] ?? 0;
  const machine = (text: string): string => (text === 'vm1' ? '10.1.0.1' : '10.1.0.2');

  function rate(client: string, server: string, bytes: number, to = machine(server)): number {
    return iperf3(cloud.net, { client, server, to, flags: ['-n', String(bytes)] }).bitsPerSecond;
  }

  function holds(bits: number, what: string): void {
    assert.ok(bits >= 0.7 * RATE && bits <= 1.15 * RATE, `${what}: ${(bits / 1e6).toFixed(1)} Mbit/s`);
    console.log(`${what}: ${(bits / 1e6).toFixed(1)} Mbit/s of ${RATE / 1e6}`);
  }

  it('without a policy nothing is limited', () => {
    for (const [client, server] of [
      ['vm1', 'vm2'],
      ['vm2', 'vm1'],
    ] as const) {
      assert.ok(rate(client, server, 20 * BYTES) > 4 * RATE);
    }
    assert.equal(meter('hv1') + meter('hv2'), 0);
  });

  it('what the machine sends, and only that', async () => {
    await cloud.create(`/qos_policies/${policy}/qos_bw_limit_rules`, { maxKbps: RATE / 1000 });
    await cloud.update(`/ports/${port}`, { qosPolicyId: policy });
    holds(rate('vm1', 'vm2', BYTES), 'egress');
    holds(rate('vm1', 'vm2', BYTES, 'fd00:1::2'), 'egress over IPv6');
    assert.ok(meter('hv1') > 0);
    assert.ok(rate('vm2', 'vm1', 20 * BYTES) > 4 * RATE);
  });

  it('what the machine gets, and only that', async () => {
    const { body } = await cloud.request('GET', `/qos_policies/${policy}`);
    const [rule] = (body as { rules: { id: string }[] }).rules;
    await cloud.update(`/qos_bw_limit_rules/${rule?.id}`, { direction: 'ingress' });
    holds(rate('vm2', 'vm1', BYTES), 'ingress');
    assert.ok(rate('vm1', 'vm2', 20 * BYTES) > 4 * RATE);
  });

  it('a limit that is taken off is off', async () => {
    await cloud.request('DELETE', `/qos_policies/${policy}`);
    assert.ok(rate('vm2', 'vm1', 20 * BYTES) > 4 * RATE);
  });
});
