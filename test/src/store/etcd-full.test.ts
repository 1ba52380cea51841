import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { StoreError, StoreFull, type Store } from '@midonet/store';
import { openEtcdStore } from '@midonet/store/etcd';
import { EtcdCluster, ManualClock } from '@midonet/store/testing';
import { fillEtcd, makeRoomInEtcd, SMALL_QUOTA } from './fill-etcd.ts';
import { author, put } from './writers.ts';

const LEASE_MS = 1000;
const cluster = await EtcdCluster.start(1, { flags: SMALL_QUOTA });
after(() => cluster.close());

function hang(store: Store, key: string, lease: Awaited<ReturnType<Store['grantLease']>>) {
  return store.commit({ author, conditions: [], writes: [{ kind: 'put', key, value: '', lease }] });
}

test(
  'in a full etcd a store opens and is read, no lease ends, and with room again all goes on',
  { timeout: 120_000 },
  async () => {
    const clock = new ManualClock();
    const options = { urls: cluster.urls, clock, sessionMs: 3000 };
    const store = await openEtcdStore(options);
    await put(store, 'before');
    const lease = await store.grantLease(LEASE_MS);
    await hang(store, 'row', lease);
    fillEtcd(cluster.urls);

    const second = await openEtcdStore(options);
    assert.ok(await second.get('before'));
    await assert.rejects(put(second, 'refused'), StoreFull);
    await assert.rejects(second.grantLease(LEASE_MS), StoreFull);
    await assert.rejects(second.renewLease(lease), StoreFull, 'which would be noted as its own');
    const empty = openEtcdStore({ ...options, prefix: '/other' });
    await assert.rejects(empty, StoreFull, 'where there is no store yet');

    // Nobody renewed it for a term, and its end cannot be written.
    clock.advance(LEASE_MS + 1);
    for (let over = false; !over;) {
      try {
        await store.renewLease(lease);
        over = true;
      } catch (error) {
        assert.ok(error instanceof StoreError && error.code === 'leaseGone', String(error));
        await delay(10);
      }
    }
    makeRoomInEtcd(cluster.urls);
    await put(store, 'after');
    assert.ok(await second.get('row'), 'it was not ended when there was room');
    // Its session begins with the next turn: by then it may grant leases of its own.
    await hang(second, 'other', await second.grantLease(LEASE_MS));
    await second.renewLease(lease);
    await store.close();
    assert.ok(await second.get('row'), 'who has it goes on with it');
    // As soon as the session has begun, leases end again.
    while ((await second.get('row')) !== undefined || (await second.get('other')) !== undefined) {
      clock.advance(LEASE_MS + 1);
      await delay(10);
    }
    await second.close();
  },
);
