import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { StoreEntry, Write } from '../../src/store.ts';
import type { OpenStore } from '../compliance.ts';
import { ManualClock } from '../manual-clock.ts';
import { Recorder } from '../recorder.ts';
import { at, author } from './steps.ts';

const key = fc.constantFrom('a', 'a/1', 'a/2', 'a/2/x', 'b', 'b/1', 'c');
const write: fc.Arbitrary<Write> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('put' as const), key, value: fc.string({ maxLength: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), key }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('deletePrefix' as const), prefix: fc.constantFrom('', 'a/', 'b') }),
  },
);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.array(write, { maxLength: 4 }) },
  { weight: 1, arbitrary: fc.record({ compactBack: fc.nat(5) }) },
);

/** Random transactions and compactions against a Map: the present, every kept revision, and the watches agree. */
export function modelCases(name: string, open: OpenStore): void {
  test(`${name}: any history reads, lists and watches as the model does`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const store = await open({ clock: new ManualClock() });
        const states = [new Map<string, string>()];
        const watched = new Recorder();
        await store.watch('', at(0), watched);
        let compacted = 0;
        for (const action of steps) {
          if (!Array.isArray(action)) {
            compacted = Math.max(compacted, states.length - 1 - action.compactBack);
            await store.compact(at(compacted));
            continue;
          }
          const result = await store.commit({ author, conditions: [], writes: action });
          assert.ok(result.kind === 'committed');
          const next = applied(states.at(-1)!, action);
          if (result.revision === states.length) states.push(next);
          else assert.deepEqual(next, states.at(-1));
        }
        for (let revision = compacted; revision < states.length; revision++) {
          const { entries } = await store.list('', { at: at(revision) });
          assert.deepEqual(asPairs(entries), [...states[revision]!].sort());
        }
        assert.deepEqual(replayed(watched), [...states.at(-1)!].sort());
        const resumed = new Recorder();
        await store.watch('', at(compacted), resumed);
        await resumed.until(({ events }) => events.length === states.length - 1 - compacted);
        assert.deepEqual(resumed.lines(), watched.lines().slice(compacted));
        await store.close();
      }),
      { numRuns: 60 },
    );
  });
}

function applied(before: ReadonlyMap<string, string>, writes: readonly Write[]): Map<string, string> {
  const after = new Map(before);
  for (const one of writes) {
    if (one.kind === 'put') after.set(one.key, one.value);
    else if (one.kind === 'delete') after.delete(one.key);
    else for (const known of [...after.keys()]) if (known.startsWith(one.prefix)) after.delete(known);
  }
  return after;
}

function asPairs(entries: readonly StoreEntry[]): [string, string][] {
  return entries.map((entry) => [entry.key, entry.value]);
}

function replayed(recorder: Recorder): [string, string][] {
  const state = new Map<string, string>();
  for (const change of recorder.events.flatMap((event) => event.changes)) {
    if (change.kind === 'put') state.set(change.entry.key, change.entry.value);
    else state.delete(change.key);
  }
  return [...state].sort();
}
