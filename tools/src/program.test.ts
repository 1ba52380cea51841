import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runProgram } from './program.ts';

test('a program is done when it ends, whatever it left running', { timeout: 60_000 }, async () => {
  const { code, output } = await runProgram(['sh', '-c', 'sleep 50 & echo $!; exit 3'], { root: '.' });
  process.kill(Number(output.trim()));
  assert.equal(code, 3);
});

test('a program that is not there is said to be missing', async () => {
  const { code, output } = await runProgram(['no-such-program-here'], { root: '.' });
  assert.equal(code, 127);
  assert.match(output, /no-such-program-here/);
});
