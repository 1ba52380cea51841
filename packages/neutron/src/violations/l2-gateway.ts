import type { Violation } from '@midonet/topology';
import { isUplink } from '../objects/network.ts';
import type { GatewayDevice, L2GatewayConnection } from '../objects/objects.ts';
import type { NeutronReader } from '../reader.ts';
import { deviceOf, vlanOf } from '../translate/l2-gateway.ts';
import { failing } from './failing.ts';

export async function checkGatewayDevice(
  { resource_id: id }: GatewayDevice,
  read: NeutronReader,
): Promise<readonly Violation[]> {
  const network = await read.get('network', id ?? '');
  return failing(
    [id === null || id === undefined, 'resource_id', 'must be the network whose frames carry tags'],
    [isUplink(network), 'resource_id', `network ${id} is an uplink network, which has no frames of its own`],
  );
}

export async function checkL2GatewayConnection(
  connection: L2GatewayConnection,
  read: NeutronReader,
): Promise<readonly Violation[]> {
  const [vlan, deviceId = ''] = [vlanOf(connection), deviceOf(connection)];
  if (vlan === undefined || vlan < 1 || vlan > 4094) {
    return [{ property: 'segmentation_id', message: 'must be a VLAN from 1 to 4094' }];
  }
  const device = await read.get('gatewayDevice', deviceId);
  const network = await read.get('network', connection.network_id);
  const others = await connectionsOf(device?.resource_id ?? '', read);
  const other = others.find((one) => one.id !== connection.id && vlanOf(one) === vlan);
  return failing(
    [isUplink(network), 'network_id', `network ${connection.network_id} is an uplink network, which has no frames`],
    [device?.resource_id === connection.network_id, 'network_id', "is the device's own network: a link joins two"],
    [other !== undefined, 'segmentation_id', `VLAN ${vlan} of the device is taken by connection ${other?.id}`],
  );
}

/** All that take VLANs of a network, by whichever device. */
async function connectionsOf(networkId: string, read: NeutronReader): Promise<readonly L2GatewayConnection[]> {
  const devices = await read.naming('network', networkId, 'gatewayDevice');
  const found = await Promise.all(devices.map(({ id }) => read.naming('gatewayDevice', id, 'l2GatewayConnection')));
  return found.flat();
}
