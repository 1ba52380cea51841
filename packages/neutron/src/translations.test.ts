import { entityKey, type HostId, type Violation } from '@midonet/topology';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { id, MemoryNeutron } from '../testing/memory-neutron.ts';
import { lastingViolations } from './lasting.ts';
import { topologyOf } from './topology-of.ts';
import { violationsOf } from './violations.ts';

const HOST = 'e0000000-0000-4000-8000-000000000001' as HostId;
const [RED, BLUE, SUBNET, WEB] = [id(1), id(2), id(3), id(4)];
const [R1, R2, GROUP] = [id(5), id(6), id(7)];

const fixed_ips = [{ subnet_id: SUBNET, ip_address: '10.1.0.10' }];
const web = { id: WEB, network_id: RED, mac_address: 'fa:16:3e:00:00:01', fixed_ips, security_groups: [GROUP] };
const bound = { 'binding:host_id': 'hv1', 'binding:profile': { interface_name: 'tap1' } };

function world(): MemoryNeutron {
  const objects = new MemoryNeutron();
  objects.hosts.set('hv1', HOST);
  objects.put('network', { id: RED });
  objects.put('network', { id: BLUE, 'provider:network_type': 'uplink' });
  objects.put('subnet', { id: SUBNET, network_id: RED, cidr: '10.1.0.0/24' });
  return objects;
}

const rows = [`staticMac/${RED}/0/fa:16:3e:00:00:01`, `staticArp/${RED}/10.1.0.10`];
const member = `ipAddrGroupAddress/${GROUP}/10.1.0.10`;
for (const [what, port, has, lacks] of [
  ['a machine that runs somewhere is found without asking for it', { ...web, ...bound }, [...rows, member], []],
  ['an address that is nowhere is for whoever takes it over', web, [`port/${WEB}`, member], rows],
  ['a port of a router is in no group', { ...web, device_owner: 'network:router_interface' }, rows, [member]],
  ['a port of a load balancer is in groups', { ...web, device_owner: 'neutron:LOADBALANCERV2' }, [member], rows],
  ['a port of an uplink is nothing but an address', { ...web, network_id: BLUE }, [member], [`port/${WEB}`, ...rows]],
] as const) {
  test(what, async () => {
    const objects = world();
    const keys = (await topologyOf('port', objects.put('port', port), objects)).map(entityKey);
    for (const key of has) assert.ok(keys.includes(key), `${key} is not among ${keys.join(' ')}`);
    for (const key of lacks) assert.ok(!keys.includes(key), key);
  });
}

test('a machine is of the project of its port, in whosever network', async () => {
  const objects = world();
  const nova = { ...web, ...bound, device_owner: 'compute:nova', device_id: 'vm-1' };
  const instance = async (port: object): Promise<unknown> => {
    const entities = await topologyOf('port', objects.put('port', { ...nova, ...port }), objects);
    const plugged = entities.find((one) => one.kind === 'port');
    return plugged?.type === 'bridge' ? [plugged.instanceId, plugged.instanceTenantId] : undefined;
  };
  assert.deepEqual(await instance({ tenant_id: 'acme' }), ['vm-1', 'acme']);
  assert.deepEqual(await instance({ tenant_id: '' }), ['vm-1', undefined]);
  assert.deepEqual(await instance({ tenant_id: 'acme', device_owner: '' }), [undefined, undefined]);
});

const told = (violations: readonly Violation[]): string =>
  violations.map((one) => `${one.property} ${one.message}`).join();

test('a port is in one router only', async () => {
  const objects = world();
  objects.put('port', { ...web, device_owner: 'network:router_interface' });
  const [first, other] = [objects.put('router', { id: R1 }), objects.put('router', { id: R2, gw_port_id: WEB })];
  const leg = objects.put('routerInterface', { id: R1, port_id: WEB });
  assert.match(told(await violationsOf('routerInterface', leg, objects)), new RegExp(`^port_id .*router ${R2}`));
  assert.match(told(await violationsOf('router', other, objects)), new RegExp(`^gw_port_id .*router ${R1}`));
  assert.deepEqual(await violationsOf('router', first, objects), []);
});

test('addresses of a port are of its own network', async () => {
  const objects = world();
  const port = objects.put('port', { ...web, network_id: BLUE });
  assert.match(told(await violationsOf('port', port, objects)), /^fixed_ips\.0\.subnet_id /);
});

test('what others were made by stays as it was', () => {
  const objects = world();
  const port = (network_id: string) => objects.put('port', { ...web, network_id });
  assert.match(told(lastingViolations('port', port(RED), port(BLUE))), /^network_id /);
  const network = (type: string) => objects.put('network', { id: RED, 'provider:network_type': type });
  assert.match(told(lastingViolations('network', network('midonet'), network('uplink'))), /^provider:network_type /);
  assert.deepEqual(lastingViolations('network', network('local'), network('midonet')), []);
});
