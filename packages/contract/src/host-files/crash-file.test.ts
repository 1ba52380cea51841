import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { crashesIn, crashFile } from './crash-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'midonet-crash-file-'));
after(() => rmSync(folder, { recursive: true }));

const MODULE = new URL('crash-file.ts', import.meta.url).href;

/** A process of its own: what ends it is what is looked at. */
function crash(how: string, stateDir = folder): { code: number | null; stderr: string } {
  const script = `import { keepCrashes } from '${MODULE}'; keepCrashes(${JSON.stringify(stateDir)}, 'agent'); ${how}`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  return { code: status, stderr };
}

test('what nobody caught is kept, whatever it is, and ends the process as before', { timeout: 60_000 }, () => {
  assert.deepEqual(crashesIn(folder), []);
  for (const how of [
    "throw new Error('one')",
    "Promise.reject(new Error('two'))",
    "setImmediate(() => { throw 'three'; })",
  ]) {
    const { code, stderr } = crash(how);
    assert.equal(code, 1);
    assert.match(stderr, /one|two|three/);
  }
  assert.equal(crash('process.exitCode = 4').code, 4, 'an end that was wanted');
  const crashes = crashesIn(folder) ?? [];
  assert.deepEqual(
    crashes.map(({ program, reason }) => [program, reason.split('\n')[0]]),
    [
      ['agent', 'Error: one'],
      ['agent', 'Error: two'],
      ['agent', 'three'],
    ],
  );
  assert.match(crashes[0]?.reason ?? '', /\n +at /);
  assert.equal(statSync(crashFile(folder)).mode & 0o777, 0o600);
});

test('the file is bounded, and what is no record in it is passed over', { timeout: 60_000 }, () => {
  const record = { at: 'then', program: 'controller', seconds: 1, reason: 'old' };
  for (let i = 0; i < 50; i++) appendFileSync(crashFile(folder), `${JSON.stringify(record)}\n`);
  appendFileSync(crashFile(folder), 'nonsense\n{"at":7}\nnull\n');
  crash("throw new Error('long'.repeat(100_000))");
  const crashes = crashesIn(folder) ?? [];
  assert.equal(crashes.length, 16);
  assert.match(crashes.at(-1)?.reason ?? '', /^Error: longlong/);
  assert.ok(statSync(crashFile(folder)).size < 10_000);
  assert.deepEqual(readdirSync(folder), ['crashes.jsonl']);
});

test('where it cannot be written the process ends as it would', { timeout: 60_000 }, () => {
  const { code, stderr } = crash("throw new Error('unkept')", join(folder, 'nowhere'));
  assert.equal(code, 1);
  assert.match(stderr, /Error: unkept/);
  assert.deepEqual(crashesIn(join(folder, 'nowhere')), []);
});
