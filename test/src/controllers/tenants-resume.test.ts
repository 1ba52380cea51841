import { after, test } from 'node:test';
import { resumesAsFresh } from '@midonet/server/testing';
import { openEtcdStore } from '@midonet/store/etcd';
import { EtcdCluster } from '@midonet/store/testing';

const cluster = await EtcdCluster.start(1);

after(() => cluster.close());

test("a tenant's watch over etcd goes on where it was, over two controllers", { timeout: 300_000 }, async () => {
  const store = await openEtcdStore({ urls: cluster.urls, prefix: '/resume' });
  try {
    await resumesAsFresh(store, { seed: 13, rounds: 3 });
  } finally {
    await store.close();
  }
});
