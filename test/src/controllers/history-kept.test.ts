import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openPlace, type StorePlace } from '@midonet/server';
import type { Revision, Store } from '@midonet/store';
import { EtcdCluster } from '@midonet/store/testing';
import { until } from '../agent/rig.ts';
import { put } from '../store/writers.ts';

const cluster = await EtcdCluster.start(1);
const folder = mkdtempSync(join(tmpdir(), 'midonet-history-kept-'));

after(async () => {
  await cluster.close();
  rmSync(folder, { recursive: true });
});

const PLACES: { readonly [name: string]: StorePlace } = {
  embedded: { kind: 'embedded', stateDir: join(folder, 'state') },
  etcd: { kind: 'etcd', options: { urls: cluster.urls, prefix: '/kept' } },
};

const forgotten = (store: Store, revision: number): Promise<boolean> =>
  store.get('key', revision as Revision).then(
    () => false,
    (error: unknown) => /forgotten/.test(String(error)),
  );

for (const [name, place] of Object.entries(PLACES)) {
  test(`${name}: the history goes back as far as is set, and no further`, { timeout: 120_000 }, async () => {
    const store = await openPlace(place, { revisions: 1_000, ms: undefined });
    for (let i = 0; i < 24; i++) {
      await Promise.all(Array.from({ length: 100 }, (_, j) => put(store, 'key', String(100 * i + j))));
    }
    await until('the oldest to be forgotten', () => forgotten(store, 100), undefined, 60_000);
    assert.equal(await forgotten(store, (await store.revision()) - 1_000), false);
    await store.close();
    // Whoever only copies it forgets nothing.
    const again = await openPlace(place);
    await put(again, 'key', 'last');
    assert.equal(await forgotten(again, (await again.revision()) - 1_000), false);
    await again.close();
  });

  test(`${name}: and no longer than is set`, { timeout: 120_000 }, async () => {
    const store = await openPlace(place, { revisions: undefined, ms: 1_000 });
    const early = await put(store, 'key', 'early');
    await until(
      'what is older than a second to be forgotten',
      async () => {
        await put(store, 'key', 'late');
        return forgotten(store, early);
      },
      undefined,
      60_000,
    );
    await store.close();
  });
}
