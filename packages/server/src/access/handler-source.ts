import type { Store } from '@midonet/store';
import type { Services } from '../handlers/services.ts';
import type { Metrics } from '../metrics.ts';
import { QuotaBook } from '../quota/quota-book.ts';
import { Bookkeeper } from '../topology/bookkeeper.ts';
import { TopologyReader } from '../topology/reader.ts';
import { TopologyWriter } from '../topology/writer.ts';
import { AccessStore } from './access-store.ts';

export type HandlerSource = Omit<Services, 'reader' | 'provider' | 'batches'> & { readonly reader: TopologyReader };

/** What stays the same whichever store is read and written. */
export type SharedServices = Pick<
  Services,
  'authenticator' | 'passwords' | 'auditTrail' | 'limits' | 'reports' | 'clock' | 'version'
> & { readonly metrics: Metrics };

/** What handlers work with on that store: the real one, or a draft over it. */
export function handlerSource(store: Store, { metrics, ...shared }: SharedServices): HandlerSource {
  const { clock } = shared;
  const access = new AccessStore(store, clock);
  const reader = new TopologyReader(store);
  const quotas = new QuotaBook(access, reader);
  const writer = new TopologyWriter(store, { metrics, bookkeeper: new Bookkeeper({ reader, quotas, clock }) });
  return { ...shared, store, access, reader, quotas, writer };
}
