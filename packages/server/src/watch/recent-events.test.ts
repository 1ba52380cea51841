import type { Revision, StoreEvent } from '@midonet/store';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interestsOf, RecentEvents } from './recent-events.ts';

function event(revision: number, ...keys: string[]): StoreEvent {
  const at = revision as Revision; // brand: made up here
  return { revision: at, changes: keys.map((key) => ({ kind: 'delete', key })) } as unknown as StoreEvent;
}

function filled(count: number, key: (revision: number) => string): RecentEvents {
  const recent = new RecentEvents();
  recent.reset(0 as Revision);
  for (let revision = 1; revision <= count; revision++) {
    const one = event(revision, key(revision));
    recent.add(one, interestsOf(one));
  }
  return recent;
}

function revisions(events: readonly StoreEvent[] | undefined): number[] | undefined {
  return events?.map(({ revision }) => revision);
}

test('an event is found by its keys and all their prefixes, once', () => {
  const two = event(1, 'port/a/mac/1', 'port/a/mac/2');
  assert.deepEqual(interestsOf(two), ['port/a/mac/1', 'port/', 'port/a/', 'port/a/mac/', 'port/a/mac/2']);
});

test('what concerned an interest after a revision is given in order', () => {
  const recent = filled(100, (revision) => `bridge/${revision % 10}`);
  const after = (revision: number, interest: string) => revisions(recent.after(revision as Revision, interest));
  assert.deepEqual(after(75, 'bridge/3'), [83, 93]);
  assert.deepEqual(after(83, 'bridge/3'), [93]);
  assert.deepEqual(after(93, 'bridge/3'), []);
  assert.equal(after(0, 'bridge/')?.length, 100);
  assert.deepEqual(after(0, 'router/'), []);
});

test('at the bound the oldest are forgotten, and whoever asks for them is told so', () => {
  const recent = filled(10_500, (revision) => (revision < 500 ? 'old/one' : `new/${revision % 7}`));
  assert.equal(recent.after(999 as Revision, 'new/1'), undefined);
  assert.equal(recent.after(1_000 as Revision, 'new/')?.length, 9_500);
  assert.deepEqual(recent.after(1_000 as Revision, 'old/one'), []);
});

test('after the store went away nothing older is known', () => {
  const recent = filled(10, () => 'bridge/a');
  recent.reset(40 as Revision);
  assert.equal(recent.after(39 as Revision, 'bridge/a'), undefined);
  assert.deepEqual(recent.after(40 as Revision, 'bridge/a'), []);
});
