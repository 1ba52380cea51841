import { auditRecord, type AuditRecord } from '@midonet/contract';
import type { Store, Write } from '@midonet/store';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Metrics } from '../metrics.ts';
import { AUDIT_PREFIX, auditKeyAt } from './audit-write.ts';

export type AuditRetention = { readonly records: number; readonly ms: number };
export const AUDIT_RETENTION: AuditRetention = { records: 100_000, ms: 90 * 86_400_000 };

export type AuditModules = {
  readonly store: Store;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
};

export type AuditQuestion = {
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly limit: number;
  /** The id of a record: only what was written before that. */
  readonly before?: string | undefined;
  readonly wanted: (record: AuditRecord) => boolean;
};

const PAGE = 1000;
const PRUNE_MS = 10 * 60_000;

/** The audit records: found again, and kept within bounds. They are written with the changes themselves. */
export class AuditTrail {
  readonly #retention: AuditRetention;
  readonly #modules: AuditModules;
  #cancel: () => void = () => undefined;

  constructor(retention: AuditRetention, modules: AuditModules) {
    this.#retention = retention;
    this.#modules = modules;
  }

  /** Prunes now and every ten minutes. */
  start(): void {
    void this.prune()
      .catch((error: unknown) => this.#modules.logger.warn({ err: error }, 'the audit trail could not be pruned'))
      .finally(() => (this.#cancel = this.#modules.clock.schedule(PRUNE_MS, () => this.start())));
  }

  stop(): void {
    this.#cancel();
  }

  /** The records that another view of the store has. */
  over(store: Store): AuditTrail {
    return new AuditTrail(this.#retention, { ...this.#modules, store });
  }

  /** The newest `limit` that are wanted, oldest first. */
  async find({ since, limit, before, wanted }: AuditQuestion): Promise<AuditRecord[]> {
    const found: AuditRecord[] = [];
    for await (const { key, value } of this.#entries(auditKeyAt(since))) {
      if (before !== undefined && key >= AUDIT_PREFIX + before) break;
      const decoded = auditRecord.safeParse(JSON.parse(value));
      if (!decoded.success || !wanted(decoded.data)) continue;
      found.push(decoded.data);
      if (found.length > 2 * limit) found.splice(0, found.length - limit);
    }
    return found.slice(-limit);
  }

  /** Deletes what is too old, then the oldest beyond the number that is kept. */
  async prune(): Promise<number> {
    const { store, clock, metrics } = this.#modules;
    const horizon = auditKeyAt(clock.now() - this.#retention.ms);
    const keys: string[] = [];
    for await (const { key } of this.#entries(AUDIT_PREFIX)) keys.push(key);
    const tooMany = keys.length - this.#retention.records;
    const gone = keys.filter((key, index) => index < tooMany || key < horizon);
    for (let at = 0; at < gone.length; at += PAGE) {
      const writes: Write[] = gone.slice(at, at + PAGE).map((key) => ({ kind: 'delete', key }));
      await store.commit({ author: { user: 'system', from: 'audit retention' }, conditions: [], writes });
    }
    metrics.auditPruned.inc(gone.length);
    return gone.length;
  }

  async *#entries(from: string): AsyncGenerator<{ readonly key: string; readonly value: string }> {
    const { store } = this.#modules;
    let after = from;
    for (;;) {
      const page = await store.list(AUDIT_PREFIX, { limit: PAGE, after });
      yield* page.entries;
      const last = page.entries.at(-1)?.key;
      if (!page.more || last === undefined) return;
      after = last;
    }
  }
}
