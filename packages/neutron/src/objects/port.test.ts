import assert from 'node:assert/strict';
import { test } from 'node:test';
import { port, roleOf } from './port.ts';

const owned = (owner: string | null) =>
  roleOf(
    port.parse({
      network_id: '00000000-0000-4000-8000-000000000001',
      mac_address: 'fa:16:3e:00:00:01',
      device_owner: owner,
    }),
  );

test('a port is for what its owner says, and for a machine where that says nothing known', () => {
  assert.deepEqual([null, '', 'compute:nova', 'toString', '__proto__'].map(owned), Array(5).fill('machine'));
  assert.equal(owned('network:router_interface'), 'routerInterface');
  assert.equal(owned('network:router_interface_distributed'), 'routerInterface');
  assert.equal(owned('network:floatingip'), 'none');
});
