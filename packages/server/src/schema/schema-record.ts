import { StoreError, type Revision, type Store, type Write } from '@midonet/store';

/** Under no collection: nobody can watch it. */
const KEY = 'secret/schema';
export const SCHEMA_KEY = KEY;

/** A store without a record is of the time before there were records. */
export const FIRST_VERSION = 1;

/** In which form the objects in the store are. */
export type SchemaRecord = {
  readonly version: number;
  /** A step that is under way: to which version, and behind which key it goes on. */
  readonly under?: { readonly to: number; readonly after: string } | undefined;
};

/** The record with the revision at which it was written, 0 where there is none. */
export type StoredSchema = SchemaRecord & { readonly revision: Revision | 0 };

export async function readSchema(store: Pick<Store, 'get'>): Promise<StoredSchema> {
  const entry = await store.get(KEY);
  if (entry === undefined) return { version: FIRST_VERSION, revision: 0 };
  return { ...parse(entry.value), revision: entry.modified };
}

export function putSchema(record: SchemaRecord): Write {
  return { kind: 'put', key: KEY, value: JSON.stringify(record) };
}

function parse(text: string): SchemaRecord {
  const value: unknown = JSON.parse(text);
  const record = typeof value === 'object' && value !== null ? value : {};
  const version: unknown = Reflect.get(record, 'version');
  const under: unknown = Reflect.get(record, 'under');
  if (typeof version !== 'number') throw new StoreError('corrupt', `${KEY} says no version`);
  if (typeof under !== 'object' || under === null) return { version };
  const to: unknown = Reflect.get(under, 'to');
  const after: unknown = Reflect.get(under, 'after');
  if (typeof to !== 'number' || typeof after !== 'string') throw new StoreError('corrupt', `${KEY} is damaged`);
  return { version, under: { to, after } };
}
