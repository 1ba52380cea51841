import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { SkewedClock } from './skewed-clock.ts';

const HOUR = 3_600_000;
const PROGRAM = `
  process.on('SIGUSR2', () => console.log(new Date().getTime() - performance.timeOrigin - performance.now()));
  console.log(Date.now() - performance.timeOrigin - performance.now());
  setInterval(() => {}, 60_000);
`;

test('a process takes the time that its clock is set to, from its start and while it runs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'midonet-clock-'));
  const file = join(folder, 'clock');
  writeFileSync(file, String(-HOUR));
  const clock = new SkewedClock(file);
  const child = spawn(process.execPath, ['-e', PROGRAM], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...clock.env },
  });
  try {
    const said = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const hours = async (): Promise<number> => Math.round(Number((await said.next()).value) / HOUR) + 0; // no -0
    assert.equal(await hours(), -1);
    clock.set(2 * HOUR, { signal: (name) => void child.kill(name) });
    assert.equal(await hours(), 2);
    clock.set(0, { signal: (name) => void child.kill(name) });
    assert.equal(await hours(), 0);
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  }
});
