import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isReachable } from './reachable.ts';

test('loopback and link-local addresses reach no host; others do', () => {
  const all = ['127.0.0.1', '127.8.0.1', '::1', '169.254.7.7', 'fe80::1', 'fe80::1%eth0', 'febf::1', 'no address'];
  assert.deepEqual(all.filter(isReachable), []);
  const reachable = ['10.0.0.1', '192.0.2.1', '128.0.0.1', '2001:db8::1', 'fd00::1', 'fec0::1', '::2'];
  assert.deepEqual(reachable.filter(isReachable), reachable);
});
