import { writeSync } from 'node:fs';
import { upgradeStore } from '@midonet/server';
import { exampleStep, openSaid } from './example-step.ts';

/** A process that upgrades the store it is told, stops dead at the given entry, and says so. */
const [count, ...place] = process.argv.slice(2);
let seen = 0;
const step = exampleStep(() => {
  if (++seen < Number(count)) return;
  writeSync(1, 'there\n');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
const store = await openSaid(place);
await upgradeStore(store, { steps: [step] });
await store.close();
