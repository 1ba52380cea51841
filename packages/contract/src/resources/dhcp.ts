import { formatIp, formatIp4, formatMac, isIp4, network4, type Cidr4, type Mac } from '@midonet/packet';
import { prefixKey, type BridgeId, type DhcpHost, type DhcpSubnet } from '@midonet/topology';
import { z } from 'zod';
import { ip4Field, macField, prefixLengthField, textField } from '../fields.ts';
import { link, type Base } from '../links.ts';
import { dhcpOptionsDto, dhcpOptionsInput, dhcpOptionsOf, dhcpOptionsToDto } from './dhcp-options.ts';

const routeInput = z.object({
  destinationPrefix: ip4Field,
  destinationLength: prefixLengthField.max(32),
  gatewayAddr: ip4Field,
});

const subnetFields = {
  defaultGateway: ip4Field.nullish(),
  serverAddr: ip4Field.nullish(),
  dnsServerAddrs: z.array(ip4Field).max(16).nullish(),
  /** Beyond MidoNet: where instances may ask the agents of their hosts for names. */
  dnsForwarderAddr: ip4Field.nullish(),
  interfaceMTU: z.int().min(0).max(65535).nullish(),
  opt121Routes: z.array(routeInput).max(64).nullish(),
  enabled: z.boolean().nullish(),
};
export const dhcpSubnetInput = z.object({
  subnetPrefix: ip4Field,
  subnetLength: prefixLengthField.max(32),
  ...subnetFields,
});
/** The prefix is in the path; a body that repeats it is fine, it cannot be changed. */
export const dhcpSubnetUpdate = z.object(subnetFields);

export const dhcpSubnetDto = z.object({
  uri: z.string(),
  subnetPrefix: z.string(),
  subnetLength: z.number(),
  defaultGateway: z.string().nullable(),
  serverAddr: z.string().nullable(),
  dnsServerAddrs: z.array(z.string()),
  dnsForwarderAddr: z.string().nullable(),
  interfaceMTU: z.number().nullable(),
  opt121Routes: z.array(
    z.object({ destinationPrefix: z.string(), destinationLength: z.number(), gatewayAddr: z.string() }),
  ),
  enabled: z.boolean(),
  hosts: z.string(),
});
export type DhcpSubnetDto = z.output<typeof dhcpSubnetDto>;

const hostFields = {
  ipAddr: ip4Field,
  name: textField.nullish(),
  extraDhcpOpts: dhcpOptionsInput,
};
export const dhcpHostInput = z.object({ macAddr: macField, ...hostFields });
export const dhcpHostUpdate = z.object({ ...hostFields, ipAddr: ip4Field.nullish() });

export const dhcpHostDto = z.object({
  uri: z.string(),
  macAddr: z.string(),
  ipAddr: z.string(),
  name: z.string().nullable(),
  extraDhcpOpts: dhcpOptionsDto,
});
export type DhcpHostDto = z.output<typeof dhcpHostDto>;

type SubnetFields = z.output<typeof dhcpSubnetUpdate>;

export function newDhcpSubnet(input: z.output<typeof dhcpSubnetInput>, bridgeId: BridgeId): DhcpSubnet {
  const length = input.subnetLength;
  const subnet: Cidr4 = { address: network4(input.subnetPrefix, length), length };
  const blank: DhcpSubnet = { kind: 'dhcpSubnet', bridgeId, subnet, dnsServers: [], routes: [], enabled: true };
  return updateDhcpSubnet(blank, input);
}

/** Absent keeps, null clears. */
export function updateDhcpSubnet(old: DhcpSubnet, input: SubnetFields): DhcpSubnet {
  const routes = input.opt121Routes?.map((route) => ({
    destination: { address: route.destinationPrefix, length: route.destinationLength },
    gateway: route.gatewayAddr,
  }));
  const mtu = input.interfaceMTU === 0 ? null : input.interfaceMTU;
  return {
    ...old,
    defaultGateway: input.defaultGateway === undefined ? old.defaultGateway : (input.defaultGateway ?? undefined),
    serverAddress: input.serverAddr === undefined ? old.serverAddress : (input.serverAddr ?? undefined),
    dnsServers: input.dnsServerAddrs === undefined ? old.dnsServers : (input.dnsServerAddrs ?? []),
    dnsForwarder: input.dnsForwarderAddr === undefined ? old.dnsForwarder : (input.dnsForwarderAddr ?? undefined),
    interfaceMtu: mtu === undefined ? old.interfaceMtu : (mtu ?? undefined),
    routes: input.opt121Routes === undefined ? old.routes : (routes ?? []),
    enabled: input.enabled ?? old.enabled,
  };
}

export function dhcpSubnetToDto(subnet: DhcpSubnet, base: Base): DhcpSubnetDto {
  const uri = link(base, 'bridges', subnet.bridgeId, 'dhcp', prefixKey(subnet.subnet));
  return {
    uri,
    subnetPrefix: formatIp(subnet.subnet.address),
    subnetLength: subnet.subnet.length,
    defaultGateway: subnet.defaultGateway === undefined ? null : formatIp4(subnet.defaultGateway),
    serverAddr: subnet.serverAddress === undefined ? null : formatIp4(subnet.serverAddress),
    dnsServerAddrs: subnet.dnsServers.map(formatIp4),
    dnsForwarderAddr: subnet.dnsForwarder === undefined ? null : formatIp4(subnet.dnsForwarder),
    interfaceMTU: subnet.interfaceMtu ?? null,
    opt121Routes: subnet.routes
      .filter((route) => isIp4(route.gateway))
      .map((route) => ({
        destinationPrefix: formatIp(route.destination.address),
        destinationLength: route.destination.length,
        gatewayAddr: formatIp(route.gateway),
      })),
    enabled: subnet.enabled,
    hosts: `${uri}/hosts`,
  };
}

export function newDhcpHost(input: z.output<typeof dhcpHostInput>, subnet: DhcpSubnet): DhcpHost {
  return {
    kind: 'dhcpHost',
    bridgeId: subnet.bridgeId,
    subnet: subnet.subnet,
    mac: input.macAddr,
    address: input.ipAddr,
    name: input.name ?? undefined,
    options: dhcpOptionsOf(input.extraDhcpOpts ?? []),
  };
}

export function updateDhcpHost(old: DhcpHost, input: z.output<typeof dhcpHostUpdate>): DhcpHost {
  return {
    ...old,
    address: input.ipAddr ?? old.address,
    name: input.name === undefined ? old.name : (input.name ?? undefined),
    options: input.extraDhcpOpts === undefined ? old.options : dhcpOptionsOf(input.extraDhcpOpts ?? []),
  };
}

export function dhcpHostToDto(host: DhcpHost, base: Base): DhcpHostDto {
  const segments = ['bridges', host.bridgeId, 'dhcp', prefixKey(host.subnet), 'hosts', macSegment(host.mac)];
  return {
    uri: link(base, ...segments),
    macAddr: formatMac(host.mac),
    ipAddr: formatIp4(host.address),
    name: host.name ?? null,
    extraDhcpOpts: dhcpOptionsToDto(host.options),
  };
}

/** MACs in URIs are written with dashes. */
export function macSegment(mac: Mac): string {
  return formatMac(mac).replaceAll(':', '-');
}
