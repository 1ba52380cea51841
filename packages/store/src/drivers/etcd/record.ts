import { gunzipSync, gzipSync } from 'node:zlib';
import type { Commit } from '../../core/backend.ts';
import { StoreError, type LeaseId, type Revision, type StoreChange, type StoreEntry } from '../../store.ts';

/** A commit as it stands in the log, with the batch that wrote it: so a writer recognizes its own after a lost answer. */
export type LogRecord = { readonly batch: string; readonly commit: Commit };

export type LeaseRow = { readonly owner: string; readonly ttlMs: number };

/** JSON from here on is compressed; an object of the topology never is, so it can be read with etcdctl. */
const COMPRESS_FROM = 16 * 1024;

type Json = Readonly<Record<string, unknown>>;

/**
 * `{"batch":…,"at":…,"author":{…},"changes":[{"key":…,"value":…,"created":…,"lease":…},{"key":…}]}`; a
 * change without value is a deletion. The revision is in the key.
 */
export function encodeRecord(batch: string, { at, author, changes }: Commit): Buffer {
  const rows = changes.map((change) => {
    if (change.kind === 'delete') return { key: change.key };
    const { key, value, created, lease } = change.entry;
    return { key, value, created, lease };
  });
  return pack(JSON.stringify({ batch, at, author, changes: rows }));
}

export function decodeRecord(revision: Revision, bytes: Buffer): LogRecord {
  const where = `log of revision ${revision}`;
  const json = unpack(where, bytes);
  const author = field(where, json, 'author', isObject);
  const from = author['from'];
  const changes = field(where, json, 'changes', isList).map((row): StoreChange => {
    if (!isObject(row)) throw damaged(where, 'changes');
    const key = field(where, row, 'key', isText);
    return row['value'] === undefined
      ? { kind: 'delete', key }
      : { kind: 'put', entry: entryOf(where, { ...row, modified: revision }, key) };
  });
  return {
    batch: field(where, json, 'batch', isText),
    commit: {
      revision,
      at: field(where, json, 'at', isNumber),
      author: { user: field(where, author, 'user', isText), ...(isText(from) && { from }) },
      changes,
    },
  };
}

export function encodeEntry({ value, created, modified, lease }: StoreEntry): Buffer {
  return pack(JSON.stringify({ value, created, modified, lease }));
}

export function decodeEntry(key: string, bytes: Buffer): StoreEntry {
  return entryOf(`data of ${key}`, unpack(`data of ${key}`, bytes), key);
}

export function encodeLease(row: LeaseRow): Buffer {
  return Buffer.from(JSON.stringify(row));
}

export function decodeLease(id: LeaseId, bytes: Buffer): LeaseRow {
  const json = unpack(`lease ${id}`, bytes);
  return { owner: field('lease', json, 'owner', isText), ttlMs: field('lease', json, 'ttlMs', isNumber) };
}

/** `head` and `compacted` hold a revision as decimal text. */
export function encodeRevision(revision: Revision): Buffer {
  return Buffer.from(String(revision));
}

export function decodeRevision(where: string, bytes: Buffer): Revision {
  const text = bytes.toString('latin1');
  if (!/^\d{1,15}$/.test(text)) throw damaged(where, 'revision');
  return Number(text) as Revision; // brand: checked above
}

function entryOf(where: string, row: Json, key: string): StoreEntry {
  const { lease } = row;
  return {
    key,
    value: field(where, row, 'value', isText),
    created: field(where, row, 'created', isNumber) as Revision, // brand: this driver wrote it
    modified: field(where, row, 'modified', isNumber) as Revision,
    ...(isText(lease) && { lease: lease as LeaseId }),
  };
}

function pack(text: string): Buffer {
  const bytes = Buffer.from(text);
  return bytes.length < COMPRESS_FROM ? bytes : gzipSync(bytes, { level: 1 });
}

/** Gzip starts with 1f 8b (RFC 1952), JSON never does. */
function unpack(where: string, bytes: Buffer): Json {
  let json: unknown;
  try {
    const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
    json = JSON.parse(plain.toString('utf8'));
  } catch (error) {
    throw new StoreError('corrupt', `${where} in etcd is neither JSON nor compressed JSON`, { cause: error });
  }
  if (!isObject(json)) throw damaged(where, 'the whole');
  return json;
}

function field<T>(where: string, json: Json, name: string, is: (value: unknown) => value is T): T {
  const value = json[name];
  if (!is(value)) throw damaged(where, name);
  return value;
}

function damaged(where: string, name: string): StoreError {
  return new StoreError(
    'corrupt',
    `${where} in etcd: ${name} is not what this program writes. Restore a backup under another --etcd-prefix.`,
  );
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number';
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
