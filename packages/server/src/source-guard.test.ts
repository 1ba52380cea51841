import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '@midonet/contract';
import { startHarness } from '../testing/harness.ts';

const MAC = '02:00:00:00:00:01';

const refusal = (property: string) => (error: unknown) =>
  error instanceof ApiError &&
  error.failure.kind === 'refused' &&
  error.failure.violations.some((one) => one.property.startsWith(property));

test('who may send through a port: set, kept by whole copies, taken off, and for bridge ports only', async () => {
  await using h = await startHarness();
  const { client } = h;
  const bridge = await client.bridges.create({ body: { name: 'red' } });
  const allowedAddresses = [
    { macAddr: MAC, prefix: '10.0.0.5' },
    { macAddr: MAC, prefix: 'fd00::/64' },
    { macAddr: MAC },
  ];
  const port = await client.bridges.createPort({ id: bridge.id, body: { type: 'Bridge', allowedAddresses } });
  const stored = [
    { macAddr: MAC, prefix: '10.0.0.5/32' },
    { macAddr: MAC, prefix: 'fd00::/64' },
    { macAddr: MAC, prefix: null },
  ];
  assert.deepEqual(port.allowedAddresses, stored);
  const { id } = port;
  const renamed = await client.ports.update({ id, body: { vifId: 'web' } });
  assert.deepEqual(renamed.allowedAddresses, stored);
  const nobody = await client.ports.update({ id, body: { allowedAddresses: [] } });
  assert.deepEqual(nobody.allowedAddresses, []);
  const everybody = await client.ports.update({ id, body: { allowedAddresses: null } });
  assert.equal(everybody.allowedAddresses, null);

  const group = [{ macAddr: '01:00:00:00:00:01' }];
  await assert.rejects(client.ports.update({ id, body: { allowedAddresses: group } }), refusal('allowedAddresses'));
  const odd = [{ macAddr: MAC, prefix: '10.0.0.0/33' }];
  await assert.rejects(client.ports.update({ id, body: { allowedAddresses: odd } }), refusal('allowedAddresses'));
  const router = await client.routers.create({ body: { name: 'edge' } });
  const body = { type: 'Router' as const, portSubnet: ['10.0.0.1/24'], allowedAddresses: stored };
  await assert.rejects(client.routers.createPort({ id: router.id, body }), refusal('allowedAddresses'));
});
