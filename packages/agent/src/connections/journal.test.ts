import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { printTuple } from '@midonet/flow';
import { sampleConnection } from '../../testing/connection-samples.ts';
import { StateDir } from '../host/state-dir.ts';
import type { Told } from './connection-codec.ts';
import { Journal, type JournalClass } from './journal.ts';

const FILE = 'connections.log';

function told(n: number): Told {
  return { connection: sampleConnection(n), progress: { original: 2, reply: 0 } };
}

class Disk {
  readonly path: string;
  readonly state: StateDir;
  readonly failures: unknown[] = [];
  /** What stands, by its tuple, as an agent has it in its table. */
  readonly standing = new Map<string, Told>();
  readonly classes: JournalClass[] = [];

  constructor(t: TestContext) {
    this.path = mkdtempSync(join(tmpdir(), 'midonet-journal-'));
    this.state = new StateDir(this.path);
    t.after(() => rmSync(this.path, { recursive: true }));
  }

  get file(): string {
    return join(this.path, FILE);
  }

  journal(): Journal {
    const all = (): Iterable<Told> => this.standing.values();
    const classes = (): JournalClass[] => this.classes;
    return new Journal({
      smallestToCompact: 2 ** 21,
      state: this.state,
      all,
      classes,
      failed: (error) => this.failures.push(error),
    });
  }

  /** Opens one and gives what it remembers. */
  opened(): { readonly journal: Journal; readonly remembered: string[] } {
    const journal = this.journal();
    const remembered = new Set<string>();
    for (const item of journal.open()) {
      if ('members' in item) remembered.add(`class ${item.number} of ${item.members.length}`);
      else if ('connection' in item) remembered.add(printTuple(item.connection.original));
      else remembered.delete(printTuple(item.original));
    }
    return { journal, remembered: [...remembered] };
  }
}

const tuples = (...numbers: number[]): string[] => numbers.map((n) => printTuple(sampleConnection(n).original));

test('what happened is there after the process is gone, though it closed nothing', (t) => {
  const disk = new Disk(t);
  const { journal } = disk.opened();
  for (const n of [1, 2, 3]) journal.opened(told(n));
  journal.closed(told(2).connection);
  journal.flush();
  journal.opened(told(4)); // never handed to the kernel: lost with the process
  assert.deepEqual(disk.opened().remembered, tuples(1, 3));
  assert.equal(statSync(disk.file).mode & 0o777, 0o600);
  assert.deepEqual(disk.failures, []);
});

test('an end that was cut short, or damaged, costs what came after it and nothing else', (t) => {
  const disk = new Disk(t);
  const { journal } = disk.opened();
  journal.opened(told(1));
  journal.flush();
  const whole = statSync(disk.file).size;
  journal.opened(told(2));
  journal.flush();
  journal.close('keep');
  for (let size = statSync(disk.file).size - 1; size >= whole; size--) {
    truncateSync(disk.file, size);
    assert.deepEqual(disk.opened().remembered, tuples(1), `${size} bytes`);
  }
  appendFileSync(disk.file, Buffer.alloc(40, 0xff));
  const { journal: next, remembered } = disk.opened();
  assert.deepEqual(remembered, tuples(1));
  next.opened(told(3));
  next.flush();
  assert.deepEqual(disk.opened().remembered, tuples(1, 3));
});

test('a file of something else is begun anew', (t) => {
  const disk = new Disk(t);
  writeFileSync(disk.file, 'not a journal, though long enough to look like one');
  const { journal, remembered } = disk.opened();
  assert.deepEqual(remembered, []);
  journal.opened(told(1));
  journal.flush();
  assert.deepEqual(disk.opened().remembered, tuples(1));
});

test('it is written anew when it has grown, and nothing that happens meanwhile is lost', (t) => {
  const disk = new Disk(t);
  const { journal } = disk.opened();
  const put = (n: number): void => {
    disk.standing.set(String(n), told(n));
    journal.opened(told(n));
  };
  for (let n = 0; n < 3000; n++) put(n);
  let turns = 0;
  do {
    for (let n = 0; n < 1500; n++) journal.opened(told(n));
    journal.flush();
    assert.ok(turns++ < 100, 'it never begins');
  } while (!journal.work());
  const grown = statSync(disk.file).size;
  // In the midst of it one goes that was written already, and one comes.
  disk.standing.delete('0');
  journal.closed(told(0).connection);
  put(5000);
  journal.flush();
  while (journal.work());
  journal.close('keep');
  assert.equal(journal.counters.compacted, 1);
  assert.ok(readFileSync(disk.file).length < grown / 5, `${grown} → ${readFileSync(disk.file).length}`);
  const expected = [...Array.from({ length: 2999 }, (_, i) => i + 1), 5000];
  assert.deepEqual(disk.opened().remembered.sort(), tuples(...expected).sort());
});

test('a host that leaves the cloud leaves nothing to go on with', (t) => {
  const disk = new Disk(t);
  const { journal } = disk.opened();
  journal.opened(told(1));
  journal.close('remove');
  assert.deepEqual(disk.opened().remembered, []);
});

test('classes of connections that begin without it are there too, also when it is written anew', (t) => {
  const disk = new Disk(t);
  const { journal } = disk.opened();
  const one = { number: 7, members: [told(1).connection, told(2).connection] };
  journal.class(one);
  journal.flush();
  assert.deepEqual(disk.opened().remembered, ['class 7 of 2']);
  disk.classes.push(one);
  for (let i = 0; i < 60_000; i++) {
    journal.opened(told(3));
    if (i % 1000 === 0) journal.flush();
  }
  while (journal.counters.compacted === 0) {
    journal.flush();
    journal.work();
    journal.opened(told(3));
  }
  journal.close('keep');
  assert.ok(disk.opened().remembered.includes('class 7 of 2'));
});
