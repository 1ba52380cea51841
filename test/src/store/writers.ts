import assert from 'node:assert/strict';
import { StoreError, type Revision, type Store } from '@midonet/store';
import type { Recorder } from '@midonet/store/testing';

export const author = { user: 'tester' };

export async function put(store: Store, key: string, value = ''): Promise<Revision> {
  const result = await store.commit({ author, conditions: [], writes: [{ kind: 'put', key, value }] });
  assert.ok(result.kind === 'committed');
  return result.revision;
}

/** Writers that note what was acknowledged; a write with an unknown outcome is not tried again. */
export class Writers {
  /** Revision by key. */
  readonly acknowledged = new Map<string, Revision>();
  unknown = 0;
  slowestMs = 0;
  readonly #store: Store;
  readonly #loops: Promise<void>[];
  #next = 0;
  #stopped = false;
  #wake: (() => void) | undefined;

  constructor(store: Store, count: number) {
    this.#store = store;
    this.#loops = Array.from({ length: count }, () => this.#loop());
  }

  async until(count: number): Promise<void> {
    while (this.acknowledged.size < count) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }

  async #loop(): Promise<void> {
    while (!this.#stopped) {
      const key = `w/${this.#next++}`;
      const start = performance.now();
      try {
        this.acknowledged.set(key, await put(this.#store, key));
      } catch (error) {
        if (!(error instanceof StoreError && error.code === 'unavailable')) throw error;
        this.unknown++;
      }
      this.slowestMs = Math.max(this.slowestMs, performance.now() - start);
      this.#wake?.();
    }
  }
}

/** Every acknowledged write is there, at its revision; the watch had each revision once, in order, with those writes. */
export async function checkNothingLost(store: Store, writers: Writers, watched: Recorder): Promise<void> {
  const revision = await store.revision();
  await watched.until(({ events }) => events.at(-1)?.revision === revision);
  assert.deepEqual(
    watched.events.map((event) => Number(event.revision)),
    Array.from({ length: revision }, (_, i) => i + 1),
  );
  const told = new Map(
    watched.events.flatMap(({ changes, revision: at }) =>
      changes.map((change) => [change.kind === 'put' ? change.entry.key : change.key, at]),
    ),
  );
  for (const [key, at] of writers.acknowledged) {
    assert.equal((await store.get(key, revision))?.modified, at, key);
    assert.equal(told.get(key), at, key);
  }
  const stored = (await store.list('w/')).entries.length;
  assert.ok(stored <= writers.acknowledged.size + writers.unknown, 'nothing was written twice');
}
