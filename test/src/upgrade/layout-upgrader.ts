import { writeSync } from 'node:fs';
import { openEtcdStore } from '@midonet/store/etcd';
import { exampleLayout } from './example-layout.ts';

/** A process that opens the store it is told with newer layouts, stops dead at the given key, and says so. */
const [count, urls = '', prefix] = process.argv.slice(2);
let seen = 0;
const layoutSteps = exampleLayout(() => {
  if (++seen < Number(count)) return;
  writeSync(1, 'there\n');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
const store = await openEtcdStore({ urls: urls.split(','), prefix, layoutSteps });
await store.close();
