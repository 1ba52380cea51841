import { deleteEndpoint, getEndpoint, listEndpoint, postEndpoint, putEndpoint } from '../endpoint.ts';
import {
  dhcpHostDto,
  dhcpHostInput,
  dhcpHostUpdate,
  dhcpSubnetDto,
  dhcpSubnetInput,
  dhcpSubnetUpdate,
} from '../resources/dhcp.ts';
import {
  dhcp6HostDto,
  dhcp6HostInput,
  dhcp6HostUpdate,
  dhcp6SubnetDto,
  dhcp6SubnetInput,
  dhcp6SubnetUpdate,
} from '../resources/dhcp6.ts';
import { ipMacDto, ipMacInput, macPortDto, macPortInput } from '../resources/tables.ts';

const MAC_PORT = ['MacPort', 2] as const;
const IP_MAC = ['IP4Mac', 1] as const;
const SUBNET = ['DhcpSubnet', 2] as const;
const HOST = ['DhcpHost', 2] as const;

const SUBNET6 = ['DhcpV6Subnet', 1] as const;
const HOST6 = ['DhcpV6Host', 1] as const;

const macRow = { media: MAC_PORT, response: macPortDto } as const;

/** Learned rows are listed beside static ones and marked. */
export const macTable = {
  list: listEndpoint('/bridges/{id}/mac_table', { summary: "List a bridge's MAC table, all VLANs", ...macRow }),
  create: postEndpoint('/bridges/{id}/mac_table', { summary: 'Add a static MAC', request: macPortInput, ...macRow }),
  get: getEndpoint('/bridges/{id}/mac_table/{row}', { summary: 'Show an untagged MAC row', ...macRow }),
  remove: deleteEndpoint('/bridges/{id}/mac_table/{row}', { summary: 'Delete a static MAC', media: MAC_PORT }),
} as const;

export const vlanMacTable = {
  list: listEndpoint('/bridges/{id}/vlans/{vlan}/mac_table', { summary: 'List the MAC table of a VLAN', ...macRow }),
  create: postEndpoint('/bridges/{id}/vlans/{vlan}/mac_table', {
    summary: 'Add a static MAC to a VLAN',
    request: macPortInput,
    ...macRow,
  }),
  get: getEndpoint('/bridges/{id}/vlans/{vlan}/mac_table/{row}', { summary: 'Show a MAC row of a VLAN', ...macRow }),
  remove: deleteEndpoint('/bridges/{id}/vlans/{vlan}/mac_table/{row}', {
    summary: 'Delete a static MAC of a VLAN',
    media: MAC_PORT,
  }),
} as const;

const ipRow = { media: IP_MAC, response: ipMacDto } as const;

export const arpTable = {
  list: listEndpoint('/bridges/{id}/arp_table', { summary: "List a bridge's seeded neighbour rows", ...ipRow }),
  create: postEndpoint('/bridges/{id}/arp_table', {
    summary: 'Seed a row that ARP or ND suppression answers',
    request: ipMacInput,
    ...ipRow,
  }),
  get: getEndpoint('/bridges/{id}/arp_table/{row}', { summary: 'Show a seeded row', ...ipRow }),
  remove: deleteEndpoint('/bridges/{id}/arp_table/{row}', { summary: 'Delete a seeded row', media: IP_MAC }),
} as const;

const subnet = { media: SUBNET, response: dhcpSubnetDto } as const;

/** `{subnet}` is written 10.0.0.0_24. */
export const dhcpSubnets = {
  list: listEndpoint('/bridges/{id}/dhcp', { summary: "List a bridge's DHCP subnets", ...subnet }),
  create: postEndpoint('/bridges/{id}/dhcp', { summary: 'Add a DHCP subnet', request: dhcpSubnetInput, ...subnet }),
  get: getEndpoint('/bridges/{id}/dhcp/{subnet}', { summary: 'Show a DHCP subnet', ...subnet }),
  update: putEndpoint('/bridges/{id}/dhcp/{subnet}', {
    summary: 'Change a DHCP subnet',
    request: dhcpSubnetUpdate,
    ...subnet,
  }),
  remove: deleteEndpoint('/bridges/{id}/dhcp/{subnet}', {
    summary: 'Delete a DHCP subnet with its hosts',
    media: SUBNET,
  }),
} as const;

const host = { media: HOST, response: dhcpHostDto } as const;

export const dhcpHosts = {
  list: listEndpoint('/bridges/{id}/dhcp/{subnet}/hosts', { summary: 'List the hosts of a DHCP subnet', ...host }),
  create: postEndpoint('/bridges/{id}/dhcp/{subnet}/hosts', {
    summary: 'Give a MAC its address',
    request: dhcpHostInput,
    ...host,
  }),
  get: getEndpoint('/bridges/{id}/dhcp/{subnet}/hosts/{mac}', { summary: 'Show a DHCP host', ...host }),
  update: putEndpoint('/bridges/{id}/dhcp/{subnet}/hosts/{mac}', {
    summary: 'Change a DHCP host',
    request: dhcpHostUpdate,
    ...host,
  }),
  remove: deleteEndpoint('/bridges/{id}/dhcp/{subnet}/hosts/{mac}', { summary: 'Delete a DHCP host', media: HOST }),
} as const;

const subnet6 = { media: SUBNET6, response: dhcp6SubnetDto } as const;

/** `{subnet}` is written 2001:db8::_64. */
export const dhcp6Subnets = {
  list: listEndpoint('/bridges/{id}/dhcpV6', { summary: "List a bridge's DHCPv6 subnets", ...subnet6 }),
  create: postEndpoint('/bridges/{id}/dhcpV6', {
    summary: 'Add a DHCPv6 subnet',
    request: dhcp6SubnetInput,
    ...subnet6,
  }),
  get: getEndpoint('/bridges/{id}/dhcpV6/{subnet}', { summary: 'Show a DHCPv6 subnet', ...subnet6 }),
  update: putEndpoint('/bridges/{id}/dhcpV6/{subnet}', {
    summary: 'Change a DHCPv6 subnet',
    request: dhcp6SubnetUpdate,
    ...subnet6,
  }),
  remove: deleteEndpoint('/bridges/{id}/dhcpV6/{subnet}', {
    summary: 'Delete a DHCPv6 subnet with its hosts',
    media: SUBNET6,
  }),
} as const;

const host6 = { media: HOST6, response: dhcp6HostDto } as const;

/** `{client}` is a DUID or a MAC, with dashes. */
export const dhcp6Hosts = {
  list: listEndpoint('/bridges/{id}/dhcpV6/{subnet}/hostsV6', {
    summary: 'List the hosts of a DHCPv6 subnet',
    ...host6,
  }),
  create: postEndpoint('/bridges/{id}/dhcpV6/{subnet}/hostsV6', {
    summary: 'Give a DHCPv6 client its address',
    request: dhcp6HostInput,
    ...host6,
  }),
  get: getEndpoint('/bridges/{id}/dhcpV6/{subnet}/hostsV6/{client}', { summary: 'Show a DHCPv6 host', ...host6 }),
  update: putEndpoint('/bridges/{id}/dhcpV6/{subnet}/hostsV6/{client}', {
    summary: 'Change a DHCPv6 host',
    request: dhcp6HostUpdate,
    ...host6,
  }),
  remove: deleteEndpoint('/bridges/{id}/dhcpV6/{subnet}/hostsV6/{client}', {
    summary: 'Delete a DHCPv6 host',
    media: HOST6,
  }),
} as const;
