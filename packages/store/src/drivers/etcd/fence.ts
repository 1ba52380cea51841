import { StoreError, StoreUpgraded } from '../../store.ts';
import type { Layout } from './layout.ts';
import type { Compare } from './rpc/messages.ts';
import { unchanged } from './transactor.ts';

/**
 * The layout that this program found when it opened the store: a condition of every write, so that a
 * controller which still runs when a newer one rewrites the layout puts nothing in the old form behind it.
 */
export class Fence {
  readonly #key: Buffer;
  readonly #mod: number;

  /** `mod`: etcd's revision of the `format` key. */
  constructor(layout: Layout, mod: number) {
    this.#key = layout.format;
    this.#mod = mod;
  }

  get condition(): Compare {
    return unchanged(this.#key, this.#mod);
  }

  get key(): Buffer {
    return this.#key;
  }

  /** Throws StoreUpgraded when `format` was written since, StoreError 'corrupt' when it is gone (0). */
  check(mod: number): void {
    if (mod === this.#mod) return;
    if (mod === 0) throw new StoreError('corrupt', 'the store was deleted from etcd; restart');
    throw new StoreUpgraded(
      'a newer controller upgrades the layout of the store in etcd: upgrade this one too; it stops',
    );
  }
}
