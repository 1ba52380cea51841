import { systemClock, type Clock } from '../../clock.ts';
import { CoreStore, type Retention } from '../../core/core-store.ts';
import { DEFAULT_WATCH_QUEUE } from '../../limits.ts';
import type { Store } from '../../store.ts';
import { MemoryBackend } from './memory-backend.ts';

export type MemoryStoreOptions = {
  readonly clock?: Clock | undefined;
  /** Default: the last 100,000 revisions. */
  readonly retention?: Retention | undefined;
  /** Events that may wait for one watcher before its watch ends with 'overflow'. */
  readonly watchQueue?: number | undefined;
};

/** A store that lives and dies with the process: tests, what-if, thousands of simulated hosts. */
export function openMemoryStore(options: MemoryStoreOptions = {}): Store {
  return new CoreStore(new MemoryBackend(), {
    clock: options.clock ?? systemClock,
    retention: options.retention ?? { revisions: 100_000 },
    watchQueue: options.watchQueue ?? DEFAULT_WATCH_QUEUE,
  });
}
