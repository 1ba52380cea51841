import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { createProgram } from '../program.ts';
import { runCli } from '../run-cli.ts';
import { complete } from './completer.ts';
import { readHistory, writeHistory } from './history-file.ts';
import { runLine } from './run-line.ts';
import { splitWords } from './split-words.ts';

test('words as in a shell', () => {
  assert.deepEqual(splitWords(` trace --from-port web 'udp 10.1.0.10:1000 > 10.2.0.10:53' `), [
    ...['trace', '--from-port', 'web', 'udp 10.1.0.10:1000 > 10.2.0.10:53'],
  ]);
  assert.deepEqual(splitWords(String.raw`a\ b "c \" d"'' e`), ['a b', 'c " d', 'e']);
  assert.deepEqual(splitWords(`'' x # the rest`), ['', 'x']);
  assert.throws(() => splitWords(`show 'bridge`), /a ' is opened and not closed/);
});

const silent = { stdout: { write: () => true }, stderr: { write: () => true }, env: {} };

test('commands, options and names are completed', async () => {
  const program = createProgram(silent);
  const names = (kind: string): Promise<readonly string[]> =>
    Promise.resolve(kind === 'bridge' ? ['red', 'blue'] : kind === 'peer' ? ['web'] : []);
  const of = async (line: string): Promise<string[]> => (await complete(program, line, names))[0];
  assert.ok((await of('')).includes('describe'));
  assert.deepEqual(await of('exp'), ['export']);
  assert.deepEqual(await of('show brid'), ['bridge']);
  assert.deepEqual(await of('show bridge '), ['blue', 'red']);
  assert.deepEqual(await of('show bridge r'), ['red']);
  assert.deepEqual(await of('delete bridge red b'), ['blue']);
  assert.deepEqual(await of('describe bridge '), ['blue', 'red']);
  assert.deepEqual(await of('link web '), ['web']);
  assert.deepEqual(await of('list ports --bri'), ['--bridge']);
  assert.deepEqual(await of('list ports --bridge '), ['blue', 'red']);
});

test('lines run, help is help, daemons stay outside', async () => {
  const ran: (readonly string[])[] = [];
  const notes: string[] = [];
  const run = (line: string) =>
    runLine(
      line,
      (words) => Promise.resolve(ran.push(words)),
      (text) => notes.push(text),
    );
  assert.deepEqual(await run('midonet list bridges'), { code: 1, exit: false });
  await run('help show bridge');
  await run('  ');
  assert.equal((await run('controller --listen :1')).code, 2);
  assert.equal((await run('show "x')).code, 2);
  assert.deepEqual(await run('exit'), { code: 0, exit: true });
  assert.deepEqual(ran, [
    ['list', 'bridges'],
    ['show', 'bridge', '--help'],
  ]);
  assert.match(notes[0] ?? '', /outside of this shell/);
  assert.match(notes[1] ?? '', /not closed/);
});

/** A script as standard input, at a controller that is not there: what needs none succeeds. */
async function script(
  lines: readonly string[],
  ...flags: string[]
): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await runCli(['shell', '--url', 'http://127.0.0.1:9', ...flags], {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    stdin: Readable.from(lines.map((line) => `${line}\n`)),
    env: { HOME: tmpdir() },
  });
  return { code, out, err };
}

test('the whole of it, from its input', { timeout: 60_000 }, async () => {
  const { code, out, err } = await script(['help export', '# a comment', '', 'exit', 'never']);
  assert.equal(code, 0, err);
  assert.match(out, /Usage: midonet export/);
  assert.equal(err, '');
});

// Of a script only its exit code may be looked at: one that failed must not look like one that is done.
test('a script ends at its first line that fails, and as that line does', { timeout: 60_000 }, async () => {
  const first = await script(['help export', 'list bridges', 'help diff']);
  assert.equal(first.code, 6, 'no controller answers');
  assert.match(first.err, /no answer from the controller at http:\/\/127\.0\.0\.1:9/);
  assert.doesNotMatch(first.out, /midonet diff/);
  assert.equal(first.err.split('\n').length, 2, 'it says it once');
  for (const wrong of ['nonsense', 'show "x', 'controller']) assert.equal((await script([wrong])).code, 2, wrong);
});

test('told to keep going it does, and still ends as the first line that failed', { timeout: 60_000 }, async () => {
  const { code, out, err } = await script(['list bridges', 'nonsense', 'help diff'], '--keep-going');
  assert.equal(code, 6);
  assert.match(err, /no answer[\s\S]*nonsense/);
  assert.match(out, /midonet diff/);
});

test('the history is kept for its owner, without secrets', () => {
  const folder = mkdtempSync(join(tmpdir(), 'midonet-shell-'));
  try {
    const path = join(folder, 'state', 'history');
    assert.deepEqual(readHistory(path), []);
    writeHistory(path, ['newest', 'status --token abc', 'oldest']);
    assert.deepEqual(readHistory(path), ['newest', 'oldest']);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    writeHistory('/dev/null/none', ['x']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a line's own flags count before the shell's", { timeout: 60_000 }, async () => {
  let err = '';
  await runCli(['shell', '--url', 'http://127.0.0.1:9'], {
    stdout: { write: () => true },
    stderr: { write: (text: string) => (err += text) },
    stdin: Readable.from(['list bridges --url http://127.0.0.1:10\n']),
    env: { HOME: tmpdir() },
  });
  assert.match(err, /no answer from the controller at http:\/\/127\.0\.0\.1:10:/);
});
