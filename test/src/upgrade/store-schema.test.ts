import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fencedStore, upgradeStore } from '@midonet/server';
import { EtcdCluster } from '@midonet/store/testing';
import { author, put } from '../store/writers.ts';
import { exampleStep, fillVersion1, openSaid, wrongNames } from './example-step.ts';
import { kill, stoppedAt } from './stopped-dead.ts';

const limit = { timeout: 120_000 };
const folder = mkdtempSync(join(tmpdir(), 'midonet-schema-'));
const cluster = await EtcdCluster.start(1);
let next = 0;

after(async () => {
  await cluster.close();
  rmSync(folder, { recursive: true });
});

const PLACES = {
  embedded: () => ['embedded', join(folder, `${next++}`, 'topology.db')],
  etcd: () => ['etcd', cluster.urls.join(','), `/schema/${next++}`],
} as const;

for (const [name, newPlace] of Object.entries(PLACES)) {
  describe(name, () => {
    test('a store that is new has the newest version, and a newer program only looks at it', limit, async () => {
      const store = await openSaid(newPlace());
      const revision = await upgradeStore(store, { steps: [exampleStep()] });
      assert.equal((await store.get('secret/schema'))?.value, '{"version":2}');
      assert.equal(await upgradeStore(store, { steps: [exampleStep()] }), revision);
      assert.equal(await store.revision(), revision);
      await store.close();
    });

    test('killed in the middle, again and again, each entry is rewritten once', limit, async () => {
      const place = newPlace();
      const first = await openSaid(place);
      await fillVersion1(first);
      await first.close();
      for (const count of [350, 730]) {
        await kill(await stoppedAt('upgrader.ts', count, place));
        const between = await openSaid(place);
        const { version, under } = JSON.parse((await between.get('secret/schema'))?.value ?? '{}') as {
          version: number;
          under?: { to: number; after: string };
        };
        assert.equal(version, 1);
        assert.equal(under?.to, 2, 'it stopped in the middle');
        await between.close();
      }
      const store = await openSaid(place);
      await upgradeStore(store, { steps: [exampleStep()] });
      assert.deepEqual(await wrongNames(store), []);
      assert.equal((await store.get('secret/schema'))?.value, '{"version":2}');
      await store.close();
    });

    test('a newer store is refused with both versions, also one whose upgrade is under way', limit, async () => {
      const store = await openSaid(newPlace());
      for (const record of ['{"version":7}', '{"version":2,"under":{"to":7,"after":"bridge/1"}}']) {
        await put(store, 'secret/schema', record);
        await assert.rejects(upgradeStore(store, { steps: [exampleStep()] }), /schema version 7.* knows up to 2/);
      }
      assert.equal((await store.list('')).entries.length, 1, 'nothing was written');
      await store.close();
    });

    test('who wrote before an upgrade cannot write behind it, and is told', limit, async () => {
      const store = await openSaid(newPlace());
      const told = Promise.withResolvers<undefined>();
      const old = await fencedStore(store, await upgradeStore(store, { steps: [] }), () => told.resolve(undefined));
      assert.equal((await old.commit(bridge('a'))).kind, 'committed');
      assert.equal((await old.commit({ ...bridge('a'), conditions: [absent] })).kind, 'conflict');
      await upgradeStore(store, { steps: [exampleStep()] });
      await told.promise;
      await assert.rejects(old.commit(bridge('b')), /upgraded by a newer controller/);
      assert.equal((await old.get('bridge/1'))?.value, '{"name":"a!"}', 'reading goes on');
      await old.close();
    });
  });
}

const absent = { kind: 'modified', key: 'bridge/1', revision: 0 } as const;
const bridge = (text: string) => ({
  author,
  conditions: [],
  writes: [{ kind: 'put', key: 'bridge/1', value: JSON.stringify({ name: text }) } as const],
});

test('controllers that start at once share the upgrade, and do not wait for one that hangs in it', limit, async () => {
  const place = PLACES.etcd();
  const first = await openSaid(place);
  await fillVersion1(first);
  const hanging = await stoppedAt('upgrader.ts', 120, place);
  const others = await Promise.all([openSaid(place), openSaid(place)]);
  const stores = [first, ...others];
  const revisions = await Promise.all(stores.map((store) => upgradeStore(store, { steps: [exampleStep()] })));
  assert.equal(new Set(revisions).size, 1, 'all go on from the same record');
  assert.deepEqual(await wrongNames(first), []);
  await kill(hanging);
  await Promise.all(stores.map((store) => store.close()));
});
