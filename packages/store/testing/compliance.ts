import type { Clock } from '../src/clock.ts';
import type { Retention } from '../src/core/core-store.ts';
import type { Store } from '../src/store.ts';
import { historyCases } from './compliance/history.ts';
import { leaseCases } from './compliance/leases.ts';
import { modelCases } from './compliance/model.ts';
import { transactionCases } from './compliance/transactions.ts';
import { watchCases } from './compliance/watches.ts';

export type OpenStore = (options: {
  readonly clock: Clock;
  readonly watchQueue?: number;
  readonly retention?: Retention;
}) => Promise<Store>;

/** What every driver of the Store interface must do. Call it in the driver's own test with a way to open an empty store. */
export function storeCompliance(name: string, open: OpenStore): void {
  transactionCases(name, open);
  watchCases(name, open);
  leaseCases(name, open);
  historyCases(name, open);
  modelCases(name, open);
}
