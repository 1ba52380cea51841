import { formatIp, formatIp6, network6, type Cidr6 } from '@midonet/packet';
import { prefixKey, type BridgeId, type Dhcp6Host, type Dhcp6Subnet } from '@midonet/topology';
import { z } from 'zod';
import { clientIdField, ip6Field, prefixLengthField, textField } from '../fields.ts';
import { link, type Base } from '../links.ts';
import { dhcpOptionsDto, dhcpOptionsInput, dhcpOptionsOf, dhcpOptionsToDto } from './dhcp-options.ts';

const subnetFields = { dnsServerAddrs: z.array(ip6Field).max(16).nullish(), dnsForwarderAddr: ip6Field.nullish() };
export const dhcp6SubnetInput = z.object({ prefix: ip6Field, prefixLength: prefixLengthField, ...subnetFields });
/** The prefix is in the path; a body that repeats it is fine, it cannot be changed. */
export const dhcp6SubnetUpdate = z.object(subnetFields);

export const dhcp6SubnetDto = z.object({
  uri: z.string(),
  prefix: z.string(),
  prefixLength: z.number(),
  dnsServerAddrs: z.array(z.string()),
  dnsForwarderAddr: z.string().nullable(),
  hosts: z.string(),
});
export type Dhcp6SubnetDto = z.output<typeof dhcp6SubnetDto>;

const hostFields = { fixedAddress: ip6Field, name: textField.nullish(), extraDhcpOpts: dhcpOptionsInput };
export const dhcp6HostInput = z.object({ clientId: clientIdField, ...hostFields });
export const dhcp6HostUpdate = z.object({ ...hostFields, fixedAddress: ip6Field.nullish() });

export const dhcp6HostDto = z.object({
  uri: z.string(),
  clientId: z.string(),
  fixedAddress: z.string(),
  name: z.string().nullable(),
  /** Beyond MidoNet. */
  extraDhcpOpts: dhcpOptionsDto,
});
export type Dhcp6HostDto = z.output<typeof dhcp6HostDto>;

export function newDhcp6Subnet(input: z.output<typeof dhcp6SubnetInput>, bridgeId: BridgeId): Dhcp6Subnet {
  const length = input.prefixLength;
  const subnet: Cidr6 = { address: network6(input.prefix, length), length };
  return updateDhcp6Subnet({ kind: 'dhcp6Subnet', bridgeId, subnet, dnsServers: [] }, input);
}

/** Absent keeps, null clears. */
export function updateDhcp6Subnet(old: Dhcp6Subnet, input: z.output<typeof dhcp6SubnetUpdate>): Dhcp6Subnet {
  return {
    ...old,
    dnsServers: input.dnsServerAddrs === undefined ? old.dnsServers : (input.dnsServerAddrs ?? []),
    dnsForwarder: input.dnsForwarderAddr === undefined ? old.dnsForwarder : (input.dnsForwarderAddr ?? undefined),
  };
}

export function dhcp6SubnetToDto(
  { bridgeId, subnet, dnsServers, dnsForwarder }: Dhcp6Subnet,
  base: Base,
): Dhcp6SubnetDto {
  const uri = link(base, 'bridges', bridgeId, 'dhcpV6', prefixKey(subnet));
  return {
    uri,
    prefix: formatIp(subnet.address),
    prefixLength: subnet.length,
    dnsServerAddrs: dnsServers.map(formatIp6),
    dnsForwarderAddr: dnsForwarder === undefined ? null : formatIp6(dnsForwarder),
    hosts: `${uri}/hostsV6`,
  };
}

export function newDhcp6Host(input: z.output<typeof dhcp6HostInput>, { bridgeId, subnet }: Dhcp6Subnet): Dhcp6Host {
  return {
    kind: 'dhcp6Host',
    bridgeId,
    subnet,
    clientId: input.clientId,
    address: input.fixedAddress,
    name: input.name ?? undefined,
    options: optionsOf(input.extraDhcpOpts),
  };
}

export function updateDhcp6Host(old: Dhcp6Host, input: z.output<typeof dhcp6HostUpdate>): Dhcp6Host {
  return {
    ...old,
    address: input.fixedAddress ?? old.address,
    name: input.name === undefined ? old.name : (input.name ?? undefined),
    options: input.extraDhcpOpts === undefined ? old.options : optionsOf(input.extraDhcpOpts),
  };
}

/** Client ids in URIs are written with dashes, as MACs are. */
export function dhcp6HostToDto(host: Dhcp6Host, base: Base): Dhcp6HostDto {
  const segment = host.clientId.replaceAll(':', '-');
  return {
    uri: link(base, 'bridges', host.bridgeId, 'dhcpV6', prefixKey(host.subnet), 'hostsV6', segment),
    clientId: host.clientId,
    fixedAddress: formatIp6(host.address),
    name: host.name ?? null,
    extraDhcpOpts: dhcpOptionsToDto(host.options ?? []),
  };
}

/** None are not written down, so that agents and stores from before they were known can read the host. */
function optionsOf(input: z.output<typeof dhcpOptionsInput>): Dhcp6Host['options'] {
  const options = dhcpOptionsOf(input ?? []);
  return options.length === 0 ? undefined : options;
}
