import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CliError } from '../cli-error.ts';
import { runCommand } from './ip-command.ts';

const fails = (command: readonly [string, ...string[]], message: RegExp, timeoutMs?: number): void =>
  assert.throws(
    () => runCommand(command, timeoutMs),
    (error) => error instanceof CliError && message.test(error.message),
  );

test('a program that fails is told with its last words, or how it ended when it has none', () => {
  fails(['sh', '-c', 'echo one >&2; echo two >&2; exit 3'], /: two$/);
  fails(['sh', '-c', 'exit 2'], /^sh -c exit 2: it ended with status 2$/);
  fails(['sleep', '600'], /: no answer in 0\.1 s$/, 100);
  fails(['no-such-program-here'], /^cannot run no-such-program-here: it is not installed$/);
});
