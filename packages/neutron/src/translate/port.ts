import { formatMac, isIp4 } from '@midonet/packet';
import type {
  BridgePort,
  Dhcp6Host,
  DhcpHost,
  DhcpOption,
  Entity,
  IpAddrGroupAddress,
  PortBinding,
} from '@midonet/topology';
import { tenantOf } from '../objects/fields.ts';
import { isUplink } from '../objects/network.ts';
import type { NeutronPort, Subnet } from '../objects/objects.ts';
import { roleOf } from '../objects/port.ts';
import type { NeutronReader } from '../reader.ts';
import { allowedAddresses, isSecured, portChainId, portChains } from './port-security.ts';
import { handsOut6 } from './subnet.ts';
import { mirrorsOf } from './tap.ts';

/** A port of a bridge with what others must know of it. Ports of uplink networks are their router's. */
export async function portTopology(port: NeutronPort, read: NeutronReader): Promise<readonly Entity[]> {
  const network = await read.get('network', port.network_id);
  if (network === undefined) return [];
  if (isUplink(network)) return memberships(port);
  switch (roleOf(port)) {
    case 'none':
    case 'remoteSite':
      return [];
    case 'balancer':
      return memberships(port);
    case 'routerInterface':
    case 'routerGateway':
      return [await bridgePort(port, read), ...tables(port)];
    case 'dhcp':
      return [{ ...(await bridgePort(port, read)), binding: await bindingOf(port, read) }, ...tables(port)];
    case 'machine':
      return machine(port, read);
  }
}

async function machine(port: NeutronPort, read: NeutronReader): Promise<Entity[]> {
  const binding = await bindingOf(port, read);
  const plugged: BridgePort = {
    ...(await bridgePort(port, read)),
    binding,
    ...instanceAt(port),
    qosPolicyId: port.qos_policy_id ?? undefined,
    ...(isSecured(port) ? { ...filtersOf(port), allowedAddresses: allowedAddresses(port) } : {}),
  };
  return [
    ...chainsOf(port),
    plugged,
    // An address that others take over in turn, as VRRP has it, is a port that is nowhere: who has it now answers.
    ...(binding === undefined ? [] : tables(port)),
    ...(await leases(port, read)),
    ...memberships(port),
  ];
}

/** A port with security groups behind which there is no machine, but a router of the load balancer's. */
export async function filteredPort(port: NeutronPort, read: NeutronReader): Promise<readonly Entity[]> {
  const filters = isSecured(port) ? filtersOf(port) : {};
  return [...chainsOf(port), { ...(await bridgePort(port, read)), ...filters }, ...tables(port)];
}

function filtersOf({ id }: NeutronPort): Pick<BridgePort, 'inboundFilterId' | 'outboundFilterId'> {
  return { inboundFilterId: portChainId(id, 'egress'), outboundFilterId: portChainId(id, 'ingress') };
}

function chainsOf(port: NeutronPort): readonly Entity[] {
  return isSecured(port) ? portChains(port) : [];
}

async function bridgePort(port: NeutronPort, read: NeutronReader): Promise<BridgePort> {
  const { id, network_id: bridgeId, admin_state_up: up } = port;
  return { kind: 'port', type: 'bridge', id, bridgeId, adminStateUp: up ?? true, ...(await mirrorsOf(port, read)) };
}

/** So that nothing has to be flooded to find it. */
function tables({ id: portId, network_id: bridgeId, mac_address: mac, fixed_ips: fixed }: NeutronPort): Entity[] {
  return [
    { kind: 'staticMac', bridgeId, vlan: 0, mac, portId },
    ...(fixed ?? []).map(({ ip_address: ip }): Entity => ({ kind: 'staticArp', bridgeId, ip, mac })),
  ];
}

/** Where it is plugged in; undefined: nowhere yet. */
export async function bindingOf(port: NeutronPort, read: NeutronReader): Promise<PortBinding | undefined> {
  const name = port['binding:host_id'] ?? '';
  const interfaceName = port['binding:profile']?.interface_name ?? '';
  if (name === '' || interfaceName === '') return undefined;
  const hostId = await read.hostNamed(name);
  return hostId === undefined ? undefined : { hostId, interfaceName };
}

/** The machine, as Nova and its metadata service know it: in a shared network it is of another project. */
function instanceAt(port: NeutronPort): Pick<BridgePort, 'instanceId' | 'instanceTenantId'> {
  const { device_owner: owner, device_id: id } = port;
  if (owner?.startsWith('compute:') !== true || !/^[0-9A-Za-z_.:-]{1,255}$/.test(id ?? '')) return {};
  const tenant = tenantOf(port);
  return { instanceId: id ?? undefined, instanceTenantId: tenant === '' ? undefined : tenant };
}

/** One address of each subnet is handed out. */
async function leases(port: NeutronPort, read: NeutronReader): Promise<Entity[]> {
  const found: Entity[] = [];
  const seen = new Set<string>();
  for (const { subnet_id: id, ip_address: address } of port.fixed_ips ?? []) {
    const subnet = seen.has(id) ? undefined : await read.get('subnet', id);
    seen.add(id);
    if (subnet !== undefined) found.push(...lease(port, subnet, address));
  }
  return found;
}

function lease(port: NeutronPort, subnet: Subnet, address: DhcpHost['address'] | Dhcp6Host['address']): Entity[] {
  const { mac_address: mac, network_id: bridgeId } = port;
  const name = port.dns_name === null || port.dns_name === '' ? undefined : port.dns_name;
  const common = { bridgeId, subnet: subnet.cidr, name };
  if (isIp4(address)) return [{ kind: 'dhcpHost', ...common, mac, address, options: optionsOf(port, 4) }];
  if (!handsOut6(subnet) || subnet.ipv6_address_mode !== 'dhcpv6-stateful') return [];
  const options = optionsOf(port, 6);
  return [{ kind: 'dhcp6Host', ...common, clientId: formatMac(mac), address, options }];
}

function optionsOf({ extra_dhcp_opts: options }: NeutronPort, version: 4 | 6): readonly DhcpOption[] {
  return (options ?? []).flatMap(({ opt_name: name, opt_value: value, ip_version: of }) =>
    (of ?? 4) === version && name && value ? [{ name, value }] : [],
  );
}

/** Its addresses in its security groups, for the rules that let those in. Follows from the port alone. */
export function memberships(port: NeutronPort): IpAddrGroupAddress[] {
  if (roleOf(port) !== 'machine' && roleOf(port) !== 'balancer') return [];
  const pairs = (port.allowed_address_pairs ?? []).map(({ ip_address: prefix }) => prefix);
  const single = pairs.filter(({ address, length }) => length === (isIp4(address) ? 32 : 128));
  const own = (port.fixed_ips ?? []).map(({ ip_address: address }) => address);
  const addresses = [...new Set([...own, ...single.map(({ address }) => address)])];
  return (port.security_groups ?? []).flatMap((groupId) =>
    addresses.map((address): IpAddrGroupAddress => ({ kind: 'ipAddrGroupAddress', groupId, address })),
  );
}
