import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { StepResult } from '../step.ts';
import { runBatch, type BatchLimits } from './run-batch.ts';

const TEST = `import { after, before, beforeEach, test } from 'node:test';\n`;
const GOOD = `${TEST} test('a good one', () => {});`;

/** Runs files of tests with these texts, in one batch. */
async function batchOf(texts: readonly string[], limits?: BatchLimits): Promise<StepResult> {
  const folder = mkdtempSync(join(tmpdir(), 'batch-'));
  try {
    const files = texts.map((text, at) => {
      const file = join(folder, `file-${at + 1}.test.mts`);
      writeFileSync(file, text);
      return file;
    });
    return await runBatch(folder, files, limits);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('tests of all files are counted; what skips is neither passed nor failed', async () => {
  const { passed, failed, summary } = await batchOf([GOOD, `${GOOD} test.skip('not here', () => {});`]);
  assert.deepEqual([passed, failed, summary], [2, 0, '2 passed, 0 failed, 1 skipped']);
});

test('a test that fails is told with its name and its file', async () => {
  const { passed, failed, detail } = await batchOf([GOOD, `${TEST}\ntest('a bad one', () => { throw Error('no'); });`]);
  assert.deepEqual([passed, failed], [1, 1]);
  assert.match(detail, /file-2\.test\.mts:3[\s\S]*a bad one[\s\S]*Error: no/);
});

test('the hooks of a file are for its own tests', async () => {
  const hooked = `${TEST}
    let [befores, eaches] = [0, 0];
    before(() => { befores++; });
    beforeEach(() => { eaches++; });
    after(() => { console.log('hooks ran', befores, eaches); throw Error('shown'); });
    test('one', () => {});
    test('two', () => {});`;
  const { detail, failed } = await batchOf([GOOD, hooked, GOOD]);
  assert.ok(failed > 0);
  assert.match(detail, /file-2[\s\S]*shown/);
  const quiet = await batchOf([
    hooked.replace("throw Error('shown');", 'if (befores !== 1 || eaches !== 2) throw Error();'),
    GOOD,
  ]);
  assert.equal(quiet.summary, '3 passed, 0 failed');
});

test('a file that breaks after its first test, or cannot be loaded, fails by name', async () => {
  for (const broken of [`${GOOD} throw Error('at the top');`, 'this is no program', `import './nowhere.mts';`]) {
    const { failed, detail } = await batchOf([GOOD, broken]);
    assert.ok(failed > 0, broken);
    assert.match(detail, /✖ .*file-2\.test\.mts/);
  }
});

test('an error after its test has ended fails the batch', async () => {
  const late = `${TEST} test('too early', () => { setTimeout(() => { throw Error('late'); }); });
    test('waits', async () => { await new Promise((resolve) => { setTimeout(resolve, 100); }); });`;
  const { failed, detail } = await batchOf([late]);
  assert.equal(failed, 1);
  assert.match(detail, /too early[\s\S]*late/);
});

test('a file that ends the process or never ends is found among the others', { timeout: 120_000 }, async () => {
  const ends = `${TEST} test('ends it', () => { process.exit(0); });`;
  const ended = await batchOf([GOOD, ends]);
  assert.ok(ended.failed > 0);
  assert.match(ended.detail, /✖ .*file-2\.test\.mts[\s\S]*ran no test/);
  // Blocks its process, as an endless loop does, and leaves the processor to others.
  const hangs = `${TEST} test('hangs', () => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); });`;
  const hung = await batchOf([GOOD, hangs], { testMs: 60_000, togetherMs: 1_000, aloneMs: 5_000 });
  assert.ok(hung.failed > 0);
  assert.match(hung.detail, /✖ .*file-2\.test\.mts/);
});
