import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreError, StoreFull, type LeaseId } from '@midonet/store';
import type { HostId } from '@midonet/topology';
import { writeRows, type RowOwner } from './rows.ts';

const hostId = '11111111-1111-4111-8111-111111111111' as HostId;
const owner: RowOwner = { hostId, lease: 'a-lease' as LeaseId, author: { user: 'host' } };
const row = { kind: 'portActive', portId: '22222222-2222-4222-8222-222222222222', hostId, tunnelKey: 7 };

const failing = (error: Error) => ({ get: () => Promise.resolve(undefined), commit: () => Promise.reject(error) });

test('rows that find no room in the store are refused so that the agent stays and writes them later', async () => {
  const result = await writeRows(failing(new StoreFull('etcd', 'make room')), owner, [row], []);
  assert.ok(result.kind === 'refused');
  assert.equal(result.code, 'busy', result.message);
  assert.match(result.message, /store is full/);
});

test('that a store does not answer is no fault of the rows', async () => {
  const away = failing(new StoreError('unavailable', 'no majority'));
  await assert.rejects(writeRows(away, owner, [row], []), { code: 'unavailable' });
});
