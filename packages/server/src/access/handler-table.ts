import type { Revision, Store } from '@midonet/store';
import { Batches } from '../batch/batches.ts';
import { Turnstile } from '../batch/turnstile.ts';
import { allHandlers } from '../handlers/all.ts';
import type { Handlers } from '../http/handlers.ts';
import { revisionOf } from '../history/moment.ts';
import { storeAt } from '../history/store-at.ts';
import { handlerSource, type HandlerSource, type SharedServices } from './handler-source.ts';
import { tenantOfIdentity, type Identity } from './identity.ts';
import type { Reach } from './policy.ts';
import { ScopedReader } from './scoped-reader.ts';
import { TenantScope } from './tenant-scope.ts';

/** Tenants whose handlers are kept at hand; others are put together again, which is cheap. */
const KEPT = 256;
/** Batches under way at once, and how many wait. */
const BATCHES = { inside: 2, line: 64 };

/**
 * The handlers, over all there is for whoever reaches all, and over what a tenant sees for its
 * people: the same code, which therefore cannot forget to ask whose something is.
 */
export class HandlerTable {
  readonly #shared: SharedServices;
  readonly #source: HandlerSource;
  readonly #turnstile: Turnstile;
  readonly #tenants = new Map<string, Handlers>();
  readonly batches: Batches;
  #all: Handlers | undefined;

  constructor(store: Store, shared: SharedServices, turnstile = new Turnstile(BATCHES)) {
    this.#shared = shared;
    this.#turnstile = turnstile;
    this.#source = handlerSource(store, shared);
    const { metrics, limits } = shared;
    this.batches = new Batches({ store, metrics, limits, turnstile, over: (draft) => this.over(draft) });
  }

  /** The same on another store: a draft. */
  over(store: Store): HandlerTable {
    return new HandlerTable(store, this.#shared, this.#turnstile);
  }

  /** The same on the topology as it was at a revision. Who may is asked now; whose it was, then. */
  at(revision: Revision): HandlerTable {
    const store = storeAt(this.#source.store, revision);
    return new HandlerTable(
      store,
      { ...this.#shared, reports: undefined, auditTrail: this.#shared.auditTrail.over(store) },
      this.#turnstile,
    );
  }

  revisionOf(at: string): Promise<Revision> {
    return revisionOf(this.#source.store, 'at', at);
  }

  for(identity: Identity, reach: Reach): Handlers {
    if (reach === 'all') return (this.#all ??= allHandlers({ ...this.#source, batches: this.batches, provider: true }));
    // Nobody has the empty tenant, so a caller without one sees nothing.
    const tenantId = tenantOfIdentity(identity) ?? '\0';
    const kept = this.#tenants.get(tenantId);
    this.#tenants.delete(tenantId);
    const handlers = kept ?? this.#within(tenantId);
    this.#tenants.set(tenantId, handlers);
    const [oldest] = this.#tenants.keys();
    if (this.#tenants.size > KEPT && oldest !== undefined) this.#tenants.delete(oldest);
    return handlers;
  }

  #within(tenantId: string): Handlers {
    const { reader, writer } = this.#source;
    const scope = new TenantScope(tenantId, reader);
    return allHandlers({
      ...this.#source,
      batches: this.batches,
      reader: new ScopedReader(reader, tenantId),
      writer: writer.within(scope),
      provider: false,
    });
  }
}
