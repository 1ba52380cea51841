import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A process of one of these programs, which says when it came to its n-th entry and stops dead there. */
export async function stoppedAt(program: string, count: number, place: readonly string[]): Promise<ChildProcess> {
  const path = join(import.meta.dirname, program);
  const child = spawn(process.execPath, [path, String(count), ...place], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit').then(() => assert.fail('it ended before it came that far'));
  await Promise.race([once(child.stdout, 'data'), ended]);
  ended.catch(() => undefined);
  return child;
}

/** Nothing is said goodbye to. */
export async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
