import { createClient, type Topic } from '@midonet/contract';
import type { Store } from '@midonet/store';
import assert from 'node:assert/strict';
import { startHarness, type Harness } from './harness.ts';
import { provided } from './provided.ts';
import { randomSharing, seeded } from './random-sharing.ts';
import { WatchPicture } from './watch-picture.ts';

const COLLECTED = ['bridge', 'router', 'port', 'chain', 'rule', 'portActive'] as const;
const LISTED = ['bridge', 'router', 'port'] as const;
const CHANGES = 12;

async function makeThings(h: Harness) {
  const { client: admin } = h;
  const { edge, acme, umbrella, shared, plain } = await provided(h);
  const routers = [edge, acme.inner, umbrella.inner];
  const port = (id: string, n: number) => admin.routers.createPort({ id, body: { portSubnet: [`10.${n}.0.1/24`] } });
  const routerPorts = await Promise.all([...routers, ...routers].map(({ id }, n) => port(id, n)));
  const bridges = [shared, plain];
  const bridgePorts = await Promise.all(
    [shared, plain, shared].map(({ id }) => admin.bridges.createPort({ id, body: {} })),
  );
  const chain = (tenantId: string) => admin.chains.create({ body: { tenantId, name: 'c' } });
  const chains = [await chain('acme'), await chain('umbrella')];
  return { routers, bridges, routerPorts, bridgePorts, chains };
}

type Reader = { readonly token: string; readonly stays: WatchPicture; readonly leaves: WatchPicture };

async function reader(h: Harness, tenantId: string, topics: readonly Topic[]): Promise<Reader> {
  const name = `reader-of-${tenantId}`;
  await h.client.users.create({ body: { name, password: 'long enough', role: 'reader', tenantId } });
  const { token } = await h.client.apiTokens.create({ body: { user: name } });
  return { token, stays: new WatchPicture(token, topics), leaves: new WatchPicture(token, topics) };
}

async function shownByGet(url: string, token: string): Promise<string[]> {
  const client = createClient({ baseUrl: url, token });
  const lists = { bridge: client.bridges, router: client.routers, port: client.ports };
  const keys = LISTED.map(async (kind) => (await lists[kind].list()).map(({ id }) => `${kind}/${id}`));
  return (await Promise.all(keys)).flat().sort();
}

/**
 * Random changes by several tenants while their watches come and go between two controllers, one of which is
 * restarted in each round: whoever was away has in the end what a fresh watch shows and GET, and was told, delta by
 * delta, what those were who stayed.
 */
export async function resumesAsFresh(
  store: Store,
  { seed, rounds }: { readonly seed: number; readonly rounds: number },
): Promise<void> {
  const chance = seeded(seed);
  await using stays = await startHarness({ store });
  const things = await makeThings(stays);
  const change = randomSharing(stays.client, things, chance);
  const topics: Topic[] = [
    ...COLLECTED.map((of) => ({ kind: 'collection', of }) as const),
    ...things.routers.map(({ id }) => ({ kind: 'router', id }) as const),
    ...things.bridges.flatMap(({ id }) => [{ kind: 'bridge', id } as const, { kind: 'macTable', id } as const]),
    ...things.chains.map(({ id }) => ({ kind: 'chain', id }) as const),
    ...things.bridgePorts.map(({ id }) => ({ kind: 'port', id }) as const),
  ];
  const readers = await Promise.all(['acme', 'umbrella'].map((tenant) => reader(stays, tenant, topics)));
  const lease = await store.grantLease(3_600_000);
  const learn = async (n: number): Promise<void> => {
    const port = things.bridgePorts[chance(things.bridgePorts.length)]?.id ?? '';
    const row = { kind: 'portActive', portId: port, hostId: '7c8a3f5e-0000-4000-8000-000000000001', tunnelKey: n };
    const write = { kind: 'put', key: `portActive/${port}`, value: JSON.stringify(row), lease } as const;
    await store.commit({ author: { user: 't' }, conditions: [], writes: [write] });
  };
  const changes = async (round: number): Promise<void> => {
    for (let n = 0; n < CHANGES; n++) {
      await Promise.all([change(), change(), n % 4 === 0 ? learn(100 * round + n) : undefined]);
    }
  };

  for (const { stays: one, leaves } of readers) {
    await one.connect(stays.controller.url);
    await leaves.connect(stays.controller.url);
    await Promise.all([one, leaves].map(async (each) => each.reach(await store.revision())));
  }
  for (let round = 0; round < rounds; round++) {
    // Some leave before, some in the midst of what they are told, some as soon as they are back.
    for (const { leaves } of readers) if (chance(2) === 0) leaves.cut();
    const first = changes(round);
    if (chance(2) === 0) await first;
    for (const { leaves } of readers) leaves.cut();
    await using restarted = await startHarness({ store });
    for (const { leaves } of readers) {
      await leaves.connect(chance(2) === 0 ? stays.controller.url : restarted.controller.url);
      if (chance(2) === 0) leaves.cut();
    }
    await first;
    await changes(round);
    const now = await store.revision();
    for (const [at, { token, stays: one, leaves }] of readers.entries()) {
      leaves.cut();
      await leaves.connect(restarted.controller.url);
      await Promise.all([one.reach(now), leaves.reach(now)]);
      const fresh = new WatchPicture(token, topics);
      await fresh.connect(restarted.controller.url);
      await fresh.reach(now);
      const where = `reader ${at}, round ${round}`;
      assert.deepEqual(leaves.picture(), fresh.picture(), `${where}: who came back`);
      assert.deepEqual(one.picture(), fresh.picture(), `${where}: who stayed`);
      const keys = LISTED.flatMap((_, sub) => fresh.keys(sub)).sort();
      assert.deepEqual(keys, await shownByGet(stays.controller.url, token), `${where}: by GET`);
      for (const sub of topics.keys()) {
        const of = (picture: WatchPicture) => picture.told.filter((told) => told.sub === sub);
        assert.deepEqual(of(leaves), of(one), `${where}: told of ${JSON.stringify(topics[sub])}`);
      }
      fresh.cut();
    }
    for (const { leaves } of readers) {
      leaves.cut();
      await leaves.connect(stays.controller.url);
      await leaves.reach(now);
    }
  }
  for (const { stays: one, leaves } of readers) {
    assert.deepEqual([one.resyncs, leaves.resyncs], [[], []]);
    assert.ok(one.told.length > 0);
    for (const each of [one, leaves]) each.cut();
  }
}
