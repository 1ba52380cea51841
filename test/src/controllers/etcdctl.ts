import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

/** etcd itself, as an operator asks it; answers what it printed. */
export function etcdctl(urls: readonly string[], args: readonly string[], input = ''): string {
  const { stdout, stderr, status } = spawnSync('etcdctl', args, {
    env: { ...process.env, ETCDCTL_API: '3', ETCDCTL_ENDPOINTS: urls.join(',') },
    encoding: 'utf8',
    input,
  });
  assert.equal(status, 0, stderr);
  return stdout.trim();
}
