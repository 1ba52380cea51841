import type { Dhcp6SubnetDto } from '@midonet/contract';
import { cidrArgument, ipArgument, networkOf } from '../arguments.ts';
import { table } from '../output/table.ts';
import { addCommand, describe, type Options, type Verbs } from '../verbs.ts';
import { change } from './change.ts';
import { BRIDGE, subnetSegment } from './dhcp.ts';

const DNS = [
  ['--dns <address...>', 'name servers to hand out'],
  ['--dns-forwarder <address>', "where instances ask their host's agent for names; handed out first"],
] as const;

export function addDhcp6(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'dhcp6-subnet <prefix>',
    summary: 'answer DHCPv6 on a bridge for a subnet',
    options: [BRIDGE, ...DNS],
    examples: ['midonet create dhcp6-subnet 2001:db8:1::/64 --bridge red --dns 2001:db8::53'],
    act: async (session, [prefix = ''], options) => {
      const { id } = await session.directory.bridge(options.required('bridge', '--bridge'));
      const { address, length } = networkOf(cidrArgument('subnet', prefix));
      const body = { prefix: address, prefixLength: length, ...dnsBody(options) };
      session.show(await session.client.dhcp6Subnets.create({ id, body }), printSubnet6);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'dhcp6-subnets',
    summary: 'list the DHCPv6 subnets of a bridge',
    options: [BRIDGE],
    act: async (session, _words, options) => {
      const { id } = await session.directory.bridge(options.required('bridge', '--bridge'));
      const found = await session.client.dhcp6Subnets.list({ id });
      const rows = found.map((one) => [printSubnet6(one), one.dnsServerAddrs.join(' ')]);
      session.show(found, () => table(['SUBNET', 'DNS'], rows, session.width));
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'dhcp6-subnet <prefix>',
    summary: 'show a DHCPv6 subnet of a bridge',
    options: [BRIDGE],
    act: async (session, [prefix = ''], options) => {
      const { id } = await session.directory.bridge(options.required('bridge', '--bridge'));
      const found = await session.client.dhcp6Subnets.get({ id, subnet: subnetSegment(prefix) });
      session.show(found, (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.update, surroundings, {
    usage: 'dhcp6-subnet <prefix>',
    summary: 'change a DHCPv6 subnet of a bridge',
    options: [BRIDGE, ...DNS],
    examples: ['midonet update dhcp6-subnet 2001:db8:1::/64 --bridge red --dns 2001:db8::53'],
    act: async (session, [prefix = ''], options) => {
      const { id } = await session.directory.bridge(options.required('bridge', '--bridge'));
      const subnet = subnetSegment(prefix);
      session.show(await change(session.client.dhcp6Subnets, { id, subnet }, dnsBody(options)), printSubnet6);
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'dhcp6-subnet <prefix>',
    summary: 'delete a DHCPv6 subnet of a bridge with its hosts',
    options: [BRIDGE],
    examples: ['midonet delete dhcp6-subnet 2001:db8:1::/64 --bridge red'],
    act: async (session, [prefix = ''], options) => {
      const { id } = await session.directory.bridge(options.required('bridge', '--bridge'));
      await session.client.dhcp6Subnets.remove({ id, subnet: subnetSegment(prefix) });
    },
  });
}

function dnsBody(options: Options): { dnsServerAddrs?: string[]; dnsForwarderAddr?: string } {
  const [dns, forwarder] = [options.list('dns'), options.text('dnsForwarder')];
  return {
    ...(dns === undefined ? {} : { dnsServerAddrs: dns.map((text) => ipArgument('--dns', text)) }),
    ...(forwarder === undefined ? {} : { dnsForwarderAddr: ipArgument('--dns-forwarder', forwarder) }),
  };
}

export function printSubnet6(subnet: Dhcp6SubnetDto): string {
  return `${subnet.prefix}/${subnet.prefixLength}`;
}
