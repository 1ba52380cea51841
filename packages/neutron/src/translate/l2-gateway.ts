import type { BridgeId, BridgePort, Entity, PortId } from '@midonet/topology';
import { derivedId } from '../derived-id.ts';
import type { GatewayDevice, L2GatewayConnection } from '../objects/objects.ts';
import { isUplink } from '../objects/network.ts';
import type { NeutronReader } from '../reader.ts';

/** The VLAN of the device's network that the connection is about. */
export function vlanOf({ segmentation_id: vlan, l2_gateway: { devices } }: L2GatewayConnection): number | undefined {
  return vlan ?? devices[0]?.segmentation_id ?? undefined;
}

export function deviceOf({ l2_gateway: { devices } }: L2GatewayConnection): string | undefined {
  return devices[0]?.device_id;
}

/** A pair of linked ports; the one of the device's network has the VLAN: frames carry the tag there and nowhere else. */
export async function l2GatewayConnectionTopology(
  connection: L2GatewayConnection,
  read: NeutronReader,
): Promise<readonly Entity[]> {
  const device = await read.get('gatewayDevice', deviceOf(connection) ?? '');
  const bridgeId = device && (await bridgeOf(device, read));
  const network = await read.get('network', connection.network_id);
  if (bridgeId === undefined || network === undefined || isUplink(network)) return [];
  const port = (role: string, bridge: BridgeId): BridgePort => ({
    kind: 'port',
    type: 'bridge',
    id: derivedId<PortId>(connection.id, `l2 gateway ${role}`),
    bridgeId: bridge,
    adminStateUp: true,
  });
  const untagged = port('network', network.id);
  return [untagged, { ...port('VLAN', bridgeId), vlanId: vlanOf(connection), peerId: untagged.id }];
}

/** The bridge whose frames carry tags. */
async function bridgeOf({ resource_id: id }: GatewayDevice, read: NeutronReader): Promise<BridgeId | undefined> {
  const network = await read.get('network', id ?? '');
  return network === undefined || isUplink(network) ? undefined : network.id;
}
