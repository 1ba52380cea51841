import {
  dhcpHostToDto,
  dhcpSubnetToDto,
  newDhcpHost,
  newDhcpSubnet,
  updateDhcpHost,
  updateDhcpSubnet,
} from '@midonet/contract';
import { formatMac, parseCidr, parseMac } from '@midonet/packet';
import { prefixKey, type BridgeId } from '@midonet/topology';
import type { Group } from '../http/handlers.ts';
import { notFound } from '../http/problem.ts';
import { found, pathId, type Services } from './services.ts';

type SubnetPath = { readonly id: string; readonly subnet: string };

/** `<bridge>/10.0.0.0_24`, the id part of the subnet's key. */
function subnetId({ id, subnet }: SubnetPath): string {
  const cidr = parseCidr(subnet.replace('_', '/'));
  if (cidr === undefined) throw notFound('DHCP subnet', subnet);
  return `${pathId<BridgeId>('bridge', id)}/${prefixKey(cidr)}`;
}

function hostId(params: SubnetPath & { readonly mac: string }): string {
  const mac = parseMac(params.mac);
  if (mac === undefined) throw notFound('DHCP host', params.mac);
  return `${subnetId(params)}/${formatMac(mac)}`;
}

export function dhcpSubnetHandlers({ reader, writer }: Services): Group<'dhcpSubnets'> {
  const bridgeOf = async (text: string) => found(await reader.get('bridge', pathId('bridge', text)), 'bridge', text);
  return {
    list: async ({ params, base }) => {
      const bridge = await bridgeOf(params.id);
      return (await reader.list('dhcpSubnet', bridge.id)).map((one) => dhcpSubnetToDto(one, base));
    },
    get: async ({ params, base }) => {
      const subnet = await reader.get('dhcpSubnet', subnetId(params));
      return dhcpSubnetToDto(found(subnet, 'DHCP subnet', params.subnet), base);
    },
    create: async ({ params, body, base, author }) => {
      const subnet = newDhcpSubnet(body, (await bridgeOf(params.id)).id);
      await writer.create(subnet, author);
      return dhcpSubnetToDto(subnet, base);
    },
    update: async ({ params, body, base, author }) => {
      const id = subnetId(params);
      return dhcpSubnetToDto(await writer.update('dhcpSubnet', id, (old) => updateDhcpSubnet(old, body), author), base);
    },
    remove: async ({ params, author }) => {
      await writer.remove('dhcpSubnet', subnetId(params), author);
      return undefined;
    },
  };
}

export function dhcpHostHandlers({ reader, writer }: Services): Group<'dhcpHosts'> {
  const subnetOf = async (params: SubnetPath) =>
    found(await reader.get('dhcpSubnet', subnetId(params)), 'DHCP subnet', params.subnet);
  return {
    list: async ({ params, base }) => {
      await subnetOf(params);
      return (await reader.list('dhcpHost', subnetId(params))).map((one) => dhcpHostToDto(one, base));
    },
    get: async ({ params, base }) => {
      const host = await reader.get('dhcpHost', hostId(params));
      return dhcpHostToDto(found(host, 'DHCP host', params.mac), base);
    },
    create: async ({ params, body, base, author }) => {
      const host = newDhcpHost(body, await subnetOf(params));
      await writer.create(host, author);
      return dhcpHostToDto(host, base);
    },
    update: async ({ params, body, base, author }) => {
      const id = hostId(params);
      return dhcpHostToDto(await writer.update('dhcpHost', id, (old) => updateDhcpHost(old, body), author), base);
    },
    remove: async ({ params, author }) => {
      await writer.remove('dhcpHost', hostId(params), author);
      return undefined;
    },
  };
}
