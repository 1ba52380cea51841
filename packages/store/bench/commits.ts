import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedStore } from '../src/drivers/embedded/index.ts';
import { openMemoryStore } from '../src/drivers/memory/index.ts';
import type { Revision, Store } from '../src/store.ts';

/** Prints commits a second, one at a time and 200 at once, and the time to list 10,000 entries. */
const VALUE = JSON.stringify({ kind: 'port', text: 'x'.repeat(250) });
const author = { user: 'bench' };
let key = 0;

async function commitPort(store: Store): Promise<void> {
  const name = String(key++).padStart(8, '0');
  const result = await store.commit({
    author,
    conditions: [
      { kind: 'exists', key: 'bridge/1' },
      { kind: 'modified', key: `port/${name}`, revision: 0 },
    ],
    writes: [
      { kind: 'put', key: `port/${name}`, value: VALUE },
      { kind: 'put', key: `index/bridge/1/port/${name}`, value: '""' },
    ],
  });
  if (result.kind !== 'committed') throw new Error('a commit of the benchmark conflicted');
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

async function measure(name: string, store: Store): Promise<void> {
  await store.commit({ author, conditions: [], writes: [{ kind: 'put', key: 'bridge/1', value: '{}' }] });
  const single = 1000;
  const alone = await seconds(async () => {
    for (let i = 0; i < single; i++) await commitPort(store);
  });
  const rounds = 45;
  const together = await seconds(async () => {
    for (let i = 0; i < rounds; i++) await Promise.all(Array.from({ length: 200 }, () => commitPort(store)));
  });
  const lists = 10;
  const listing = await seconds(async () => {
    for (let i = 0; i < lists; i++) await store.list('port/');
  });
  const past = await seconds(async () => {
    await store.list('port/', { at: ((await store.revision()) - 1) as Revision });
  });
  const watched = await seconds(async () => {
    let seen = 0;
    const total = await store.revision();
    await new Promise<void>((resolve, reject) => {
      const onEvent = () => {
        if (++seen === total) resolve();
      };
      store.watch('', 0 as Revision, { onEvent, onEnd: (reason) => reject(new Error(reason)) }).catch(reject);
    });
  });
  const figures = [
    `${Math.round(single / alone)} commits/s alone`,
    `${Math.round((rounds * 200) / together)} commits/s 200 at once`,
    `list of 10,000 ${((listing / lists) * 1000).toFixed(1)} ms`,
    `as it was ${(past * 1000).toFixed(1)} ms`,
    `replay of 10,001 revisions ${(watched * 1000).toFixed(0)} ms`,
  ];
  console.log(`${name}: ${figures.join(' · ')}`);
  await store.close();
}

await measure('memory  ', openMemoryStore());
const folder = mkdtempSync(join(tmpdir(), 'midonet-bench-'));
try {
  await measure('embedded', await openEmbeddedStore({ file: join(folder, 'store.db') }));
} finally {
  rmSync(folder, { recursive: true });
}
