import { StoreError, type Condition, type Revision, type Store, type StoreEntry, type Write } from '@midonet/store';
import type { Logger } from 'pino';
import { FIRST_VERSION, putSchema, readSchema, SCHEMA_KEY, type StoredSchema } from './schema-record.ts';
import { SCHEMA_STEPS, type SchemaStep } from './steps.ts';

export type UpgradeOptions = {
  readonly steps?: readonly SchemaStep[] | undefined;
  readonly logger?: Pick<Logger, 'info'> | undefined;
};

const AUTHOR = { user: 'midonet upgrade' };
/** Entries looked at in one transaction; of etcd, whose transactions are bounded in bytes, too. */
const PAGE = 100;

/**
 * Brings what is stored up to the version that this program writes, and answers the revision of the
 * record that says so. Throws StoreError 'invalid' for a store of a newer program.
 *
 * Each transaction rewrites a page of entries and notes how far it came, provided the note is as it
 * was read. So a program that is killed in the middle goes on where it was, several at once share the
 * work, and no entry is rewritten twice.
 */
export async function upgradeStore(store: Store, options: UpgradeOptions = {}): Promise<Revision> {
  const { steps = SCHEMA_STEPS, logger } = options;
  const newest = steps.at(-1)?.to ?? FIRST_VERSION;
  for (;;) {
    const schema = await readSchema(store);
    refuseNewer(schema, newest);
    if (schema.revision === 0) await begin(store, newest);
    else if (schema.version === newest) return schema.revision;
    else {
      const step = steps.find(({ to }) => to === schema.version + 1);
      if (step === undefined) throw new StoreError('corrupt', `no step leads from version ${schema.version} on`);
      if (schema.under === undefined) logger?.info({ to: step.to, what: step.what }, 'the store is being upgraded');
      const done = await advance(store, schema, step);
      if (done) logger?.info({ version: step.to }, 'the store was upgraded');
    }
  }
}

/** Throws StoreError 'invalid' when the store is, or is about to be, of a version above `newest`. */
export function refuseNewer({ version, under }: StoredSchema, newest: number): void {
  const highest = under?.to ?? version;
  if (highest <= newest) return;
  throw new StoreError(
    'invalid',
    `the store has schema version ${highest}, this program knows up to ${newest}: start the newer program again, ` +
      'or restore a backup of before its upgrade into an empty place',
  );
}

/** A store that is new is of the newest version; one without a record of the first. */
async function begin(store: Store, newest: number): Promise<void> {
  const { entries } = await store.list('', { limit: 1 });
  const version = entries.length === 0 ? newest : FIRST_VERSION;
  const conditions = [{ kind: 'modified', key: SCHEMA_KEY, revision: 0 } as const];
  await store.commit({ author: AUTHOR, conditions, writes: [putSchema({ version })] });
}

/** One page of a step. Answers whether the step ended with it; nothing was done when something changed meanwhile. */
async function advance(store: Store, schema: StoredSchema, step: SchemaStep): Promise<boolean> {
  const { entries, more } = await store.list(step.prefix, { limit: PAGE, after: schema.under?.after });
  const conditions: Condition[] = [{ kind: 'modified', key: SCHEMA_KEY, revision: schema.revision }];
  const writes: Write[] = [];
  for (const entry of entries) {
    const write = writeOf(entry, step);
    if (write === undefined) continue;
    writes.push(write);
    conditions.push({ kind: 'modified', key: entry.key, revision: entry.modified });
  }
  const last = entries.at(-1)?.key;
  const unfinished = more && last !== undefined;
  const { version } = schema;
  writes.push(putSchema(unfinished ? { version, under: { to: step.to, after: last } } : { version: step.to }));
  const { kind } = await store.commit({ author: AUTHOR, conditions, writes });
  return kind === 'committed' && !unfinished;
}

function writeOf(entry: StoreEntry, step: SchemaStep): Write | undefined {
  const { key, lease } = entry;
  const rewritten = step.rewrite(entry);
  if (rewritten === 'keep') return undefined;
  if (rewritten === 'delete') return { kind: 'delete', key };
  return { kind: 'put', key, value: rewritten.value, lease };
}
