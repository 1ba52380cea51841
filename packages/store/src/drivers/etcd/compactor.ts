import type { Fence } from './fence.ts';
import type { Layout } from './layout.ts';
import { pages } from './loader.ts';
import { decodeRecord, decodeRevision, encodeEntry } from './record.ts';
import type { Connection } from './rpc/connection.ts';
import type { RequestOp } from './rpc/messages.ts';
import { put, unchanged } from './transactor.ts';
import type { Revision, StoreChange } from '../../store.ts';

const MAX_OPERATIONS = 100;
const MAX_BYTES = 512 * 1024;
/** etcd's own history is needed by watches that were away; beyond it they read the log instead. */
const ETCD_HISTORY_MS = 5 * 60_000;
const MARK_EVERY_MS = 60_000;

/**
 * Tidies up behind the `compacted` mark: folds the forgotten part of the log into `data`, and lets etcd
 * forget its old revisions. May stop anywhere and be done again, by any controller: nothing that is
 * half folded is ever read, as the log stays until all of it is in.
 */
export class Compactor {
  readonly #connection: Connection;
  readonly #layout: Layout;
  readonly #fence: Fence;
  readonly #stepMs: number;
  readonly #marks: { readonly at: number; readonly etcdRevision: number }[] = [];
  readonly #timer: NodeJS.Timeout;
  #work: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(
    { connection, layout, fence }: { connection: Connection; layout: Layout; fence: Fence },
    options: { stepMs: number; seen: () => number },
  ) {
    this.#connection = connection;
    this.#layout = layout;
    this.#fence = fence;
    this.#stepMs = options.stepMs;
    this.#timer = setInterval(() => this.#mark(options.seen()), MARK_EVERY_MS);
    this.#timer.unref();
  }

  /** After the `compacted` mark was moved. Failures are left to the next time. */
  fold(): void {
    this.#work = this.#work.then(() => this.#fold()).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#work;
  }

  async #fold(): Promise<void> {
    const key = this.#layout.compacted;
    const answer = await this.#connection.ask('KV.Range', { key }, this.#deadline());
    const row = answer.kvs[0];
    if (row === undefined) return;
    const until = decodeRevision('compacted', row.value);
    const mark = unchanged(key, Number(row.mod_revision));
    const changes = await this.#forgotten(until);
    for (const success of chunks(changes, this.#layout)) {
      if (!(await this.#write(mark, success))) return;
    }
    await this.#write(mark, [{ request_delete_range: this.#layout.logsUpTo(until) }]);
  }

  /** The last change of each key in the log up to `until`. */
  async #forgotten(until: Revision): Promise<ReadonlyMap<string, StoreChange>> {
    const last = new Map<string, StoreChange>();
    for await (const { kvs } of pages(this.#connection, this.#layout.logsUpTo(until), this.#deadline())) {
      for (const { key, value } of kvs) {
        const place = this.#layout.parse(key);
        if (place?.kind !== 'log') continue;
        for (const change of decodeRecord(place.revision, value).commit.changes) {
          last.set(change.kind === 'put' ? change.entry.key : change.key, change);
        }
      }
    }
    return last;
  }

  /** False when the mark was moved on, or the layout: whoever did that folds all of it. */
  async #write(mark: ReturnType<typeof unchanged>, success: readonly RequestOp[]): Promise<boolean> {
    if (this.#closed) return false;
    const compare = [this.#fence.condition, mark];
    const answer = await this.#connection.ask('KV.Txn', { compare, success, failure: [] }, this.#deadline());
    return answer.succeeded;
  }

  #mark(etcdRevision: number): void {
    const now = performance.now();
    this.#marks.push({ at: now, etcdRevision });
    const old = this.#marks.findLastIndex(({ at }) => at <= now - ETCD_HISTORY_MS);
    const mark = this.#marks[old];
    if (mark === undefined) return;
    this.#marks.splice(0, old + 1);
    // Refused when another controller, or the operator's own policy, was there first.
    this.#connection.ask('KV.Compact', { revision: mark.etcdRevision }, this.#deadline()).catch(() => undefined);
  }

  #deadline(): number {
    return performance.now() + this.#stepMs;
  }
}

function* chunks(changes: ReadonlyMap<string, StoreChange>, layout: Layout): Generator<RequestOp[]> {
  let chunk: RequestOp[] = [];
  let bytes = 0;
  for (const [name, change] of changes) {
    const key = layout.entry(name);
    const value = change.kind === 'put' ? encodeEntry(change.entry) : undefined;
    const size = key.length + (value?.length ?? 0);
    if (chunk.length >= MAX_OPERATIONS || (chunk.length > 0 && bytes + size > MAX_BYTES)) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(value === undefined ? { request_delete_range: { key } } : put(key, value));
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}
