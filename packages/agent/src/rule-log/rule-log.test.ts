import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { RuleLog } from './rule-log.ts';

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'midonet-rule-log-'));
  t.after(() => {
    rmSync(path, { recursive: true, force: true });
  });
  return path;
}

const never = (message: string): void => {
  assert.fail(message);
};

test('lines are appended, by another run too, and nobody else may read them', (t) => {
  const path = join(folder(t), 'log');
  for (const line of ['a', 'b']) {
    const log = new RuleLog(path, never);
    log.add(() => line);
    log.close();
  }
  assert.equal(readFileSync(path, 'utf8'), 'a\nb\n');
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('without a line there is no file', (t) => {
  const path = join(folder(t), 'log');
  new RuleLog(path, never).close();
  assert.equal(existsSync(path), false);
});

test('a full file makes room for the next, and the oldest goes', (t) => {
  const path = join(folder(t), 'log');
  const log = new RuleLog(path, never, { maxBytes: 20, kept: 3 });
  for (let i = 10; i < 70; i++) {
    log.add(() => `line ${i}`);
    if (i % 7 === 0) log.flush();
  }
  log.close();
  const read = (name: string): string[] => (existsSync(name) ? readFileSync(name, 'utf8').trim().split('\n') : []);
  const kept = [...read(`${path}.2`), ...read(`${path}.1`), ...read(path)];
  assert.ok(kept.length >= 6, `${kept.length} lines kept`);
  assert.deepEqual(
    kept,
    Array.from({ length: kept.length }, (_, i) => `line ${70 - kept.length + i}`),
  );
  for (const name of [path, `${path}.1`, `${path}.2`]) if (existsSync(name)) assert.ok(statSync(name).size <= 28);
  assert.equal(existsSync(`${path}.3`), false);
});

test('too many lines at once, and those that cannot be written, are counted and do no harm', (t) => {
  const path = folder(t);
  const failures: string[] = [];
  const log = new RuleLog(path, (message) => failures.push(message), { maxWaiting: 2 });
  for (let i = 0; i < 5; i++) log.add(() => 'x');
  assert.equal(log.lost, 3);
  log.flush();
  log.add(() => 'y');
  log.flush();
  assert.equal(log.lost, 6);
  assert.equal(failures.length, 1, 'a folder is no file; told once');
});
