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
  assert.equal(await run('midonet list bridges'), 'on');
  await run('help show bridge');
  await run('  ');
  await run('controller --listen :1');
  await run('show "x');
  assert.equal(await run('exit'), 'exit');
  assert.deepEqual(ran, [
    ['list', 'bridges'],
    ['show', 'bridge', '--help'],
  ]);
  assert.match(notes[0] ?? '', /outside of this shell/);
  assert.match(notes[1] ?? '', /not closed/);
});

test('the whole of it, from its input', { timeout: 60_000 }, async () => {
  let [out, err] = ['', ''];
  const code = await runCli(['shell', '--url', 'http://127.0.0.1:9'], {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    stdin: Readable.from(['help export\n', 'list bridges\n', 'exit\n', 'never\n']),
    env: { HOME: tmpdir() },
  });
  assert.equal(code, 0, err);
  assert.match(out, /Usage: midonet export/);
  assert.match(err, /no answer from the controller at http:\/\/127\.0\.0\.1:9/);
  assert.doesNotMatch(err, /never/);
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
