import type { LayoutStep } from '@midonet/store/etcd';

export const RECORDS = 230;

/** Steps for tests: what the first does twice to a record of the log can be seen. `onKey` is called for each. */
export function exampleLayout(onKey: (name: string) => void = () => undefined): readonly LayoutStep[] {
  return [
    {
      to: 2,
      what: 'every author is louder',
      folder: 'log/',
      rewrite: (name, value) => {
        onKey(name);
        const record = JSON.parse(value.toString()) as { author: { user: string } };
        if (record.author.user === 'quiet') return 'keep';
        return { value: Buffer.from(JSON.stringify({ ...record, author: { user: `${record.author.user}!` } })) };
      },
    },
    {
      to: 3,
      what: 'leases of a minute are forgotten, others move out of the way',
      folder: 'lease/',
      rewrite: (name, value) => {
        const { ttlMs } = JSON.parse(value.toString()) as { ttlMs: number };
        return ttlMs === 60_000 ? 'delete' : { name: name.replace('lease/', 'away/'), value };
      },
    },
  ];
}
