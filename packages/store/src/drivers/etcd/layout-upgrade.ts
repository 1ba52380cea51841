import { StoreError } from '../../store.ts';
import { encodeFormat, makeOrRead, newestOf, type StoredFormat } from './format.ts';
import type { Layout } from './layout.ts';
import type { LayoutStep } from './layout-steps.ts';
import type { Connection } from './rpc/connection.ts';
import type { Compare, KeyValue, RequestOp } from './rpc/messages.ts';
import { RpcError } from './rpc/rpc-error.ts';
import { put, unchanged } from './transactor.ts';

/** Keys looked at in one transaction. A key that moves takes two operations, of which etcd takes 128. */
const PAGE = 50;
const MAX_BYTES = 512 * 1024;

/**
 * Brings what is in etcd up to the layout that this program writes, making an empty store where there
 * is none, and answers etcd's revision of the `format` key then.
 *
 * Each transaction rewrites a page of keys and notes in `format` how far it came, provided that the note
 * is as it was read. So whoever is killed in the middle goes on where it was, several at once share the
 * work, no key is rewritten twice, and who writes under the old note (fence.ts) writes nothing behind it.
 * `stepMs`: for each question to etcd, as the whole takes as long as there is much.
 */
export async function upgradeLayout(
  connection: Connection,
  layout: Layout,
  steps: readonly LayoutStep[],
  stepMs: number,
): Promise<number> {
  const newest = newestOf(steps);
  const deadline = (): number => performance.now() + stepMs;
  for (;;) {
    const format = await makeOrRead(connection, layout, newest, deadline());
    if (format.version === newest) return format.mod;
    const step = steps.find(({ to }) => to === format.version + 1);
    if (step === undefined) throw new StoreError('corrupt', `no step leads from layout ${format.version} on`);
    const kvs = await nextPage(connection, layout, step, format, deadline());
    const { compare, success, last } = planOf(kvs, layout, step);
    const next =
      last === undefined
        ? { version: step.to }
        : { version: format.version, under: { to: step.to, after: layout.nameOf(last) } };
    // Refused when another controller was faster: what it noted says where to go on.
    const request = {
      compare: [unchanged(layout.format, format.mod), ...compare],
      success: [...success, put(layout.format, encodeFormat(next))],
      failure: [],
    };
    await connection.ask('KV.Txn', request, deadline());
  }
}

async function nextPage(
  connection: Connection,
  layout: Layout,
  { folder }: LayoutStep,
  { under }: StoredFormat,
  deadline: number,
): Promise<readonly KeyValue[]> {
  const { key: first, range_end } = layout.folder(folder);
  const key = under === undefined ? first : Buffer.concat([layout.named(under.after), Buffer.from([0])]);
  for (let limit = PAGE; ; limit = Math.ceil(limit / 2)) {
    try {
      return (await connection.ask('KV.Range', { key, range_end, limit }, deadline)).kvs;
    } catch (error) {
      if (!(error instanceof RpcError && error.answerTooLarge) || limit === 1) throw error;
    }
  }
}

/** `last`: the key that it came to; undefined when there was none left. */
function planOf(kvs: readonly KeyValue[], layout: Layout, step: LayoutStep) {
  const compare: Compare[] = [];
  const success: RequestOp[] = [];
  let bytes = 0;
  let last: Buffer | undefined;
  for (const { key, value, mod_revision } of kvs) {
    const rewritten = step.rewrite(layout.nameOf(key), value);
    const size = typeof rewritten === 'string' ? 0 : rewritten.value.length;
    if (bytes > 0 && bytes + size > MAX_BYTES) break;
    bytes += size;
    last = key;
    if (rewritten === 'keep') continue;
    compare.push(unchanged(key, Number(mod_revision)));
    const target = rewritten === 'delete' ? undefined : layout.named(rewritten.name ?? layout.nameOf(key));
    if (target === undefined || !target.equals(key)) success.push({ request_delete_range: { key } });
    if (target !== undefined && rewritten !== 'delete') success.push(put(target, rewritten.value));
  }
  return { compare, success, last };
}
