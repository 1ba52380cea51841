import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createClient, type Topic } from '@midonet/contract';
import type { Store } from '@midonet/store';
import { openEmbeddedStore } from '@midonet/store/embedded';
import { openMemoryStore } from '@midonet/store/memory';
import { runs } from '@midonet/packet/testing/runs';
import { startHarness } from '../../testing/harness.ts';
import { resumesAsFresh } from '../../testing/resumes-as-fresh.ts';
import { WatchPicture } from '../../testing/watch-picture.ts';

const limit = { timeout: 300_000 };
const BRIDGES: Topic = { kind: 'collection', of: 'bridge' };

async function inMemory(run: (store: Store) => Promise<void>): Promise<void> {
  const store = openMemoryStore();
  try {
    await run(store);
  } finally {
    await store.close();
  }
}

async function onDisk(run: (store: Store) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'resume-'));
  try {
    const store = await openEmbeddedStore({ file: join(folder, 'topology.db') });
    try {
      await run(store);
    } finally {
      await store.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

for (const [name, on, seed] of [
  ['in memory', inMemory, 11],
  ['on disk', onDisk, 12],
] as const) {
  test(`whoever goes on after an interruption is told what those heard who stayed: a store ${name}`, limit, () =>
    on((store) => resumesAsFresh(store, { seed, rounds: runs(4, 2) })),
  );
}

test('only when its revision is forgotten a tenant starts over, and is told why', limit, async () => {
  await using h = await startHarness();
  await h.client.users.create({ body: { name: 'u', password: 'long enough', role: 'reader', tenantId: 'acme' } });
  const { token } = await h.client.apiTokens.create({ body: { user: 'u' } });
  const picture = new WatchPicture(token, [BRIDGES]);
  await picture.connect(h.controller.url);
  await h.client.bridges.create({ body: { tenantId: 'umbrella', name: 'nothing to them' } });
  await picture.reach(await h.store.revision());
  picture.cut();
  const mine = await h.client.bridges.create({ body: { tenantId: 'acme', name: 'mine' } });
  const other = await h.client.bridges.create({ body: { tenantId: 'umbrella', name: 'not mine' } });
  await h.client.bridges.update({ id: other.id, body: { tenantId: 'acme', name: 'given' } });
  await h.store.compact(await h.store.revision());
  await picture.connect(h.controller.url);
  await picture.reach(await h.store.revision());
  assert.deepEqual(picture.resyncs, ['compacted']);
  assert.deepEqual(picture.keys(0), [`bridge/${mine.id}`, `bridge/${other.id}`].sort());
  picture.cut();
  await h.client.bridges.remove({ id: mine.id });
  await picture.connect(h.controller.url);
  await picture.reach(await h.store.revision());
  assert.deepEqual([picture.resyncs.length, picture.keys(0)], [1, [`bridge/${other.id}`]]);
  picture.cut();
});

test('what a thing was while it was not theirs is not told to who comes back', limit, async () => {
  await using h = await startHarness();
  await h.client.users.create({ body: { name: 'u', password: 'long enough', role: 'reader', tenantId: 'acme' } });
  const { token } = await h.client.apiTokens.create({ body: { user: 'u' } });
  const { id } = await h.client.bridges.create({ body: { tenantId: 'acme', name: 'theirs at first' } });
  const picture = new WatchPicture(token, [BRIDGES, { kind: 'bridge', id }]);
  await picture.connect(h.controller.url);
  await picture.reach(await h.store.revision());
  picture.cut();
  await h.client.bridges.update({ id, body: { tenantId: 'umbrella', name: 'a secret' } });
  await h.client.bridges.update({ id, body: { name: 'another secret' } });
  await h.client.bridges.update({ id, body: { tenantId: 'acme', name: 'theirs again' } });
  await picture.connect(h.controller.url);
  await picture.reach(await h.store.revision());
  const told = picture.told.filter(({ sub }) => sub === 0).flatMap(({ changes }) => changes);
  assert.equal(told.length, 2, told.join());
  assert.match(told[0] ?? '', /"value":null/);
  assert.match(told[1] ?? '', /theirs again/);
  assert.doesNotMatch(JSON.stringify(picture.told), /secret/);
  assert.deepEqual(picture.resyncs, []);
  picture.cut();
});

test('a quiet watch goes on from where it last heard that there was nothing', limit, async () => {
  await using h = await startHarness();
  const admin = createClient({ baseUrl: h.controller.url, token: 'a-token-for-tests' });
  await admin.users.create({ body: { name: 'u', password: 'long enough', role: 'reader', tenantId: 'acme' } });
  const { token } = await admin.apiTokens.create({ body: { user: 'u' } });
  const picture = new WatchPicture(token, [BRIDGES]);
  await picture.connect(h.controller.url);
  await admin.bridges.create({ body: { tenantId: 'umbrella', name: 'theirs' } });
  const now = await h.store.revision();
  await picture.reach(now);
  picture.cut();
  // The revision of its own snapshot is forgotten; the one it was told of since is not.
  await h.store.compact(now);
  await admin.bridges.create({ body: { tenantId: 'acme', name: 'mine' } });
  await picture.connect(h.controller.url);
  await picture.reach(await h.store.revision());
  assert.deepEqual([picture.resyncs, picture.keys(0).length], [[], 1]);
  picture.cut();
});
