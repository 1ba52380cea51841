import type { PortDto } from '@midonet/contract';
import { cidrContains, formatIp, parseCidr, type IpAddress } from '@midonet/packet';
import { failure } from '../cli-error.ts';
import type { Session } from '../session.ts';

/** Who sends, when nobody says: a local address no vendor has. */
const PLACEHOLDER = '02:00:00:00:00:fe';

/** The MAC a sender on this port has: its learned or static row, else a placeholder. */
export async function senderMac(session: Session, port: PortDto): Promise<string> {
  if (port.bridgeId === null) return PLACEHOLDER;
  const rows = await session.client.macTable.list({ id: port.bridgeId });
  return rows.find((row) => row.portId === port.id)?.macAddr ?? PLACEHOLDER;
}

/**
 * The MAC a sender on this port would use to reach `destination`: on a router port the router's own;
 * on a bridge the neighbour's, from seeded rows and DHCP hosts, or the gateway's when the
 * destination is in none of the subnets there.
 */
export async function nextMac(session: Session, port: PortDto, destination: IpAddress): Promise<string> {
  if (port.portMac !== null) return port.portMac;
  const bridgeId = port.bridgeId ?? '';
  const gateways = await gatewaysOn(session, bridgeId);
  const text = formatIp(destination);
  const owner = gateways.find((one) => (one.portSubnet ?? []).some((subnet) => subnet.split('/')[0] === text));
  if (owner?.portMac != null) return owner.portMac;
  const onLink = gateways.some((one) =>
    (one.portSubnet ?? []).some((subnet) => {
      const cidr = parseCidr(subnet);
      return cidr !== undefined && cidrContains(cidr, destination);
    }),
  );
  const [gateway] = gateways;
  if (!onLink && gateway?.portMac != null) return gateway.portMac;
  const known = await neighbourMac(session, bridgeId, text);
  if (known !== undefined) return known;
  throw failure(`the controller does not know the MAC of ${text}; give it with --dst-mac (in its VM: ip link)`);
}

async function gatewaysOn(session: Session, bridgeId: string): Promise<readonly PortDto[]> {
  const ports = await session.directory.ports();
  const onBridge = new Set(ports.filter((port) => port.bridgeId === bridgeId).map((port) => port.id));
  return ports.filter((port) => port.portMac !== null && port.peerId !== null && onBridge.has(port.peerId));
}

async function neighbourMac(session: Session, bridgeId: string, address: string): Promise<string | undefined> {
  const seeded = await session.client.arpTable.list({ id: bridgeId });
  const row = seeded.find((one) => one.ip === address);
  if (row !== undefined) return row.mac;
  for (const subnet of await session.client.dhcpSubnets.list({ id: bridgeId })) {
    const segment = `${subnet.subnetPrefix}_${subnet.subnetLength}`;
    const hosts = await session.client.dhcpHosts.list({ id: bridgeId, subnet: segment });
    const host = hosts.find((one) => one.ipAddr === address);
    if (host !== undefined) return host.macAddr;
  }
  return undefined;
}
