import type { BridgeDto, PortDto, RouterDto } from '@midonet/contract';
import { PORT_HEADINGS, portRow } from '../objects/ports.ts';
import { ROUTE_HEADINGS, routeRow } from '../objects/routes.ts';
import type { Session } from '../session.ts';
import { balancerSections } from './balancer-sections.ts';
import { filterSections } from './filter-sections.ts';
import { section, type Section } from './section.ts';

export async function bridgeSections(session: Session, bridge: BridgeDto): Promise<Section[]> {
  const { client } = session;
  const { id } = bridge;
  const ports = await client.bridges.ports({ id });
  const [macs, arps] = [await client.macTable.list({ id }), await client.arpTable.list({ id })];
  const named = new Map(ports.map((port) => [port.id, port.vifId ?? session.idText(port.id)]));
  return [
    await portSection(session, 'ports', ports),
    await peerSection(session, ports),
    ...(await dhcpSections(session, id)),
    section('MAC table', ['MAC', 'VLAN', 'PORT', 'ORIGIN'], macs, (one) => [
      one.macAddr,
      one.vlanId === null ? '' : String(one.vlanId),
      named.get(one.portId) ?? session.idText(one.portId),
      one.learned ? 'learned' : 'static',
    ]),
    section('seeded ARP and neighbours', ['ADDRESS', 'MAC'], arps, ({ ip, mac }) => [ip, mac]),
    ...(await filterSections(session, [bridge, ...ports])),
  ];
}

export async function routerSections(session: Session, router: RouterDto): Promise<Section[]> {
  const { client } = session;
  const { id } = router;
  const [ports, routes] = [await client.routers.ports({ id }), await client.routers.routes({ id })];
  const rows = await Promise.all(routes.map((one) => routeRow(session, one)));
  return [
    await portSection(session, 'ports', ports),
    await peerSection(session, ports),
    { name: 'routes', headings: ROUTE_HEADINGS, rows, items: routes },
    ...(await filterSections(session, [router, ...ports])),
    ...(router.loadBalancerId === null ? [] : await balancerSections(session, router.loadBalancerId)),
  ];
}

export async function portSections(session: Session, port: PortDto): Promise<Section[]> {
  const { client, directory } = session;
  const groups = (await directory.portGroups()).filter(({ portIds }) => portIds.includes(port.id));
  const routes =
    port.type === 'Router'
      ? (await client.routers.routes({ id: port.deviceId })).filter(({ nextHopPort }) => nextHopPort === port.id)
      : [];
  const rows = await Promise.all(routes.map((one) => routeRow(session, one)));
  const device = port.type === 'Router' ? await directory.router(port.deviceId) : await directory.bridge(port.deviceId);
  return [
    section('device', ['KIND', 'ID', 'NAME'], [device], (one) => [
      port.type.toLowerCase(),
      session.idText(one.id),
      one.name ?? '',
    ]),
    await peerSection(session, [port]),
    await hostSection(session, port),
    { name: 'routes through it', headings: ROUTE_HEADINGS, rows, items: routes },
    section('port groups', ['ID', 'NAME'], groups, (one) => [session.idText(one.id), one.name ?? '']),
    ...(await filterSections(session, [port])),
  ];
}

export async function portSection(session: Session, name: string, ports: readonly PortDto[]): Promise<Section> {
  const rows = await Promise.all(ports.map((port) => portRow(session, port)));
  return { name, headings: PORT_HEADINGS, rows, items: ports };
}

/** The far ends of links. */
async function peerSection(session: Session, ports: readonly PortDto[]): Promise<Section> {
  const peers = ports.flatMap(({ peerId }) => peerId ?? []);
  const all = await session.directory.ports();
  return portSection(
    session,
    'peers',
    all.filter(({ id }) => peers.includes(id)),
  );
}

async function hostSection(session: Session, port: PortDto): Promise<Section> {
  // A tenant is not told of hosts.
  const hosts = port.hostId === null ? [] : (await session.directory.hosts()).filter(({ id }) => id === port.hostId);
  return section('bound to', ['HOST', 'ALIVE', 'INTERFACE'], hosts, (host) => [
    host.name ?? session.idText(host.id),
    host.alive ? 'yes' : 'no',
    port.interfaceName ?? '',
  ]);
}

async function dhcpSections({ client }: Session, id: string): Promise<Section[]> {
  const subnets = await client.dhcpSubnets.list({ id });
  const subnets6 = await client.dhcp6Subnets.list({ id });
  const hosts = await Promise.all(
    subnets.map((one) => client.dhcpHosts.list({ id, subnet: `${one.subnetPrefix}_${one.subnetLength}` })),
  );
  const hosts6 = await Promise.all(
    subnets6.map((one) => client.dhcp6Hosts.list({ id, subnet: `${one.prefix}_${one.prefixLength}` })),
  );
  return [
    section('DHCP', ['SUBNET', 'GATEWAY', 'DNS', 'MTU'], subnets, (one) => [
      `${one.subnetPrefix}/${one.subnetLength}`,
      one.defaultGateway ?? '',
      [one.dnsForwarderAddr ?? [], one.dnsServerAddrs].flat().join(' '),
      one.interfaceMTU === null ? '' : String(one.interfaceMTU),
    ]),
    section('DHCP hosts', ['MAC', 'ADDRESS', 'NAME'], hosts.flat(), (one) => [one.macAddr, one.ipAddr, one.name ?? '']),
    section('DHCPv6', ['SUBNET', 'DNS'], subnets6, (one) => [
      `${one.prefix}/${one.prefixLength}`,
      [one.dnsForwarderAddr ?? [], one.dnsServerAddrs].flat().join(' '),
    ]),
    section('DHCPv6 hosts', ['CLIENT', 'ADDRESS', 'NAME'], hosts6.flat(), (one) => [
      one.clientId,
      one.fixedAddress,
      one.name ?? '',
    ]),
  ];
}
