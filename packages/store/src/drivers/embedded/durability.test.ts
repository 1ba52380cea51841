import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { at, put, rejectsWith, show, write } from '../../../testing/compliance/steps.ts';
import { ManualClock } from '../../../testing/manual-clock.ts';
import { StoreError } from '../../store.ts';
import { openEmbeddedStore } from './index.ts';

const root = mkdtempSync(join(tmpdir(), 'midonet-store-'));
let next = 0;
after(() => rmSync(root, { recursive: true }));

function newFile(): string {
  return join(root, `${next++}`, 'state', 'topology.db');
}

/** A closed store of 500 keys. */
async function filled(): Promise<string> {
  const file = newFile();
  const store = await openEmbeddedStore({ file });
  for (let i = 0; i < 500; i++) void write(store, put(`key/${i}`, 'x'.repeat(200)));
  await store.close();
  return file;
}

async function refusal(file: string): Promise<StoreError> {
  try {
    await (await openEmbeddedStore({ file })).close();
  } catch (error) {
    if (error instanceof StoreError) return error;
    throw error;
  }
  return assert.fail('the store opened');
}

/** A process that commits without end and prints each acknowledged revision. */
function committer(file: string) {
  const program = join(import.meta.dirname, '../../../testing/committer.ts');
  const child = spawn(process.execPath, [program, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  return { child, lines: createInterface(child.stdout) };
}

test('nothing acknowledged is lost when the process is killed in the middle of its commits', async () => {
  const file = newFile();
  let known = 0;
  for (const atLeast of [50, 400, 1500]) {
    const { child, lines } = committer(file);
    const from = known;
    for await (const line of lines) {
      known = Math.max(known, Number(line));
      if (known >= from + atLeast) child.kill('SIGKILL');
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    assert.equal(child.signalCode, 'SIGKILL');
    const store = await openEmbeddedStore({ file });
    const revision = await store.revision();
    assert.ok(revision >= known, `at ${revision}, but ${known} was acknowledged`);
    for (let i = from + 1; i <= known; i++) assert.equal((await store.get(`key/${i}`))?.modified, i);
    assert.equal((await store.list('key/')).entries.length, revision, 'each revision is whole');
    assert.equal((await store.list('twin/')).entries.length, revision);
    known = revision;
    await store.close();
  }
});

test('another process that has the file open is named as the reason', async () => {
  const file = newFile();
  const { child, lines } = committer(file);
  await once(lines, 'line');
  const error = await refusal(file);
  assert.equal(error.code, 'unavailable');
  assert.match(error.message, /in use by another process/);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const store = await openEmbeddedStore({ file });
  await rejectsWith('unavailable', openEmbeddedStore({ file }));
  await store.close();
});

test('file and folder are for the owner alone, also when the file was wider', async () => {
  const file = newFile();
  const store = await openEmbeddedStore({ file });
  await write(store, put('a', ''));
  assert.equal(statSync(dirname(file)).mode & 0o777, 0o700);
  for (const name of [file, `${file}-wal`]) assert.equal(statSync(name).mode & 0o777, 0o600, name);
  assert.equal(existsSync(`${file}.new`), false);
  await store.close();
  chmodSync(file, 0o644);
  await (await openEmbeddedStore({ file })).close();
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test('a file cut short anywhere is refused with its name and advice, and left as it is', async () => {
  const file = await filled();
  const whole = readFileSync(file);
  for (const length of [0, 1, 99, 100, 4095, 4096, 4097, whole.length >> 1, whole.length - 4096, whole.length - 1]) {
    writeFileSync(file, whole.subarray(0, length));
    const error = await refusal(file);
    assert.equal(error.code, 'corrupt', `cut to ${length}`);
    assert.ok(error.message.includes(file) && /backup/.test(error.message), error.message);
    assert.equal(statSync(file).size, length);
  }
  writeFileSync(file, whole);
  const store = await openEmbeddedStore({ file });
  assert.equal((await store.list('')).entries.length, 500);
  await store.close();
});

test('damage inside the file is found at the start', async () => {
  const file = await filled();
  const whole = readFileSync(file);
  const damaged = Buffer.from(whole);
  damaged.fill(0xa5, 8192, whole.length - 4096);
  writeFileSync(file, damaged);
  assert.equal((await refusal(file)).code, 'corrupt');
});

test('a file that is something else is refused', async () => {
  const text = join(root, 'notes.db');
  writeFileSync(text, 'These are my notes. '.repeat(50));
  assert.match((await refusal(text)).message, /not SQLite/);
  const foreign = join(root, 'foreign.db');
  const database = new DatabaseSync(foreign);
  database.exec('CREATE TABLE t (x)');
  database.close();
  assert.match((await refusal(foreign)).message, /not a store/);
  const future = await filled();
  const newer = new DatabaseSync(future);
  newer.exec('PRAGMA user_version = 99');
  newer.close();
  assert.match((await refusal(future)).message, /schema version is 99/);
});

test('a log without its file is refused, not started over', async () => {
  const file = newFile();
  const store = await openEmbeddedStore({ file });
  await write(store, put('a', ''));
  const copy = join(root, 'copy.db');
  copyFileSync(`${file}-wal`, `${copy}-wal`);
  await store.close();
  assert.match((await refusal(copy)).message, /missing while its log/);
  copyFileSync(file, copy);
  truncateSync(copy, 0);
  assert.equal((await refusal(copy)).code, 'corrupt');
});

test('everything is there again after a restart, leases with a whole new term', async () => {
  const file = newFile();
  const first = await openEmbeddedStore({ file, clock: new ManualClock() });
  const lease = await first.grantLease(1000);
  await write(first, put('a', '1'), put('leased', '', lease));
  await write(first, put('a', '2'));
  await first.close();
  const clock = new ManualClock();
  const second = await openEmbeddedStore({ file, clock });
  assert.equal(await second.revision(), 2);
  assert.equal((await second.get('a', at(1)))?.value, '1');
  clock.advance(999);
  await second.renewLease(lease);
  clock.advance(999);
  assert.equal(await show(second), 'a=2 leased=');
  clock.advance(1);
  await write(second); // queued behind the end of the lease
  assert.equal(await show(second), 'a=2');
  await second.close();
  const third = await openEmbeddedStore({ file });
  await rejectsWith('leaseGone', third.renewLease(lease));
  assert.equal(await third.revision(), 3);
  await third.close();
});
