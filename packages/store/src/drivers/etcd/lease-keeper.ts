import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { LeaseTable } from '../../core/lease-table.ts';
import { MAX_LEASES } from '../../limits.ts';
import { StoreError, type LeaseId } from '../../store.ts';
import type { Fence } from './fence.ts';
import type { Freshness } from './freshness.ts';
import type { Layout } from './layout.ts';
import type { KnownLease } from './loader.ts';
import { decodeLease, encodeLease, type LeaseRow } from './record.ts';
import type { Replica } from './replica.ts';
import type { Connection } from './rpc/connection.ts';
import type { Session } from './session.ts';
import { put, ranges, unchanged } from './transactor.ts';

export type LeaseModules = {
  readonly connection: Connection;
  readonly layout: Layout;
  readonly fence: Fence;
  readonly replica: Replica;
  readonly freshness: Freshness;
  readonly clock: Clock;
  readonly session: Session;
  /** A lease that this controller looks after has run out. */
  readonly onExpire: (id: LeaseId) => void;
};

/**
 * Who looks after which lease. Its row in etcd names the controller that granted or last renewed it,
 * which alone keeps the time: renewing where it was renewed before costs etcd nothing, so a thousand
 * agents do not. Renewing elsewhere moves the row. When its controller goes, everybody gives the lease
 * one whole new term, as a restart of the embedded store does, and whoever hears of its agent takes it.
 */
export class LeaseKeeper {
  readonly #modules: LeaseModules;
  readonly #table: LeaseTable;

  constructor(modules: LeaseModules) {
    this.#modules = modules;
    this.#table = new LeaseTable(modules.clock, (id) => this.#onTimeout(id));
    this.consider(modules.replica.leases.keys());
    modules.session.onBack(() => this.#startOver());
  }

  /** True while a put may hang on it. */
  lives(id: LeaseId): boolean {
    const row = this.#modules.replica.leases.get(id);
    return row !== undefined && (!this.#inCharge(row) || this.#table.has(id));
  }

  /** etcd's revision of the row of a lease to be ended here; undefined when it is not this controller's to end. */
  expired(id: LeaseId): KnownLease | undefined {
    const row = this.#modules.replica.leases.get(id);
    return row !== undefined && this.#inCharge(row) && !this.#table.has(id) ? row : undefined;
  }

  /** Starts and stops keeping the time, after rows or sessions came or went. */
  consider(ids: Iterable<LeaseId>): void {
    const { leases } = this.#modules.replica;
    for (const id of ids) {
      const row = leases.get(id);
      if (row === undefined || !this.#inCharge(row)) this.#table.remove(id);
      else if (!this.#table.has(id)) this.#table.grant(id, row.ttlMs);
    }
  }

  async grant(ttlMs: number, deadline: number): Promise<LeaseId> {
    const { replica } = this.#modules;
    if (!Number.isFinite(ttlMs) || ttlMs <= 0) throw new StoreError('invalid', `a lease of ${ttlMs} ms`);
    if (replica.leases.size >= MAX_LEASES) {
      throw new StoreError('tooLarge', `${MAX_LEASES} leases are granted already; revoke some`);
    }
    const id = randomUUID() as LeaseId; // brand: made here
    if (!(await this.#write(id, { ttlMs, mod: 0 }, deadline))) throw new Error('an id was made twice');
    return id;
  }

  /** Throws StoreError 'leaseGone' when it has ended. */
  async renew(id: LeaseId, deadline: number): Promise<void> {
    const { replica, session, freshness } = this.#modules;
    for (;;) {
      let row = replica.leases.get(id);
      if (row === undefined) {
        // Granted elsewhere a moment ago, perhaps.
        await freshness.seen(await this.#modOf(id, deadline), deadline);
        row = replica.leases.get(id);
      }
      if (row === undefined || (this.#inCharge(row) && !this.#table.renew(id))) {
        throw new StoreError('leaseGone', `lease ${id} has ended`);
      }
      if (row.owner !== session.id) {
        if (await this.#write(id, row, deadline)) return;
      } else if (session.sure) return;
      else
        throw new StoreError(
          'unavailable',
          'etcd has not answered for a while; check that a majority of its members runs',
        );
    }
  }

  /** Before a commit that hangs keys on leases: those granted elsewhere may not have arrived yet. */
  async learn(ids: Iterable<LeaseId>, deadline: number): Promise<void> {
    const { replica, freshness } = this.#modules;
    for (const id of ids) {
      if (!replica.leases.has(id)) await freshness.seen(await this.#modOf(id, deadline), deadline);
    }
  }

  /** One more term for a lease that ran out, as it could not have been renewed. */
  again(id: LeaseId): void {
    const row = this.#modules.replica.leases.get(id);
    if (row !== undefined && this.#inCharge(row) && !this.#table.has(id)) this.#table.grant(id, row.ttlMs);
  }

  close(): void {
    this.#table.close();
  }

  /** Nobody could renew it while etcd was away: that time does not count. */
  #onTimeout(id: LeaseId): void {
    const { replica, session, onExpire } = this.#modules;
    const row = replica.leases.get(id);
    if (row !== undefined && !session.sure) this.#table.grant(id, row.ttlMs);
    else onExpire(id);
  }

  /** A whole new term for all that live, as after a restart. */
  #startOver(): void {
    for (const [id, row] of this.#modules.replica.leases) {
      if (this.#inCharge(row) && this.#table.has(id)) this.#table.grant(id, row.ttlMs);
    }
  }

  #inCharge({ owner }: LeaseRow): boolean {
    return owner === this.#modules.session.id || !this.#modules.replica.sessions.has(owner);
  }

  async #modOf(id: LeaseId, deadline: number): Promise<number> {
    const { connection, layout } = this.#modules;
    const answer = await connection.ask('KV.Range', { key: layout.lease(id) }, deadline);
    return Number(answer.kvs[0]?.mod_revision ?? 0);
  }

  /** Puts the row under this controller's name. False when it was changed meanwhile; the change is then known. */
  async #write(id: LeaseId, row: { readonly ttlMs: number; readonly mod: number }, deadline: number): Promise<boolean> {
    const { connection, layout, fence, replica, session, freshness } = this.#modules;
    const owner = session.id;
    const key = layout.lease(id);
    const request = {
      compare: [fence.condition, unchanged(key, row.mod)],
      success: [put(key, encodeLease({ owner, ttlMs: row.ttlMs }))],
      failure: [fence.key, key, layout.head].map((asked) => ({ request_range: { key: asked } })),
    };
    const answer = await connection.ask('KV.Txn', request, deadline);
    let mod = Number(answer.header.revision);
    if (!answer.succeeded) {
      const [format, found, head] = ranges(answer).map((range) => range.kvs[0]);
      // Ours although the comparison failed: the answer to an earlier attempt was lost.
      if (found === undefined || decodeLease(id, found.value).owner !== owner) {
        fence.check(Number(format?.mod_revision ?? 0));
        await freshness.seen(Number((found ?? head)?.mod_revision ?? 0), deadline);
        return false;
      }
      mod = Number(found.mod_revision);
    }
    this.#table.grant(id, row.ttlMs);
    replica.onLease(id, { owner, ttlMs: row.ttlMs, mod });
    return true;
  }
}
