import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';

const E2E = join(import.meta.dirname, '../e2e');
/** The quickest that change much; `./run cluster` runs all of them so. */
const FILES = ['two-hosts.test.ts', 'changes.test.ts'];

for (const file of FILES) {
  test(
    `end to end on three controllers and three members of etcd, one of each dead at any time: ${file}`,
    { timeout: 600_000 },
    async () => {
      const words = ['--test', '--test-reporter=tap', join(E2E, file)];
      const { NODE_TEST_CONTEXT: _own, ...env } = process.env;
      const child = spawn(process.execPath, words, {
        env: { ...env, MIDONET_E2E: 'etcd' },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let said = '';
      child.stdout.on('data', (chunk) => (said += String(chunk)));
      try {
        const [code] = (await once(child, 'close')) as [number | null];
        assert.equal(code, 0, said.slice(-6000));
        assert.match(said, /^# pass [1-9]/m, said.slice(-6000));
        const deaths = [...said.matchAll(/a controller and a member of etcd died (\d+) times/g)];
        assert.ok(
          deaths.some(([, times]) => Number(times) > 0),
          said.slice(-6000),
        );
      } finally {
        child.kill('SIGKILL');
      }
    },
  );
}
