import type { Draft } from './draft.ts';
import type { Fence } from './fence.ts';
import type { Freshness } from './freshness.ts';
import type { Layout } from './layout.ts';
import { decodeRecord, encodeRevision } from './record.ts';
import type { Replica } from './replica.ts';
import type { Connection } from './rpc/connection.ts';
import type { Compare, RangeResponse, RequestOp, TxnRequest, TxnResponse } from './rpc/messages.ts';

export function unchanged(key: Buffer, mod: number): Compare {
  return { result: 'EQUAL', target: 'MOD', key, mod_revision: mod };
}

export function put(key: Buffer, value: Buffer, lease?: string): RequestOp {
  return { request_put: { key, value, ...(lease !== undefined && { lease }) } };
}

export function ranges(answer: TxnResponse): RangeResponse[] {
  return answer.responses.map(({ response_range }) => response_range).filter((range) => range != null);
}

export type TransactModules = {
  readonly connection: Connection;
  readonly layout: Layout;
  readonly fence: Fence;
  readonly replica: Replica;
  readonly freshness: Freshness;
};

/**
 * Brings a draft into etcd. True: it is there, once, and in the replica. False: somebody else was
 * faster; the replica has caught up, plan again.
 *
 * A lost answer leaves open whether etcd did it. Asking again is safe: both requests compare the same
 * revision of `head` and move it, so etcd does one of them at most, and each record carries the name
 * of its batch, so a comparison that fails because the first request was done shows our own record.
 * When no answer comes until `deadline` this throws, and the writer knows no more than that.
 */
export async function transact(modules: TransactModules, draft: Draft, deadline: number): Promise<boolean> {
  const { connection, layout, fence, replica, freshness } = modules;
  const answer = await connection.ask('KV.Txn', requestOf(layout, fence, draft), deadline);
  let etcdRevision = Number(answer.header.revision);
  if (!answer.succeeded) {
    const [format, head, own, ...leases] = ranges(answer);
    const first = draft.records[0];
    const record = first === undefined ? undefined : own?.kvs[0];
    if (first === undefined || record === undefined || !isOurs(draft, record.value)) {
      fence.check(Number(format?.kvs[0]?.mod_revision ?? 0));
      const rows = [head, ...leases].flatMap((range) => range?.kvs ?? []);
      await freshness.seen(Math.max(0, ...rows.map(({ mod_revision }) => Number(mod_revision))), deadline);
      return false;
    }
    etcdRevision = Number(record.mod_revision);
  }
  replica.onApplied({
    etcdRevision,
    commits: draft.records.map(({ commit }) => commit),
    endedLeases: [...draft.endedLeases.keys()],
    compacted: draft.compactTo,
  });
  return true;
}

function isOurs(draft: Draft, record: Buffer): boolean {
  const first = draft.records[0];
  return first !== undefined && decodeRecord(first.commit.revision, record).batch === draft.batch;
}

/**
 * `head` goes last, so that whoever watches has the records when it moves. It moves also when no
 * revision was taken: a commit elsewhere that still counts on an ended lease must not pass.
 */
function requestOf(layout: Layout, fence: Fence, draft: Draft): TxnRequest {
  const { records, endedLeases, compactTo } = draft;
  const leases = [...endedLeases].map(([id, mod]) => ({ key: layout.lease(id), mod }));
  const first = records[0];
  const own = first === undefined ? layout.format : layout.log(first.commit.revision);
  return {
    compare: [
      fence.condition,
      unchanged(layout.head, draft.headMod),
      ...leases.map(({ key, mod }) => unchanged(key, mod)),
    ],
    success: [
      ...records.map(({ commit, bytes }) => put(layout.log(commit.revision), bytes)),
      ...leases.map(({ key }) => ({ request_delete_range: { key } })),
      ...(compactTo === undefined ? [] : [put(layout.compacted, encodeRevision(compactTo))]),
      put(layout.head, encodeRevision(draft.revision())),
    ],
    failure: [fence.key, layout.head, own, ...leases.map(({ key }) => key)].map((key) => ({ request_range: { key } })),
  };
}
