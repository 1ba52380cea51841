import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startHarness, type Harness } from '../../testing/harness.ts';

/** Ethernet, IPv4 10.0.1.2 → 10.0.2.2 with TTL 64, UDP 1000 → 2000 without payload. */
function udpFrame(ethDst: string, ethSrc: string): string {
  const ip = ['45000000', '0000', '0000', '4011', '0000', '0a000102', '0a000202'];
  const header = ip.join('').replace('45000000', '4500001c');
  let sum = 0;
  for (let i = 0; i < 40; i += 4) sum += parseInt(header.slice(i, i + 4), 16);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  const checksum = (~sum & 0xffff).toString(16).padStart(4, '0');
  const filled = header.slice(0, 20) + checksum + header.slice(24);
  return `${ethDst.replaceAll(':', '')} ${ethSrc.replaceAll(':', '')} 0800 ${filled} 03e807d000080000`;
}

/** vm1 - bridge 1 - router - bridge 2 - vm2. */
async function twoSubnets({ client }: Harness) {
  const router = await client.routers.create({ body: { name: 'r' } });
  const sides = [];
  for (const n of [1, 2]) {
    const bridge = await client.bridges.create({ body: { name: `b${n}` } });
    const vm = await client.bridges.createPort({ id: bridge.id, body: {} });
    const inner = await client.bridges.createPort({ id: bridge.id, body: {} });
    const outer = await client.routers.createPort({ id: router.id, body: { portSubnet: [`10.0.${n}.1/24`] } });
    await client.ports.link({ id: inner.id, body: { peerId: outer.id } });
    const body = { dstNetworkAddr: `10.0.${n}.0`, dstNetworkLength: 24, nextHopPort: outer.id };
    await client.routers.createRoute({ id: router.id, body });
    sides.push({ bridge, vm, outer });
  }
  const [left, right] = sides;
  if (left === undefined || right === undefined) throw new Error('two sides were made');
  return { router, left, right };
}

test('a frame is explained through bridge, router and bridge on the live topology', { timeout: 20_000 }, async () => {
  await using h = await startHarness();
  const { left, right, router } = await twoSubnets(h);
  await h.client.bridges.create({ body: { name: 'not met' } });
  const vm1 = '02:00:00:00:00:01';
  const vm2 = '02:00:00:00:00:02';
  const frame = udpFrame(left.outer.portMac ?? '', vm1);
  const ask = () => h.client.simulation.run({ body: { portId: left.vm.id, frame } });

  const unbound = await ask();
  assert.notEqual(unbound.verdict, 'forward', 'nothing is plugged in yet');

  const host = await h.client.hosts.create({ body: { name: 'h' } });
  const lease = await h.store.grantLease(60_000);
  for (const [index, { vm }] of [left, right].entries()) {
    await h.client.hostPorts.create({ id: host.id, body: { portId: vm.id, interfaceName: `tap${index}` } });
    const row = { kind: 'portActive', portId: vm.id, hostId: host.id, tunnelKey: index + 1 };
    const write = { kind: 'put', key: `portActive/${vm.id}`, value: JSON.stringify(row), lease } as const;
    await h.store.commit({ author: { user: 't' }, conditions: [], writes: [write] });
  }
  const waiting = await ask();
  assert.equal(waiting.verdict, 'blocked', JSON.stringify(waiting.trace));
  assert.equal(waiting.missing[0]?.kind, 'neighbour');
  assert.equal(waiting.emissions.length, 1, 'the ARP request it would send');

  await h.client.arpTable.create({ id: right.bridge.id, body: { ip: '10.0.2.2', mac: vm2 } });
  const key = `neighbour/${router.id}/${right.outer.id}/10.0.2.2`;
  const neighbour = { kind: 'neighbour', routerId: router.id, portId: right.outer.id, ip: '10.0.2.2', mac: vm2 };
  const write = { kind: 'put', key, value: JSON.stringify(neighbour), lease } as const;
  await h.store.commit({ author: { user: 't' }, conditions: [], writes: [write] });
  await h.client.macTable.create({ id: right.bridge.id, body: { macAddr: vm2, portId: right.vm.id } });
  const outcome = await ask();
  assert.equal(outcome.verdict, 'forward', JSON.stringify(outcome));
  assert.deepEqual(outcome.egressPorts, [right.vm.id]);
  assert.equal(outcome.loaded, 3, 'two bridges and the router, not the one that was not met');
  assert.ok(outcome.trace.some(({ action }) => action.kind === 'route'));
  assert.deepEqual(await h.client.macTable.list({ id: left.bridge.id }), [], 'asking teaches nobody anything');
});

test('a frame that makes no sense is dropped with a reason, a missing port is 404', { timeout: 20_000 }, async () => {
  await using h = await startHarness();
  const { left } = await twoSubnets(h);
  const malformed = await h.client.simulation.run({ body: { portId: left.vm.id, frame: `${'02'.repeat(12)}0800 45` } });
  assert.equal(malformed.verdict, 'drop');
  assert.ok(malformed.explanation.length > 10);
  const body = { portId: '11111111-1111-4111-8111-111111111111', frame: 'ff'.repeat(14) };
  await assert.rejects(h.client.simulation.run({ body }), /there is no port/);
});

test('a frame is walked through chains, jumps and groups, rule by rule', { timeout: 20_000 }, async () => {
  await using h = await startHarness();
  const { client } = h;
  const { left } = await twoSubnets(h);
  const outer = await client.chains.create({ body: { name: 'guard' } });
  const inner = await client.chains.create({ body: { name: 'blocked senders' } });
  const group = await client.ipAddrGroups.create({ body: { name: 'bad' } });
  const ports = await client.portGroups.create({ body: { name: 'guests' } });
  await client.portGroupPorts.create({ id: ports.id, body: { portId: left.vm.id } });
  const body = { type: 'drop', ipAddrGroupSrc: group.id, inPortGroup: ports.id };
  const drop = await client.chains.createRule({ id: inner.id, body });
  const jump = await client.chains.createRule({ id: outer.id, body: { type: 'jump', jumpChainId: inner.id } });
  await client.ports.update({ id: left.vm.id, body: { inboundFilterId: outer.id } });
  const frame = udpFrame(left.outer.portMac ?? '', '02:00:00:00:00:01');
  const ask = () => client.simulation.run({ body: { portId: left.vm.id, frame } });
  const host = await client.hosts.create({ body: { name: 'h' } });
  await client.hostPorts.create({ id: host.id, body: { portId: left.vm.id, interfaceName: 'tap0' } });
  const row = { kind: 'portActive', portId: left.vm.id, hostId: host.id, tunnelKey: 1 };
  const lease = await h.store.grantLease(60_000);
  const write = { kind: 'put', key: `portActive/${left.vm.id}`, value: JSON.stringify(row), lease } as const;
  await h.store.commit({ author: { user: 't' }, conditions: [], writes: [write] });

  const passes = await ask();
  assert.notEqual(passes.verdict, 'drop', JSON.stringify(passes));
  assert.ok(passes.trace.some(({ at, action }) => at.id === drop.id && action['applies'] === false));
  await client.ipAddrGroupAddrs.create({ id: group.id, body: { addr: '10.0.1.2' } });
  const dropped = await ask();
  assert.deepEqual([dropped.verdict, dropped.reason, dropped.by?.id], ['drop', 'chainDrop', drop.id]);
  const applied = dropped.trace.filter(({ action }) => action['applies'] === true).map(({ at }) => at.id);
  assert.deepEqual(applied, [jump.id, drop.id]);
  await client.rules.update({ id: drop.id, body: { type: 'return' } });
  assert.notEqual((await ask()).verdict, 'drop');
});
