import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LeaseId } from '../store.ts';
import { LeaseTable } from './lease-table.ts';
import { ManualClock } from '../../testing/manual-clock.ts';

const [A, B] = ['a', 'b'] as [LeaseId, LeaseId]; // brand: names of a test

/** A clock whose process stands still: time passes, timers do not run. */
class StallingClock extends ManualClock {
  #stood = 0;

  override monotonic(): number {
    return super.monotonic() + this.#stood;
  }

  stand(ms: number): void {
    this.#stood += ms;
  }
}

function setup() {
  const clock = new StallingClock();
  const ended: LeaseId[] = [];
  const table = new LeaseTable(clock, (id) => ended.push(id));
  return { clock, ended, table };
}

test('a lease ends at its time, and not when it was renewed', () => {
  const { clock, ended, table } = setup();
  table.grant(A, 10_000);
  table.grant(B, 10_000);
  clock.advance(6_000);
  assert.equal(table.renew(B), true);
  clock.advance(3_999);
  assert.deepEqual(ended, []);
  clock.advance(1);
  assert.deepEqual(ended, [A]);
  assert.equal(table.renew(A), false);
  clock.advance(5_999);
  assert.equal(table.has(B), true);
  clock.advance(1);
  assert.deepEqual(ended, [A, B]);
});

test('time in which the process stood still does not count', () => {
  const { clock, ended, table } = setup();
  table.grant(A, 10_000);
  clock.advance(4_500);
  clock.stand(60_000);
  clock.advance(500);
  assert.deepEqual(ended, [], 'a minute has passed, and nobody could be heard in it');
  clock.advance(4_999);
  assert.deepEqual(ended, []);
  clock.advance(2);
  assert.deepEqual(ended, [A]);
});

test('who is due when the process comes back is heard first', () => {
  const { clock, ended, table } = setup();
  table.grant(A, 1_000);
  table.grant(B, 1_000);
  clock.stand(5_000);
  clock.advance(1_000);
  assert.deepEqual(ended, []);
  assert.equal(table.renew(A), true);
  clock.advance(1);
  assert.deepEqual(ended, [B]);
});

test('a process that is always late still ends leases', () => {
  const { clock, ended, table } = setup();
  table.grant(A, 10_000);
  for (let i = 0; i < 30; i++) {
    clock.stand(2_000);
    clock.advance(1_000);
  }
  assert.deepEqual(ended, [A]);
});
