import { systemClock, type Clock } from '../../clock.ts';
import { CoreStore, type Retention } from '../../core/core-store.ts';
import { DEFAULT_WATCH_QUEUE } from '../../limits.ts';
import type { Store } from '../../store.ts';
import { EmbeddedBackend } from './embedded-backend.ts';

export type EmbeddedStoreOptions = {
  /** The database file; made, with its folder, when it does not exist. A `-wal` file lives beside it. */
  readonly file: string;
  readonly clock?: Clock | undefined;
  /** Default: the last million revisions. */
  readonly retention?: Retention | undefined;
  readonly watchQueue?: number | undefined;
};

/**
 * A store in one SQLite file, for one controller. Throws StoreError 'corrupt' when the file is cut
 * short, damaged or not a store, 'unavailable' when another process has it open.
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  return new CoreStore(new EmbeddedBackend(options.file), {
    clock: options.clock ?? systemClock,
    retention: options.retention ?? { revisions: 1_000_000 },
    watchQueue: options.watchQueue ?? DEFAULT_WATCH_QUEUE,
  });
}
