import type { Store } from '@midonet/store';
import { cases } from '@midonet/packet/testing/runs';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startHarness, TOKEN } from '../../testing/harness.ts';
import { agreesWithTopology, leftovers } from '../../testing/neutron-agreement.ts';
import type { NeutronCall } from '../../testing/neutron-choices.ts';
import { RandomNeutron, type Focus } from '../../testing/random-neutron.ts';
import { seeded } from '../../testing/random-sharing.ts';
import { WatchClient } from '../../testing/watch-client.ts';

const HOST = { id: 'e0000000-0000-4000-8000-000000000001', name: 'hv1' };
const FOCUSES: readonly Focus[] = ['networking', 'balancing', 'networking', 'services'];
const CALLS = 60;
const REFUSED = [400, 404, 409];

test('whatever Neutron says, the topology is what its objects are; refused is refused as a whole', async (context) => {
  const { numRuns, seed: chosen } = cases(context, 40, 4);
  // The same ones each time; `SEED=7 RUNS=1000 node --test …` looks for others.
  const seed = process.env['SEED'] === undefined ? 1 : chosen;
  const answers = new Map<string, number>();
  for (let run = 0; run < numRuns; run++) await tried(seed + run, answers);
  context.diagnostic(
    [...answers]
      .map(([answer, count]) => `${answer}: ${count}`)
      .sort()
      .join(', '),
  );
});

/** One cloud from its first network to its end. */
async function tried(seed: number, answers: Map<string, number>): Promise<void> {
  await using harness = await startHarness();
  const { store, controller } = harness;
  const watch = await WatchClient.connect(controller.url, TOKEN);
  await watch.hello(HOST);
  const random = new RandomNeutron(seeded(seed), HOST.name, FOCUSES[seed % FOCUSES.length] ?? 'networking');
  const said: string[] = [];
  const call = async (one: NeutronCall): Promise<number> => {
    const { method, path, body } = one;
    const before = await objects(store);
    const headers = { 'content-type': 'application/json' };
    const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
    const { status } = await harness.fetch(`/neutron/${path}`, init);
    said.push(`${status} ${method} ${path} ${JSON.stringify(body ?? {})}`);
    const history = `seed ${seed}\n${said.join('\n')}\n`;
    answers.set(`${method} ${status}`, (answers.get(`${method} ${status}`) ?? 0) + 1);
    if (status < 300) random.took(one);
    assert.ok(status < 300 || REFUSED.includes(status), history);
    if (status >= 300) assert.deepEqual(await objects(store), before, history);
    await agreesWithTopology(store, history);
    return status;
  };
  for (const one of random.start()) await call(one);
  for (let n = 0; n < CALLS; n++) await call(random.next());
  for (let left = random.deletions(); left.length > 0;) {
    const held: NeutronCall[] = [];
    for (const one of left) if ((await call(one)) === 409) held.push(one);
    assert.ok(held.length < left.length, said.join('\n'));
    left = held;
  }
  assert.deepEqual(await leftovers(store), []);
  await watch.close();
}

/** All rows but those of who is there. */
async function objects(store: Store): Promise<Record<string, string>> {
  const { entries } = await store.list('');
  return Object.fromEntries(entries.map(({ key, value }) => [key, value]));
}
