import {
  dhcp6HostToDto,
  dhcp6SubnetToDto,
  newDhcp6Host,
  newDhcp6Subnet,
  updateDhcp6Host,
  updateDhcp6Subnet,
} from '@midonet/contract';
import { parseCidr } from '@midonet/packet';
import { parseClientId, prefixKey, type BridgeId } from '@midonet/topology';
import type { Group } from '../http/handlers.ts';
import { notFound } from '../http/problem.ts';
import { found, pathId, type Services } from './services.ts';

type SubnetPath = { readonly id: string; readonly subnet: string };

/** `<bridge>/2001:db8::_64`, the id part of the subnet's key. */
function subnetId({ id, subnet }: SubnetPath): string {
  const cidr = parseCidr(subnet.replace('_', '/'));
  if (cidr === undefined) throw notFound('DHCPv6 subnet', subnet);
  return `${pathId<BridgeId>('bridge', id)}/${prefixKey(cidr)}`;
}

function hostId(params: SubnetPath & { readonly client: string }): string {
  const client = parseClientId(params.client);
  if (client === undefined) throw notFound('DHCPv6 host', params.client);
  return `${subnetId(params)}/${client}`;
}

export function dhcp6SubnetHandlers({ reader, writer }: Services): Group<'dhcp6Subnets'> {
  const bridgeOf = async (text: string) => found(await reader.get('bridge', pathId('bridge', text)), 'bridge', text);
  return {
    list: async ({ params, base }) => {
      const bridge = await bridgeOf(params.id);
      return (await reader.list('dhcp6Subnet', bridge.id)).map((one) => dhcp6SubnetToDto(one, base));
    },
    get: async ({ params, base }) => {
      const subnet = await reader.get('dhcp6Subnet', subnetId(params));
      return dhcp6SubnetToDto(found(subnet, 'DHCPv6 subnet', params.subnet), base);
    },
    create: async ({ params, body, base, author }) => {
      const subnet = newDhcp6Subnet(body, (await bridgeOf(params.id)).id);
      await writer.create(subnet, author);
      return dhcp6SubnetToDto(subnet, base);
    },
    update: async ({ params, body, base, author }) => {
      const id = subnetId(params);
      return dhcp6SubnetToDto(
        await writer.update('dhcp6Subnet', id, (old) => updateDhcp6Subnet(old, body), author),
        base,
      );
    },
    remove: async ({ params, author }) => {
      await writer.remove('dhcp6Subnet', subnetId(params), author);
      return undefined;
    },
  };
}

export function dhcp6HostHandlers({ reader, writer }: Services): Group<'dhcp6Hosts'> {
  const subnetOf = async (params: SubnetPath) =>
    found(await reader.get('dhcp6Subnet', subnetId(params)), 'DHCPv6 subnet', params.subnet);
  return {
    list: async ({ params, base }) => {
      await subnetOf(params);
      return (await reader.list('dhcp6Host', subnetId(params))).map((one) => dhcp6HostToDto(one, base));
    },
    get: async ({ params, base }) => {
      const host = await reader.get('dhcp6Host', hostId(params));
      return dhcp6HostToDto(found(host, 'DHCPv6 host', params.client), base);
    },
    create: async ({ params, body, base, author }) => {
      const host = newDhcp6Host(body, await subnetOf(params));
      await writer.create(host, author);
      return dhcp6HostToDto(host, base);
    },
    update: async ({ params, body, base, author }) => {
      const id = hostId(params);
      return dhcp6HostToDto(await writer.update('dhcp6Host', id, (old) => updateDhcp6Host(old, body), author), base);
    },
    remove: async ({ params, author }) => {
      await writer.remove('dhcp6Host', hostId(params), author);
      return undefined;
    },
  };
}
