import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createClient } from '@midonet/contract';
import { until } from '../lab/shell.ts';
import { ControllerProcess } from './controller-process.ts';

const TOKEN = 'a-token-for-tests';
/** Each side has a descriptor for each watcher, and Node takes as many as the machine lets it. */
const WATCHERS = Math.min(10_000, mostFiles() - 500);
const WORKER = fileURLToPath(new URL('./idle-watchers.ts', import.meta.url));
const slow = { timeoutMs: 120_000, everyMs: 50 };
/** Of a watcher with two subscriptions; several times what it takes here, for other versions of Node. */
const MOST_BYTES_EACH = 80_000;

/** Resident memory of a process, in bytes. */
function memoryOf(pid: number): number {
  const [, kib = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1024;
}

function mostFiles(): number {
  const [, hard = '0'] = /^Max open files +\S+ +(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return hard === 'unlimited' ? Infinity : Number(hard);
}

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

test(
  'ten thousand idle watchers: the API answers, each hears the next event, the memory is bounded',
  { timeout: 400_000 },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'midonet-idle-'));
    const args = ['--state', folder, '--log-level', 'info'];
    const controller = new ControllerProcess(TOKEN, args);
    try {
      await controller.start();
      const { url } = controller;
      const client = createClient({ baseUrl: url, token: TOKEN });
      const { id } = await client.bridges.create({ body: { name: 'quiet' } });
      const before = memoryOf(controller.pid);
      const metric = async (name: string): Promise<number> => {
        const answer = await fetch(new URL('/metrics', url), { headers: { 'x-auth-token': TOKEN } });
        return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(await answer.text())?.[1]);
      };
      const line = [WORKER, url, TOKEN, String(WATCHERS), id];
      const worker = spawn(process.execPath, line, { stdio: ['pipe', 'pipe', 'inherit'] });
      try {
        let said = '';
        worker.stdout.on('data', (chunk) => (said += String(chunk)));
        const says = (text: string) =>
          until(
            `the watchers' "${text}"`,
            () => {
              assert.equal(worker.exitCode, null, 'the watchers ended; their reason is above');
              return said.includes(text);
            },
            slow,
          );
        await says('all');
        assert.equal(await metric('midonet_watch_connections'), WATCHERS);
        assert.equal(await metric('midonet_watch_subscriptions'), 2 * WATCHERS);
        const during = memoryOf(controller.pid);
        const each = (during - before) / WATCHERS;
        t.diagnostic(
          `controller: ${mib(before)}, ${mib(during)} with ${WATCHERS} watchers, ${each.toFixed(0)} bytes each`,
        );
        assert.ok(each < MOST_BYTES_EACH);
        for (const name of ['first news', 'more news']) {
          await client.bridges.update({ id, body: { name } });
          await says(`heard ${name}`);
        }
        assert.equal((await client.bridges.list()).length, 1);
      } finally {
        const gone = once(worker, 'exit');
        worker.kill('SIGKILL');
        await gone;
      }
      await until('no watcher is left', async () => (await metric('midonet_watch_connections')) === 0, slow);
      assert.equal(await metric('midonet_watch_subscriptions'), 0);
    } finally {
      await controller.end('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
