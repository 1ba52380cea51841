import type { Connection } from '@midonet/flow';
import { ConnectionTable } from '@midonet/agent';
import { sampleConnection, sampleConnection6 } from '@midonet/agent/testing';

/**
 * A million connections: what one costs in bytes, and in nanoseconds to open, find and touch. `--ipv6` for the other
 * family; `--memory` for the bytes alone, as JSON.
 */
const COUNT = 1_000_000;
const ROUNDS = 20;

const six = process.argv.includes('--ipv6');
const sample = six ? sampleConnection6 : sampleConnection;
if (process.argv.includes('--memory')) process.stdout.write(JSON.stringify(measureMemory(sample)));
else measure(six ? 'IPv6' : 'IPv4', sample);

/** By how much a million connections make the process grow. */
function measureMemory(make: (index: number) => Connection): { bytesPerConnection: number; mebibytes: number } {
  const before = process.memoryUsage.rss();
  const table = newTable();
  for (let i = 0; i < COUNT; i++) table.open(make(i), 'local');
  const grown = process.memoryUsage.rss() - before;
  if (table.size !== COUNT) throw new Error(`the table holds ${table.size} of ${COUNT} connections`);
  return { bytesPerConnection: grown / COUNT, mebibytes: grown / 2 ** 20 };
}

function newTable(): ConnectionTable {
  return new ConnectionTable({ capacity: COUNT }, { now: () => performance.now(), onGone: () => undefined });
}

function measure(family: string, make: (index: number) => Connection): void {
  const before = process.memoryUsage.rss();
  const table = newTable();
  report(family, 'make one, to subtract', make);
  report(family, 'open', (index) => table.open(make(index), 'local'));
  const rss = process.memoryUsage.rss();
  console.log(
    `${family} ${((rss - before) / COUNT).toFixed(0)} bytes a connection, the process has ${(rss / 2 ** 20).toFixed(0)} MiB`,
  );
  for (const [few, what] of [
    [1000, 'of a thousand in use'],
    [100_000, 'of all'],
  ] as const) {
    const asked = Array.from({ length: few }, (_, i) => make((i * 7919) % COUNT));
    const ask = (index: number): Connection => asked[index % few]!;
    report(family, `find, original, ${what}`, (index) => table.find(ask(index).device, ask(index).original));
    report(family, `find, reply, ${what}`, (index) => table.find(ask(index).device, ask(index).reply));
    report(family, `note, ${what}`, (index) => table.note(ask(index), 'original', 16));
  }
  report(family, 'make and remove', (index) => table.remove(make(index)));
}

/** Prints the best of twenty rounds: others on the machine only ever make one slower. */
function report(family: string, what: string, run: (index: number) => unknown): void {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (let i = 0; i < COUNT / ROUNDS; i++) run((round * COUNT) / ROUNDS + i);
    best = Math.min(best, performance.now() - start);
  }
  console.log(`${family} ${((best * 1e6 * ROUNDS) / COUNT).toFixed(0)} ns ${what}`);
}
