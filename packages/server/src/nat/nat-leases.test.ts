import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NatBlockRef } from '@midonet/contract';
import { startHarness } from '../../testing/harness.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { WatchClient } from '../../testing/watch-client.ts';
import { CLOCK_SKEW_MS } from './block-row.ts';

const HOSTS = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'] as const;
const IP = '203.0.113.1';

async function rig(natLeaseMs = 60_000) {
  const clock = new ManualClock();
  // The connections outlive the leases of ports here, whatever the clock is turned to.
  const harness = await startHarness({ clock, watch: { natLeaseMs, leaseMs: 1e9 } });
  const router = await harness.client.routers.create({ body: { name: 'r' } });
  const agents = [];
  for (const [i, id] of HOSTS.entries()) {
    const agent = await WatchClient.connect(harness.controller.url);
    await agent.hello({ id, name: `hv${i}` });
    agents.push(agent);
  }
  const [first, second] = agents;
  assert.ok(first !== undefined && second !== undefined);
  return { clock, harness, deviceId: router.id, first, second };
}

/** Blocks 16 and 17 are all that the range has. */
const range = { from: 1024, to: 1151 };
let nextId = 1;

async function ask(agent: WatchClient, deviceId: string, count: number, address = IP): Promise<readonly NatBlockRef[]> {
  const id = nextId++;
  agent.send({ op: 'natLease', id, deviceId, address, count, ...range });
  return (await agent.next('natBlocks', (message) => message.id === id)).blocks;
}

async function refusal(agent: WatchClient, deviceId: string, address = IP): Promise<string> {
  const id = nextId++;
  agent.send({ op: 'natLease', id, deviceId, address, count: 1, ...range });
  return (await agent.next('refused', (message) => message.id === id)).code;
}

async function renew(
  agent: WatchClient,
  blocks: readonly NatBlockRef[],
  mine = false,
): Promise<readonly NatBlockRef[]> {
  const id = nextId++;
  agent.send({ op: 'natRenew', id, blocks, mine });
  return (await agent.next('natBlocks', (message) => message.id === id)).blocks;
}

async function release(agent: WatchClient, blocks: readonly NatBlockRef[]): Promise<void> {
  const id = nextId++;
  agent.send({ op: 'natRelease', id, blocks });
  await agent.next('ack', (message) => message.id === id);
}

test('a block is one host at a time, until it is given back', async () => {
  const { harness, first, second, deviceId } = await rig();
  await using h = harness;
  const own = await ask(first, deviceId, 1);
  const others = await ask(second, deviceId, 5);
  assert.deepEqual([...own, ...others].map(({ block }) => block).sort(), [16, 17]);
  assert.equal(await refusal(first, deviceId), 'exhausted');
  const pools = await h.client.natPools.list({ query: { device_id: deviceId } });
  assert.deepEqual(pools[0], {
    deviceId,
    address: IP,
    free: 1022,
    blocksAnHour: 2,
    exhaustedAt: pools[0]?.exhaustedAt ?? '',
    hosts: pools[0]?.hosts.toSorted((a, b) => (a.blocks[0] ?? 0) - (b.blocks[0] ?? 0)),
  });
  assert.equal((await ask(first, deviceId, 1, '2001:db8::1')).length, 1);
  // What is not the releaser's, or was granted anew since, stays.
  await release(first, others);
  await release(
    second,
    others.map((ref) => ({ ...ref, generation: ref.generation + 1 })),
  );
  assert.equal(await refusal(first, deviceId), 'exhausted');
  await release(second, others);
  assert.deepEqual(
    (await ask(first, deviceId, 1)).map(({ block }) => block),
    others.map(({ block }) => block),
  );
  const metrics = await (
    await fetch(new URL('/metrics', h.controller.url), { headers: { 'x-auth-token': 'a-token-for-tests' } })
  ).text();
  assert.match(metrics, /midonet_nat_refused_total\{code="exhausted"\} 2/);
  for (const each of [first, second]) await each.close();
});

test('a lease that ended is given away only when every controller agrees that it has', async () => {
  const { harness, clock, first, second, deviceId } = await rig();
  await using _ = harness;
  const own = await ask(first, deviceId, 2);
  clock.advance(50_000);
  assert.deepEqual(await renew(first, own), own);
  clock.advance(60_000 + CLOCK_SKEW_MS);
  assert.equal(await refusal(second, deviceId), 'exhausted');
  clock.advance(1);
  assert.equal((await ask(second, deviceId, 1)).length, 1);
  // One of the two is lost, the other one goes on.
  assert.equal((await renew(first, own)).length, 1);
  for (const each of [first, second]) await each.close();
});

test('a host that lost its memory gets its blocks back as new grants', async () => {
  const { harness, first, second, deviceId } = await rig();
  await using _ = harness;
  const own = await ask(first, deviceId, 2);
  const back = await renew(first, [], true);
  assert.deepEqual(
    back.map(({ block }) => block),
    own.map(({ block }) => block).toSorted((a, b) => a - b),
  );
  assert.ok(back.every(({ generation }) => !own.some((old) => old.generation === generation)));
  await release(first, own);
  assert.equal(await refusal(second, deviceId), 'exhausted');
  for (const each of [first, second]) await each.close();
});

test('a deleted host gives its blocks back at once; unknown devices and strangers get none', async () => {
  const { harness, first, second, deviceId } = await rig();
  await using h = harness;
  await ask(first, deviceId, 2);
  assert.equal(await refusal(second, deviceId), 'exhausted');
  first.send({ op: 'bye' });
  await first.close();
  await h.client.hosts.remove({ id: HOSTS[0] });
  assert.equal((await ask(second, deviceId, 2)).length, 2);
  assert.equal(await refusal(second, HOSTS[1]), 'notFound');
  assert.equal(await refusal(second, deviceId, 'nonsense'), 'invalid');
  const stranger = await WatchClient.connect(h.controller.url);
  await stranger.hello();
  assert.equal(await refusal(stranger, deviceId), 'forbidden');
  for (const each of [second, stranger]) await each.close();
});
