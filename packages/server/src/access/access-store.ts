import type { AuditChange } from '@midonet/contract';
import { StoreError, type Condition, type Revision, type Store, type Write } from '@midonet/store';
import { auditWrite } from '../audit/audit-write.ts';
import type { Clock } from '../clock.ts';
import { Refusal } from '../http/problem.ts';
import type { Actor } from './identity.ts';
import { ACCESS_PREFIX, keyOfRecord, recordKey, RECORDS, type RecordKind, type RecordOf } from './records.ts';

const PAGE = 1000;
const RETRIES = 5;

export type Stored<K extends RecordKind> = { readonly record: RecordOf<K>; readonly modified: Revision };

/** One change of records: what to write provided that what was read still holds. */
export type RecordChange = { readonly writes: readonly Write[]; readonly conditions: readonly Condition[] };

/** Records of people, tokens, tenants and hosts: read, written with an audit record, in one transaction. */
export class AccessStore {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  revision(): Promise<Revision> {
    return this.#store.revision();
  }

  async get<K extends RecordKind>(kind: K, id: string): Promise<Stored<K> | undefined> {
    const key = recordKey(kind, id);
    const entry = await this.#store.get(key);
    return entry === undefined ? undefined : { record: decodeRecord(kind, key, entry.value), modified: entry.modified };
  }

  async list<K extends RecordKind>(kind: K): Promise<RecordOf<K>[]> {
    const found: RecordOf<K>[] = [];
    let after: string | undefined;
    for (;;) {
      const page = await this.#store.list(recordKey(kind, ''), { limit: PAGE, after });
      for (const { key, value } of page.entries) found.push(decodeRecord(kind, key, value));
      after = page.entries.at(-1)?.key;
      if (!page.more || after === undefined) return found;
    }
  }

  /** The host that a credential is of: an index row of the host's record leads there. */
  async hostByCredential(id: string): Promise<RecordOf<'host'> | undefined> {
    const row = await this.#store.get(credentialKey(id));
    const found = row === undefined ? undefined : await this.get('host', String(JSON.parse(row.value)));
    return found?.record;
  }

  /** `plan` reads and decides, again when somebody else wrote first; it may throw a Refusal. */
  async change(actor: Actor, tenantId: string | undefined, plan: () => Promise<RecordChange>): Promise<void> {
    for (let attempt = 0; attempt <= RETRIES; attempt++) {
      const { writes, conditions } = await plan();
      const changes = writes.flatMap((write) => changeOf(write, conditions));
      const record = auditWrite(this.#clock.now(), actor, { tenantId, changes });
      const author = { user: actor.user, from: actor.from };
      const result = await this.#store.commit({ author, conditions, writes: [...writes, record] });
      if (result.kind === 'committed') return;
    }
    throw new Refusal(409, 'others keep changing the same record; try again');
  }
}

export function credentialKey(id: string): string {
  return `${ACCESS_PREFIX}credential/${id}`;
}

export function putRecord<K extends RecordKind>(kind: K, record: RecordOf<K>): Write {
  return { kind: 'put', key: keyOfRecord(kind, record), value: JSON.stringify(record) };
}

export function deleteRecord(kind: RecordKind, id: string): Write {
  return { kind: 'delete', key: recordKey(kind, id) };
}

/** Holds while the record is as read; 0: while there is none. */
export function unchanged(kind: RecordKind, id: string, revision: Revision | 0): Condition {
  return { kind: 'modified', key: recordKey(kind, id), revision };
}

/** Records only: index rows and counts follow from them. */
function changeOf(write: Write, conditions: readonly Condition[]): AuditChange[] {
  if (write.kind === 'deletePrefix') return [];
  const [kind = '', id = ''] = write.key.slice(ACCESS_PREFIX.length).split('/');
  if (!Object.hasOwn(RECORDS, kind) || kind === 'usage') return [];
  const isNew = conditions.some((one) => one.kind === 'modified' && one.key === write.key && one.revision === 0);
  const op = write.kind === 'delete' ? 'delete' : isNew ? 'create' : 'update';
  return [{ op, object: `${kind === 'host' ? 'hostCredential' : kind}/${decodeURIComponent(id)}` }];
}

export function decodeRecord<K extends RecordKind>(kind: K, key: string, value: string): RecordOf<K> {
  const decoded = RECORDS[kind].safeParse(JSON.parse(value));
  if (!decoded.success) throw new StoreError('corrupt', `${key}: ${decoded.error.message}`);
  return decoded.data as RecordOf<K>; // what the schema of that kind has read
}
