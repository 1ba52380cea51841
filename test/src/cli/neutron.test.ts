import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Shop } from './shop.ts';

const limit = { timeout: 60_000 };

test('midonet neutron: objects by name, id and prefix; the topology follows', limit, async () => {
  await using shop = await Shop.open();
  const run = (...words: string[]) => shop.run('neutron', ...words);
  const id = (await run('create', 'network', '{"name":"web","tenant_id":"acme"}')).out.trim();
  assert.match((await shop.run('show', 'bridge', 'web')).out, new RegExp(id));
  assert.match((await run('list', 'networks')).out, /^ID +NAME +TENANT +WHAT\n\S+ +web +acme/);
  const subnet = JSON.stringify({ network_id: id, cidr: '10.0.0.0/24', gateway_ip: '10.0.0.1' });
  assert.equal((await run('create', 'subnet', subnet)).code, 0);
  assert.match((await run('show', 'network', id.slice(0, 8))).out, new RegExp(`id +${id}`));
  assert.match((await run('update', 'network', 'web', '{"admin_state_up":false}')).out, /admin_state_up +false/);
  assert.equal((await shop.client.bridges.get({ id })).adminStateUp, false);
  assert.match((await run('list', 'subnets', '-o', 'json')).out, /"cidr": "10.0.0.0\/24"/);
  assert.equal((await run('show', 'network', 'none')).code, 4);
  const unknown = await run('list', 'clouds');
  assert.deepEqual([unknown.code, /there is .*networks, ports/.test(unknown.err)], [2, true], unknown.err);
  assert.equal((await run('create', 'network', '[]')).code, 2);
  assert.equal((await run('create', 'network')).code, 2);
  const wrong = await run('create', 'subnet', JSON.stringify({ network_id: id, cidr: 'x' }));
  assert.deepEqual([wrong.code, /cidr/.test(wrong.err)], [2, true], wrong.err);
  await run('delete', 'network', 'web');
  assert.deepEqual(await shop.client.bridges.list(), []);
  assert.deepEqual(await shop.client.neutronSubnets.list(), []);
});
