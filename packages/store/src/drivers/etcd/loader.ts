import type { Commit } from '../../core/backend.ts';
import { StoreError, type LeaseId, type Revision, type StoreEntry } from '../../store.ts';
import type { KeyRange, Layout } from './layout.ts';
import { decodeEntry, decodeLease, decodeRecord, decodeRevision, type LeaseRow } from './record.ts';
import type { Connection } from './rpc/connection.ts';
import type { KeyValue } from './rpc/messages.ts';
import { RpcError } from './rpc/rpc-error.ts';

/** A lease of the store with etcd's revision of its row. */
export type KnownLease = LeaseRow & { readonly mod: number };

/** Everything of the store at one revision of etcd. */
export type Snapshot = {
  /** Of etcd: a watch goes on behind it. */
  readonly etcdRevision: number;
  /** etcd's revision of the `format` key. */
  readonly formatMod: number;
  /** etcd's revision of the `head` key: what the next transaction compares. */
  readonly headMod: number;
  readonly compacted: Revision;
  /** As of `compacted`. */
  readonly base: readonly StoreEntry[];
  /** After `compacted`, without gaps. */
  readonly commits: readonly Commit[];
  readonly leases: ReadonlyMap<LeaseId, KnownLease>;
  readonly sessions: ReadonlySet<string>;
  /** Some of the log is forgotten but not folded into `data` yet. */
  readonly unfolded: boolean;
};

const PAGE = 1000;

/** Reads the whole store. Starts over when etcd compacts the revision away meanwhile. */
export async function loadSnapshot(connection: Connection, layout: Layout, deadline: number): Promise<Snapshot> {
  for (;;) {
    try {
      return await attempt(connection, layout, deadline);
    } catch (error) {
      if (!(error instanceof RpcError && error.compacted)) throw error;
    }
  }
}

/**
 * Pages through a key range at one revision of etcd (default: now, the first answer says which).
 * Answers are bounded by what gRPC accepts (4 MiB): a page that is larger is asked for again by halves.
 */
export async function* pages(
  connection: Connection,
  range: KeyRange,
  deadline: number,
  at?: number,
): AsyncGenerator<{ readonly kvs: readonly KeyValue[]; readonly etcdRevision: number }> {
  let { key } = range;
  let revision = at;
  let limit = PAGE;
  for (;;) {
    let answer;
    try {
      const request = { key, range_end: range.range_end, limit, ...(revision !== undefined && { revision }) };
      answer = await connection.ask('KV.Range', request, deadline);
    } catch (error) {
      if (!(error instanceof RpcError && error.answerTooLarge) || limit === 1) throw error;
      limit = Math.ceil(limit / 2);
      continue;
    }
    revision ??= Number(answer.header.revision);
    yield { kvs: answer.kvs, etcdRevision: revision };
    const last = answer.kvs.at(-1);
    if (!answer.more || last === undefined) return;
    key = Buffer.concat([last.key, Buffer.from([0])]); // the first key behind it
  }
}

async function attempt(connection: Connection, layout: Layout, deadline: number): Promise<Snapshot> {
  const base = new Map<string, StoreEntry>();
  const log: Commit[] = [];
  const leases = new Map<LeaseId, KnownLease>();
  const sessions = new Set<string>();
  let compacted = 0 as Revision; // brand: a store starts at revision 0
  let head: { readonly revision: Revision; readonly mod: number } | undefined;
  let etcdRevision = 0;
  let formatMod = 0;
  for await (const page of pages(connection, layout.everything, deadline)) {
    etcdRevision = page.etcdRevision;
    for (const { key, value, mod_revision } of page.kvs) {
      const place = layout.parse(key);
      switch (place?.kind) {
        case 'head':
          head = { revision: decodeRevision('head', value), mod: Number(mod_revision) };
          break;
        case 'compacted':
          compacted = decodeRevision('compacted', value);
          break;
        case 'log':
          log.push(decodeRecord(place.revision, value).commit);
          break;
        case 'data':
          base.set(place.key, decodeEntry(place.key, value));
          break;
        case 'lease':
          leases.set(place.id, { ...decodeLease(place.id, value), mod: Number(mod_revision) });
          break;
        case 'session':
          sessions.add(place.id);
          break;
        case 'format':
          formatMod = Number(mod_revision);
          break;
        case undefined:
          break;
      }
    }
  }
  if (head === undefined) throw new StoreError('corrupt', 'the store in etcd has no head; restore a backup');
  const commits = log.filter(({ revision }) => revision > compacted);
  checkUnbroken(commits, compacted, head.revision);
  // What is forgotten but not folded in yet, or only in part: putting it in again changes nothing.
  for (const commit of log) if (commit.revision <= compacted) fold(base, commit);
  const unfolded = commits.length < log.length;
  return {
    etcdRevision,
    formatMod,
    headMod: head.mod,
    compacted,
    base: [...base.values()],
    commits,
    leases,
    sessions,
    unfolded,
  };
}

function fold(base: Map<string, StoreEntry>, { changes }: Commit): void {
  for (const change of changes) {
    if (change.kind === 'put') base.set(change.entry.key, change.entry);
    else base.delete(change.key);
  }
}

function checkUnbroken(commits: readonly Commit[], compacted: Revision, head: Revision): void {
  const broken = commits.findIndex(({ revision }, index) => revision !== compacted + 1 + index);
  if (broken >= 0 || commits.length !== head - compacted) {
    throw new StoreError(
      'corrupt',
      `the log of the store in etcd has a gap between revision ${compacted} and ${head}; restore a backup`,
    );
  }
}
