import type { History } from './history.ts';

/** One line of what a record holds, to print: a run in which nothing happened proves nothing. */
export function summary({ calls, news, log, held }: History): string {
  const kinds = Map.groupBy(calls, ({ asked }) => asked.kind);
  const each = [...kinds].map(([kind, list]) => {
    const count = (told: string): number => list.filter((call) => call.told.kind === told).length;
    return `${kind} ${count('ok')}/${count('refused')}/${count('unknown')}`;
  });
  const snapshots = news.filter(({ of }) => of === 'snapshot').length;
  return (
    `${calls.length} calls (done/refused/unknown: ${each.join(', ')}), ${log.length} revisions, ` +
    `${news.length} messages to watchers with ${snapshots} snapshots, ${held.length} blocks held`
  );
}
