import { writeSync } from 'node:fs';
import { openEmbeddedStore } from '../src/drivers/embedded/index.ts';

/**
 * The process that the durability test kills: commits without end, in groups, and prints a revision
 * once it is acknowledged. Each revision r puts key/r and twin/r.
 */
const [, , file] = process.argv;
if (file === undefined) throw new Error('usage: committer.ts FILE');
const store = await openEmbeddedStore({ file });
let revision = await store.revision();

async function commitNext(): Promise<void> {
  const mine = ++revision;
  const writes = ['key', 'twin'].map((kind) => ({ kind: 'put', key: `${kind}/${mine}`, value: `${mine}` }) as const);
  const result = await store.commit({ author: { user: 'committer' }, conditions: [], writes });
  if (result.kind !== 'committed' || result.revision !== mine) throw new Error(`expected revision ${mine}`);
  writeSync(1, `${mine}\n`);
}

for (;;) await Promise.all(Array.from({ length: 1 + (revision % 7) }, commitNext));
