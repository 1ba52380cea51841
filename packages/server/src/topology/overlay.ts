import type { Revision, Store } from '@midonet/store';
import type { PlanCondition, PlanSource, PlanWrite } from '@midonet/topology';

/**
 * The store with writes on top that are not made yet, so that several plans become one transaction:
 * each is planned on what those before it leave behind.
 */
export class Overlay implements PlanSource<Revision> {
  readonly writes: PlanWrite[] = [];
  readonly conditions: PlanCondition<Revision>[] = [];
  readonly #store: Pick<Store, 'get' | 'list'>;
  /** Undefined: deleted. */
  readonly #written = new Map<string, string | undefined>();
  readonly #cleared: string[] = [];

  constructor(store: Pick<Store, 'get' | 'list'>) {
    this.#store = store;
  }

  async get(key: string): Promise<{ readonly value: string; readonly modified: Revision } | undefined> {
    if (!this.#covers(key)) return this.#store.get(key);
    const value = this.#written.get(key);
    return value === undefined ? undefined : { value, modified: 0 as Revision }; // brand: its conditions are left out
  }

  async list(prefix: string): ReturnType<PlanSource<Revision>['list']> {
    const { entries, revision } = await this.#store.list(prefix);
    const merged = new Map(entries.filter(({ key }) => !this.#covers(key)).map(({ key, value }) => [key, value]));
    for (const [key, value] of this.#written) {
      if (value !== undefined && key.startsWith(prefix)) merged.set(key, value);
    }
    const sorted = [...merged].sort(([a], [b]) => (a < b ? -1 : 1));
    return { entries: sorted.map(([key, value]) => ({ key, value })), revision };
  }

  /** Adds a plan. What it read of earlier plans' writes is held by those; the rest must hold in the store. */
  add(writes: readonly PlanWrite[], conditions: readonly PlanCondition<Revision>[]): void {
    for (const condition of conditions) {
      if (condition.kind === 'unchangedSince' || !this.#covers(condition.key)) this.conditions.push(condition);
    }
    for (const write of writes) {
      this.writes.push(write);
      switch (write.kind) {
        case 'put':
          this.#written.set(write.key, write.value);
          break;
        case 'delete':
          this.#written.set(write.key, undefined);
          break;
        case 'deletePrefix':
          this.#cleared.push(write.prefix);
          for (const key of this.#written.keys()) if (key.startsWith(write.prefix)) this.#written.set(key, undefined);
          break;
      }
    }
  }

  #covers(key: string): boolean {
    return this.#written.has(key) || this.#cleared.some((prefix) => key.startsWith(prefix));
  }
}
