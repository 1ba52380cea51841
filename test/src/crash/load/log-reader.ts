import type { Revision, Store } from '@midonet/store';
import type { Final, Logged } from '../history.ts';

/** What the store did, revision by revision, each read once. */
export class LogReader {
  #next = 1;

  /** All that came since the last time. */
  async *read(store: Store): AsyncGenerator<Logged> {
    const last = await store.revision();
    while (this.#next <= last) {
      const event = await store.event(this.#next as Revision); // brand: counted up to the store's own
      if (event === undefined) throw new Error(`the store is at ${last} and does not know revision ${this.#next}`);
      const { revision, at, author } = event;
      const changes = event.changes.map((change) =>
        change.kind === 'put'
          ? ([change.entry.key, change.entry.value, change.entry.lease ?? null] as const)
          : ([change.key, null, null] as const),
      );
      yield { kind: 'log', revision, at, user: author.user, changes };
      this.#next++;
    }
  }

  /** What is there, as of the last revision that was read. */
  async end(store: Store): Promise<Final> {
    const revision = (this.#next - 1) as Revision;
    const { entries } = await store.list('', { at: revision });
    return { kind: 'final', revision, items: entries.map(({ key, value }) => [key, value] as const) };
  }
}
