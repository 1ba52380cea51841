import { StoreError, type Revision } from '../../store.ts';
import type { Layout } from './layout.ts';
import { FIRST_LAYOUT, type LayoutStep } from './layout-steps.ts';
import { encodeRevision } from './record.ts';
import type { Connection } from './rpc/connection.ts';
import { put, ranges, unchanged } from './transactor.ts';

/** What the `format` key says: `3`, or `3>4 data/bridge/1` while a step to 4 is under way, which goes on behind that name. */
export type Format = {
  readonly version: number;
  readonly under?: { readonly to: number; readonly after: string } | undefined;
};

/** With etcd's revision of the key. */
export type StoredFormat = Format & { readonly mod: number };

export function encodeFormat({ version, under }: Format): Buffer {
  return Buffer.from(under === undefined ? String(version) : `${version}>${under.to} ${under.after}`);
}

/** Undefined for what no program writes. */
export function decodeFormat(text: string): Format | undefined {
  const parts = /^(\d{1,6})(?:>(\d{1,6}) (.*))?$/s.exec(text);
  if (parts === null) return undefined;
  const [, version, to, after = ''] = parts;
  return { version: Number(version), ...(to !== undefined && { under: { to: Number(to), after } }) };
}

/** The version that a program with these steps writes. */
export function newestOf(steps: readonly LayoutStep[]): number {
  return steps.at(-1)?.to ?? FIRST_LAYOUT;
}

/**
 * Makes an empty store of the newest layout below the prefix, or answers which one is there. Throws
 * StoreError 'corrupt' for half a store, and for one of a newer program.
 */
export async function makeOrRead(
  connection: Connection,
  layout: Layout,
  newest: number,
  deadline: number,
): Promise<StoredFormat> {
  const look = [{ request_range: { key: layout.format } }, { request_range: { key: layout.head } }];
  // A question that might write is refused by an etcd that is full, even where it would only read.
  let answer = await connection.ask('KV.Txn', { compare: [], success: look, failure: [] }, deadline);
  if (ranges(answer).every(({ kvs }) => kvs.length === 0)) {
    const success = [
      put(layout.format, encodeFormat({ version: newest })),
      put(layout.head, encodeRevision(0 as Revision)), // brand: a store starts at revision 0
    ];
    const compare = [unchanged(layout.head, 0), unchanged(layout.format, 0)];
    answer = await connection.ask('KV.Txn', { compare, success, failure: look }, deadline);
    if (answer.succeeded) return { version: newest, mod: Number(answer.header.revision) };
  }
  const [row, head] = ranges(answer).map((range) => range.kvs[0]);
  const format = row === undefined ? undefined : decodeFormat(row.value.toString('utf8'));
  if (row === undefined || head === undefined || format === undefined) {
    throw new StoreError('corrupt', `what is below ${layout.prefix} in etcd is no whole store; restore a backup`);
  }
  const highest = format.under?.to ?? format.version;
  if (highest > newest) {
    throw new StoreError(
      'corrupt',
      `the store below ${layout.prefix} in etcd has layout ${highest}, this program reads up to ${newest}: start the ` +
        'newer program again, or restore a backup of before its upgrade below an empty prefix',
    );
  }
  return { ...format, mod: Number(row.mod_revision) };
}
