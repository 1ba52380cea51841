import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
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

test('a program over its time is killed with what it started', { timeout: 60_000 }, async () => {
  const command = ['sh', '-c', 'sleep 50 & echo $!; wait'] as const;
  const { code, output } = await runProgram(command, { root: '.', timeoutMs: 500 });
  assert.notEqual(code, 0);
  assert.match(output, /time limit of 500 ms/);
  const state = (): string => {
    try {
      return /^State:\s+(\w)/m.exec(readFileSync(`/proc/${Number.parseInt(output)}/status`, 'utf8'))?.[1] ?? 'gone';
    } catch {
      return 'gone';
    }
  };
  // A killed process goes when the kernel comes to it; that it goes at all is the point.
  while (!/^(gone|Z)$/.test(state())) await setTimeout(10);
});
