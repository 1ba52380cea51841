import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { etcdctl } from '../controllers/etcdctl.ts';

/** For a cluster that is to be filled. */
export const SMALL_QUOTA = ['--quota-backend-bytes', String(8 << 20)];

/** Somebody else's key, overwritten until etcd takes no more. */
export function fillEtcd(urls: readonly string[]): void {
  for (let i = 0; i < 40; i++) {
    const env = { ...process.env, ETCDCTL_API: '3', ETCDCTL_ENDPOINTS: urls.join(',') };
    const input = randomBytes(500_000).toString('hex');
    const { status, stderr } = spawnSync('etcdctl', ['put', '/else/where'], { env, input, encoding: 'utf8' });
    if (status !== 0) {
      assert.match(stderr, /database space exceeded/);
      return;
    }
  }
  assert.fail('etcd had room for more than its quota');
}

/** What docs/operations/etcd.md says to do. */
export function makeRoomInEtcd(urls: readonly string[]): void {
  const [status] = JSON.parse(etcdctl(urls, ['endpoint', 'status', '-w', 'json'])) as [
    { Status: { header: { revision: number } } },
  ];
  etcdctl(urls, ['compaction', '--physical', String(status.Status.header.revision)]);
  etcdctl(urls, ['defrag']);
  assert.match(etcdctl(urls, ['alarm', 'disarm']), /NOSPACE/);
}
