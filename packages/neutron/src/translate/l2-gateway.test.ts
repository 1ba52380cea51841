import assert from 'node:assert/strict';
import { test } from 'node:test';
import { id, MemoryNeutron } from '../../testing/memory-neutron.ts';

const [CONNECTION, OTHER, DEVICE, OTHER_DEVICE] = [id(1), id(2), id(3), id(4)];
const [TENANT, TRUNK, UPLINK] = [id(11), id(12), id(13)];

function stored(): MemoryNeutron {
  const neutron = new MemoryNeutron();
  for (const network of [TENANT, TRUNK]) neutron.put('network', { id: network });
  neutron.put('network', { id: UPLINK, 'provider:network_type': 'uplink' });
  neutron.put('gatewayDevice', { id: DEVICE, type: 'network_vlan', resource_id: TRUNK });
  return neutron;
}

type Connection = Parameters<typeof MemoryNeutron.prototype.put<'l2GatewayConnection'>>[1];

function connection(more: Partial<Connection> = {}): Connection {
  const l2_gateway = { devices: [{ device_id: DEVICE, segmentation_id: 100 }] };
  return { id: CONNECTION, network_id: TENANT, l2_gateway, ...more };
}

test('a connection is a link from the network to a VLAN of the network of the device', async () => {
  const neutron = stored();
  neutron.put('l2GatewayConnection', connection());
  const [untagged, tagged, ...others] = (await neutron.topology('l2GatewayConnection')).filter(
    (one) => one.kind === 'port',
  );
  const common = { kind: 'port', type: 'bridge', adminStateUp: true };
  assert.deepEqual(untagged, { ...common, id: untagged?.id, bridgeId: TENANT });
  const far = { bridgeId: TRUNK, vlanId: 100, peerId: untagged.id };
  assert.deepEqual(tagged, { ...common, id: tagged?.id, ...far });
  assert.deepEqual(others, []);
});

test('its own VLAN goes before that of the device', async () => {
  const neutron = stored();
  neutron.put('l2GatewayConnection', connection({ segmentation_id: 200 }));
  const ports = (await neutron.topology('l2GatewayConnection')).filter((one) => one.kind === 'port');
  assert.deepEqual(
    ports.map((port) => port.type === 'bridge' && port.vlanId),
    [undefined, 200],
  );
});

test('what cannot be linked is named by its member', async () => {
  const neutron = stored();
  const wrong = async (more: Partial<Connection>): Promise<readonly string[]> => {
    neutron.put('l2GatewayConnection', connection(more));
    return neutron.wrong('l2GatewayConnection', CONNECTION);
  };
  assert.deepEqual(await wrong({}), []);
  assert.deepEqual(await wrong({ segmentation_id: 10100 }), ['segmentation_id must be a VLAN from 1 to 4094']);
  assert.deepEqual(await wrong({ network_id: TRUNK }), ["network_id is the device's own network: a link joins two"]);
  assert.match((await wrong({ network_id: UPLINK })).join(), /^network_id network .* is an uplink network/);
  neutron.put('l2GatewayConnection', { ...connection(), id: OTHER });
  assert.deepEqual(await wrong({}), [`segmentation_id VLAN 100 of the device is taken by connection ${OTHER}`]);
  neutron.put('gatewayDevice', { id: OTHER_DEVICE, type: 'network_vlan' });
  assert.deepEqual(await neutron.wrong('gatewayDevice', OTHER_DEVICE), [
    'resource_id must be the network whose frames carry tags',
  ]);
  neutron.put('gatewayDevice', { id: OTHER_DEVICE, type: 'NETWORK_VLAN', resource_id: UPLINK });
  assert.match((await neutron.wrong('gatewayDevice', OTHER_DEVICE)).join(), /^resource_id network .* is an uplink/);
  assert.throws(() => neutron.put('l2GatewayConnection', connection({ l2_gateway: { devices: [] } })), /exactly one/);
});
