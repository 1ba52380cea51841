import { newHost } from '@midonet/contract';
import { StoreError, StoreFull, type Author, type LeaseId, type Store } from '@midonet/store';
import type { HostId } from '@midonet/topology';
import { Refusal } from '../http/problem.ts';
import type { TopologyReader } from '../topology/reader.ts';
import type { TopologyWriter } from '../topology/writer.ts';

export type Registration = { readonly id: HostId; readonly name: string; readonly author: Author };

/** Makes agents' hosts known, and hands out the leases their rows hang on. */
export class HostRegistry {
  readonly #store: Store;
  readonly #reader: TopologyReader;
  readonly #writer: TopologyWriter;

  constructor(modules: { readonly store: Store; readonly reader: TopologyReader; readonly writer: TopologyWriter }) {
    this.#store = modules.store;
    this.#reader = modules.reader;
    this.#writer = modules.writer;
  }

  /** Creates the host an agent speaks for, or adopts it; the agent says what it is called. */
  async register({ id, name, author }: Registration): Promise<void> {
    const known = await this.#reader.get('host', id);
    if (known === undefined) {
      try {
        await this.#writer.create(
          newHost({ id, name }, () => id),
          author,
        );
      } catch (error) {
        // Two connections of one agent may come at once: the host is there, which is what counts.
        if (!(error instanceof Refusal && error.status === 409)) throw error;
      }
    } else if (known.name !== name) {
      await this.#writer.update('host', id, (old) => ({ ...old, name }), author);
    }
  }

  /**
   * The lease to go on with: the one presented while it lasts, provided it is this host's (its
   * hostAlive row hangs on it), a new one otherwise.
   */
  async lease(hostId: HostId, presented: string | undefined, ttlMs: number): Promise<LeaseId> {
    if (presented !== undefined) {
      const alive = await this.#store.get(`hostAlive/${hostId}`);
      if (alive?.lease === presented) {
        try {
          await this.#store.renewLease(alive.lease);
          return alive.lease;
        } catch (error) {
          // It lives, though it is not renewed: in a full store no lease ends.
          if (error instanceof StoreFull) return alive.lease;
          if (!(error instanceof StoreError && error.code === 'leaseGone')) throw error;
        }
      }
    }
    return this.#store.grantLease(ttlMs);
  }
}
