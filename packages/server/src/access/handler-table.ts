import { allHandlers } from '../handlers/all.ts';
import type { Services } from '../handlers/services.ts';
import type { Handlers } from '../http/handlers.ts';
import type { Revision } from '@midonet/store';
import { revisionOf } from '../history/moment.ts';
import { storeAt } from '../history/store-at.ts';
import { QuotaBook } from '../quota/quota-book.ts';
import { TopologyReader } from '../topology/reader.ts';
import { AccessStore } from './access-store.ts';
import { tenantOfIdentity, type Identity } from './identity.ts';
import type { Reach } from './policy.ts';
import { ScopedReader } from './scoped-reader.ts';
import { TenantScope } from './tenant-scope.ts';

/** Tenants whose handlers are kept at hand; others are put together again, which is cheap. */
const KEPT = 256;

export type HandlerSource = Omit<Services, 'reader' | 'provider'> & { readonly reader: TopologyReader };

/**
 * The handlers, over all there is for whoever reaches all, and over what a tenant sees for its
 * people: the same code, which therefore cannot forget to ask whose something is.
 */
export class HandlerTable {
  readonly #source: HandlerSource;
  readonly #all: Handlers;
  readonly #tenants = new Map<string, Handlers>();

  constructor(source: HandlerSource) {
    this.#source = source;
    this.#all = allHandlers({ ...source, provider: true });
  }

  for(identity: Identity, reach: Reach): Handlers {
    if (reach === 'all') return this.#all;
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

  /** The same on the topology as it was at a revision. Who may is asked now; whose it was, then. */
  at(revision: Revision, identity: Identity, reach: Reach): Handlers {
    const store = storeAt(this.#source.store, revision);
    const reader = new TopologyReader(store);
    const access = new AccessStore(store, this.#source.clock);
    const quotas = new QuotaBook(access, reader);
    const auditTrail = this.#source.auditTrail.over(store);
    return new HandlerTable({ ...this.#source, store, reader, access, quotas, auditTrail }).for(identity, reach);
  }

  revisionOf(at: string): Promise<Revision> {
    return revisionOf(this.#source.store, 'at', at);
  }

  #within(tenantId: string): Handlers {
    const { reader, writer } = this.#source;
    const scope = new TenantScope(tenantId, reader);
    return allHandlers({
      ...this.#source,
      reader: new ScopedReader(reader, tenantId),
      writer: writer.within(scope),
      provider: false,
    });
  }
}
