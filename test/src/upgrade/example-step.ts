import type { SchemaStep } from '@midonet/server';
import { openEmbeddedStore } from '@midonet/store/embedded';
import { openEtcdStore } from '@midonet/store/etcd';
import type { Store } from '@midonet/store';
import { author } from '../store/writers.ts';

export const COUNT = 1_500;

/** A step for tests: what it does twice to an entry can be seen. `onEntry` is called for each. */
export function exampleStep(onEntry: (key: string) => void = () => undefined): SchemaStep {
  return {
    to: 2,
    what: 'every bridge is called louder',
    prefix: 'bridge/',
    rewrite: ({ key, value }) => {
      onEntry(key);
      const entry = JSON.parse(value) as { name: string; quiet?: boolean };
      if (entry.quiet === true) return 'keep';
      return entry.name === 'gone' ? 'delete' : { value: JSON.stringify({ name: `${entry.name}!` }) };
    },
  };
}

/** A store of version 1: some thousand bridges of which some are left alone, one that goes, and other things. */
export async function fillVersion1(store: Store): Promise<void> {
  const rows = Array.from({ length: COUNT }, (_, i) => ({ name: `b${i}`, ...(i % 7 === 0 && { quiet: true }) }));
  const puts = [...rows, { name: 'gone' }].map(
    (row, i) => ({ kind: 'put', key: `bridge/${String(i).padStart(5, '0')}`, value: JSON.stringify(row) }) as const,
  );
  for (let i = 0; i < puts.length; i += 500) {
    await store.commit({ author, conditions: [], writes: puts.slice(i, i + 500) });
  }
  const other = { kind: 'put', key: 'router/1', value: '{"name":"r"}' } as const;
  await store.commit({ author, conditions: [], writes: [other] });
}

/** What is wrong with the names after the step; empty when each was made louder once. */
export async function wrongNames(store: Store): Promise<string[]> {
  const wrong: string[] = [];
  const { entries } = await store.list('bridge/');
  for (const [i, { key, value }] of entries.entries()) {
    const expected = i % 7 === 0 ? { name: `b${i}`, quiet: true } : { name: `b${i}!` };
    if (value !== JSON.stringify(expected)) wrong.push(`${key}: ${value}`);
  }
  if (entries.length !== COUNT) wrong.push(`${entries.length} bridges`);
  if ((await store.get('router/1'))?.value !== '{"name":"r"}') wrong.push('the router');
  return wrong;
}

/** `embedded FILE` or `etcd URLS PREFIX`. */
export function openSaid([kind, where = '', prefix]: readonly string[]): Promise<Store> {
  return kind === 'etcd' ? openEtcdStore({ urls: where.split(','), prefix }) : openEmbeddedStore({ file: where });
}
