import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { parseIp, type IpAddress } from '@midonet/packet';
import { answerNat, CLOCK_SKEW_MS, NatLeases } from '@midonet/server';
import { openMemoryStore } from '@midonet/store/memory';
import { seeded } from '../lab/seeded.ts';
import { SimulatedAgent, type OpenConnections, type Post } from './simulated-agent.ts';

/**
 * Agents and controllers over one store, with everything that goes wrong: messages that are handled
 * long after their sender is gone, lost answers, crashes, clocks that differ, leases that end. Repeat
 * a failure with SEED, look longer with RUNS.
 */
const RUNS = Number(process.env['RUNS'] ?? 40);
const FIRST_SEED = Number(process.env['SEED'] ?? 4787);
const STEPS = 250;
const AGENTS = 4;
const LEASE_MS = 900_000;
const ROUTER = '00000000-0000-4000-8000-00000000aaaa';
const address = (text: string): IpAddress => parseIp(text) ?? assert.fail(text);
/** Three blocks for four hosts. */
const RANGES = [
  { addressFrom: address('203.0.113.1'), addressTo: address('203.0.113.1'), portFrom: 6400, portTo: 6591 },
];

test('no block ever has two owners, and no two connections the same external end', async (t) => {
  const seen = { shared: 0, lost: 0, blocks: 0 };
  for (let run = 0; run < RUNS; run++) await simulate(t, FIRST_SEED + run, seen);
  t.diagnostic(`seeds ${FIRST_SEED} to ${FIRST_SEED + RUNS - 1}: ${JSON.stringify(seen)}`);
  // Otherwise the runs prove nothing: hosts must have had blocks, and have taken over those of others.
  assert.ok(seen.blocks > 0 && seen.lost > 0 && seen.shared > 0);
});

type Letter = { readonly handle: () => Promise<void> };

async function simulate(t: TestContext, seed: number, seen: { shared: number; lost: number; blocks: number }) {
  const random = seeded(seed);
  const pick = (n: number): number => Math.floor(random() * n);
  const store = openMemoryStore();
  const author = { user: 'test' };
  const hosts = Array.from({ length: AGENTS }, (_, i) => `00000000-0000-4000-8000-00000000000${i}`);
  await store.commit({
    author,
    conditions: [],
    writes: [`router/${ROUTER}`, ...hosts.map((id) => `host/${id}`)].map((key) => ({ kind: 'put', key, value: '{}' })),
  });
  let time = 1_700_000_000_000;
  const skews = [0, 0];
  const controllers = skews.map(
    (_, i) => new NatLeases({ store, random, clock: { now: () => time + (skews[i] ?? 0) } }, LEASE_MS),
  );
  const open: OpenConnections = new Map();
  const agents = hosts.map((id, i) => new SimulatedAgent(id, ROUTER, open, 1 + (i - 1.5) * 0.0003));
  /** In order on each connection; those of closed connections may still be handled. */
  const lines: Letter[][] = [];
  const everOwned = new Map<string, string>();
  const check = (what: string): void => {
    const owners = new Map<string, string>();
    for (const agent of agents) {
      for (const block of agent.believed) {
        const other = owners.get(block);
        if (other !== undefined) {
          assert.fail(`seed ${seed}, after ${what}: ${block} is ${other}'s and ${agent.hostId}'s`);
        }
        owners.set(block, agent.hostId);
        if (everOwned.has(block) && everOwned.get(block) !== agent.hostId) seen.shared++;
        everOwned.set(block, agent.hostId);
        seen.blocks++;
      }
    }
  };
  const connect = (agent: SimulatedAgent): void => {
    const leases = controllers[pick(controllers.length)]!;
    const line: Letter[] = [];
    lines.push(line);
    const post: Post = (message, answer) => {
      line.push({
        handle: async () => {
          answer(await answerNat(leases, { hostId: agent.hostId, author }, message));
        },
      });
    };
    agent.connect(post);
  };
  const deliver = async (some: readonly Letter[]): Promise<void> => {
    await Promise.all(some.map(({ handle }) => handle()));
  };
  const pass = (ms: number): void => {
    for (let left = ms; left > 0; left -= 5_000) {
      time += Math.min(left, 5_000);
      const before = agents.reduce((sum, { believed }) => sum + believed.size, 0);
      for (const agent of agents) agent.pass(Math.min(left, 5_000));
      seen.lost += Math.max(0, before - agents.reduce((sum, { believed }) => sum + believed.size, 0));
      check('time');
    }
  };
  const apart = new Set<SimulatedAgent>();
  for (let step = 0; step < STEPS; step++) {
    const agent = agents[pick(AGENTS)]!;
    const what = pick(100);
    if (what < 30) {
      const ends = {
        src: address(`10.0.0.${1 + pick(3)}`),
        srcPort: 1000 + pick(50),
        dst: address(`8.8.8.${pick(3)}`),
      };
      for (let i = 0; i < 20; i++) {
        const wrong = agent.open({ ...ends, srcPort: ends.srcPort + i }, RANGES);
        assert.equal(wrong, undefined, `seed ${seed}: ${wrong}`);
      }
    } else if (what < 60) {
      // Several controllers and connections at the same time.
      await deliver(lines.filter(() => random() < 0.6).flatMap((line) => line.shift() ?? []));
      await turn();
    } else if (what < 66) for (let i = 0; i < 30; i++) agent.closeOne(pick(1000));
    else if (what < 76) pass(1_000 + pick(120_000));
    else if (what < 78) pass(LEASE_MS + pick(2 * CLOCK_SKEW_MS));
    else if (what < 84) {
      agent.disconnect();
      if (random() < 0.7) apart.add(agent);
    } else if (what < 88) agent.crash();
    else if (what < 89) agent.leave();
    else if (what < 91) lines.splice(pick(lines.length + 1), 1);
    else if (what < 94) skews[pick(2)] = (random() < 0.5 ? -1 : 1) * (CLOCK_SKEW_MS / 2);
    else if (what < 95) agent.wallOffset = (random() - 0.5) * 240_000;
    else if (what < 97) apart.delete(agent);
    else if (!apart.has(agent)) {
      agent.start(() => time);
      agent.disconnect();
      connect(agent);
    }
    if (!agent.isRunning && random() < 0.3) agent.start(() => time);
    if (agent.isRunning && !agent.isConnected && !apart.has(agent) && random() < 0.5) connect(agent);
    check(`step ${step} (${what})`);
  }
  await store.close();
  t.diagnostic(`seed ${seed}: passed`);
}
