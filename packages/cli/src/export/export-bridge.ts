import type { BridgeDto, PortDto } from '@midonet/contract';
import { sourceText } from '../objects/allowed-addresses.ts';
import type { Session } from '../session.ts';
import { list, mapping, type Exported, type Part } from './exported.ts';

export async function exportBridge(session: Session, from: Exported, name: string, bridge: BridgeDto): Promise<Part> {
  const { id } = bridge;
  const ports = from.portsOf(id).filter(([, port]) => !isMadeByLink(from, port));
  const arps = await session.client.arpTable.list({ id });
  return {
    up: bridge.adminStateUp ? undefined : false,
    shared: bridge.shared ? true : undefined,
    ...from.filters(bridge, `bridge ${name}`),
    ports: mapping(ports.map(([key, port]) => [key, portPart(from, port, `port ${key} on ${name}`)])),
    dhcp: mapping(await exportDhcp(session, id)),
    dhcp6: mapping(await exportDhcp6(session, id)),
    arp: mapping(arps.map(({ ip, mac }) => [ip, mac])),
    macs: mapping(await exportMacs(session, from, id, name)),
  };
}

/** The far end of a router's port that names this bridge: the file makes it with that. */
function isMadeByLink(from: Exported, port: PortDto): boolean {
  const plain = port.adminStateUp && (port.vlanId ?? 0) === 0 && port.inboundFilterId === null;
  const seen = [port.inboundMirrorIds, port.outboundMirrorIds, port.postInFilterMirrorIds, port.preOutFilterMirrorIds];
  const unseen = seen.every((ids) => ids.length === 0);
  const unguarded = port.allowedAddresses === null && port.instanceId === null;
  const bare = port.outboundFilterId === null && port.qosPolicyId === null && unguarded && unseen;
  return (
    plain &&
    bare &&
    port.peerId !== null &&
    from.path(port.peerId) === from.portAlone(port.id) &&
    !from.isBridgePort(port.peerId)
  );
}

function portPart(from: Exported, port: PortDto, what: string): Part {
  // A router's port names its link itself.
  const peer = port.peerId !== null && from.isBridgePort(port.peerId) ? from.port(port.peerId) : undefined;
  if (port.peerId !== null && from.port(port.peerId) === undefined) from.leave(`the link of ${what}`);
  return {
    up: port.adminStateUp ? undefined : false,
    vlan: port.vlanId === null || port.vlanId === 0 ? undefined : port.vlanId,
    peer,
    allowed: port.allowedAddresses?.map(sourceText),
    instance: port.instanceId,
    ...from.binding(port, what),
    ...from.filters(port, what),
  };
}

async function exportDhcp({ client }: Session, id: string): Promise<[string, Part][]> {
  const subnets = await client.dhcpSubnets.list({ id });
  return Promise.all(
    subnets.map(async (one): Promise<[string, Part]> => {
      const prefix = `${one.subnetPrefix}/${one.subnetLength}`;
      const hosts = await client.dhcpHosts.list({ id, subnet: prefix.replace('/', '_') });
      const routes = one.opt121Routes.map((route) => ({
        to: `${route.destinationPrefix}/${route.destinationLength}`,
        via: route.gatewayAddr,
      }));
      const part = {
        enabled: one.enabled ? undefined : false,
        gateway: one.defaultGateway,
        server: one.serverAddr,
        dns: list(one.dnsServerAddrs),
        forwarder: one.dnsForwarderAddr,
        mtu: one.interfaceMTU,
        routes: list(routes),
        // By MAC: names of hosts need not differ.
        hosts: mapping(
          hosts.map((host) => [
            host.macAddr,
            {
              name: host.name,
              address: host.ipAddr,
              options: mapping(host.extraDhcpOpts.map(({ optName, optValue }) => [optName, optValue])),
            },
          ]),
        ),
      };
      return [prefix, part];
    }),
  );
}

async function exportDhcp6({ client }: Session, id: string): Promise<[string, Part][]> {
  const subnets = await client.dhcp6Subnets.list({ id });
  return Promise.all(
    subnets.map(async (one): Promise<[string, Part]> => {
      const hosts = await client.dhcp6Hosts.list({ id, subnet: `${one.prefix}_${one.prefixLength}` });
      const named = hosts.map(({ clientId, fixedAddress, name, extraDhcpOpts }) => {
        const options = mapping(extraDhcpOpts.map(({ optName, optValue }) => [optName, optValue]));
        return [clientId, { address: fixedAddress, name, options }] as const;
      });
      const part = { dns: list(one.dnsServerAddrs), forwarder: one.dnsForwarderAddr, hosts: mapping(named) };
      return [`${one.prefix}/${one.prefixLength}`, part];
    }),
  );
}

async function exportMacs({ client }: Session, from: Exported, id: string, name: string): Promise<[string, unknown][]> {
  const rows = new Map<string, unknown>();
  for (const { macAddr, portId, vlanId, learned } of await client.macTable.list({ id })) {
    if (learned) continue;
    const port = from.portAlone(portId);
    if (port === undefined || rows.has(macAddr)) from.leave(`MAC row ${macAddr} of bridge ${name}`);
    else rows.set(macAddr, vlanId === null || vlanId === 0 ? port : { port, vlan: vlanId });
  }
  return [...rows];
}
