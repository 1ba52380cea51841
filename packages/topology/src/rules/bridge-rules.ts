import type { Dhcp6Host, Dhcp6Subnet, DhcpHost, DhcpSubnet, StaticArp, StaticMac } from '../entities.ts';
import { prefixKey } from '../keys.ts';
import { refused, type Refused, type WriteList } from './plan.ts';
import type { ReadRecorder } from './read-recorder.ts';

type Read = ReadRecorder<number>;

/** What hangs on a bridge needs the bridge; a reservation its subnet; a static MAC a port of that bridge. */
export async function checkBridgeRow(
  row: DhcpSubnet | DhcpHost | Dhcp6Subnet | Dhcp6Host | StaticMac | StaticArp,
  read: Read,
): Promise<Refused | undefined> {
  if (!(await read.exists(`bridge/${row.bridgeId}`))) {
    return refused('notFound', 'bridgeId', `no bridge ${row.bridgeId}`);
  }
  switch (row.kind) {
    case 'dhcpSubnet':
    case 'dhcp6Subnet':
    case 'staticArp':
      return undefined;
    case 'dhcpHost':
    case 'dhcp6Host': {
      const subnet = prefixKey(row.subnet);
      const there = await read.exists(
        `${row.kind === 'dhcpHost' ? 'dhcpSubnet' : 'dhcp6Subnet'}/${row.bridgeId}/${subnet}`,
      );
      return there ? undefined : refused('notFound', 'subnet', `no DHCP subnet ${subnet} on bridge ${row.bridgeId}`);
    }
    case 'staticMac': {
      const port = await read.get('port', row.portId);
      if (port?.type === 'bridge' && port.bridgeId === row.bridgeId) return undefined;
      return refused('invalid', 'portId', `${row.portId} is no port of bridge ${row.bridgeId}`);
    }
  }
}

/** Deletes a DHCP subnet with its reservations. */
export function deleteSubnet(subnet: DhcpSubnet | Dhcp6Subnet, list: WriteList): undefined {
  list.removeBelow(
    `${subnet.kind === 'dhcpSubnet' ? 'dhcpHost' : 'dhcp6Host'}/${subnet.bridgeId}/${prefixKey(subnet.subnet)}/`,
  );
  list.remove(subnet);
  return undefined;
}
