import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OpenStore } from '../compliance.ts';
import { ManualClock } from '../manual-clock.ts';
import { Recorder } from '../recorder.ts';
import { at, attempt, put, rejectsWith, show, write } from './steps.ts';

export function leaseCases(name: string, open: OpenStore): void {
  test(`${name}: keys of a lease go in one revision when it is not renewed in time`, async () => {
    const clock = new ManualClock();
    const store = await open({ clock });
    const lease = await store.grantLease(1000);
    const other = await store.grantLease(5000);
    await write(store, put('a', '', lease), put('b', '', lease), put('c', ''), put('d', '', other));
    const recorder = new Recorder();
    await store.watch('', at(1), recorder);
    clock.advance(900);
    await store.renewLease(lease);
    clock.advance(900);
    assert.equal(await show(store), 'a= b= c= d=');
    clock.advance(101);
    await recorder.until(({ events }) => events.length === 1);
    assert.deepEqual(recorder.lines(), ['2: delete a, delete b']);
    assert.equal(recorder.events[0]?.author.user, 'system');
    assert.equal(await show(store), 'c= d=');
    await rejectsWith('leaseGone', store.renewLease(lease));
    await rejectsWith('leaseGone', attempt(store, [], put('e', '', lease)));
    assert.equal((await store.get('d'))?.lease, other);
    await store.close();
  });

  test(`${name}: revoking takes the keys at once; revoking what has ended is fine`, async () => {
    const clock = new ManualClock();
    const store = await open({ clock });
    const lease = await store.grantLease(1000);
    await write(store, put('a', '', lease), put('b', ''));
    await store.revokeLease(lease);
    assert.equal(await show(store), 'b=');
    await store.revokeLease(lease);
    assert.equal(await store.revision(), 2);
    await store.close();
  });

  test(`${name}: the last put decides which lease a key hangs on`, async () => {
    const clock = new ManualClock();
    const store = await open({ clock });
    const first = await store.grantLease(1000);
    const second = await store.grantLease(1000);
    await write(store, put('a', '', first), put('b', '', first), put('c', '', first));
    await write(store, put('a', ''), put('b', '', second));
    await store.revokeLease(first);
    assert.equal(await show(store), 'a= b=');
    await store.revokeLease(second);
    assert.equal(await show(store), 'a=');
    await store.close();
  });

  test(`${name}: a put with a dead lease fails alone, not those committed beside it`, async () => {
    const clock = new ManualClock();
    const store = await open({ clock });
    const lease = await store.grantLease(10);
    await store.revokeLease(lease);
    const [before, dead, after] = await Promise.allSettled([
      write(store, put('a', '')),
      attempt(store, [], put('x', ''), put('y', '', lease)),
      write(store, put('b', '')),
    ]);
    assert.deepEqual([before.status, dead.status, after.status], ['fulfilled', 'rejected', 'fulfilled']);
    assert.equal(await show(store), 'a= b=');
    await rejectsWith('invalid', store.grantLease(0));
    await rejectsWith('invalid', store.grantLease(NaN));
    await store.close();
  });
}
