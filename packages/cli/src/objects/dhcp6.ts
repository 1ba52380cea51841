import type { Dhcp6SubnetDto } from '@midonet/contract';
import { cidrArgument, ipArgument, networkOf } from '../arguments.ts';
import { table } from '../output/table.ts';
import { addCommand, type Options, type Verbs } from '../verbs.ts';
import { change } from './change.ts';
import { EXTRA, extraOptions, subnetSegment } from './dhcp.ts';

const BRIDGE = ['--bridge <bridge>', 'the bridge'] as const;
const SUBNET = ['--subnet <prefix>', 'the subnet'] as const;
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
      session.show(await session.client.dhcp6Subnets.create({ id, body }), printSubnet);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'dhcp6-subnets',
    summary: 'list the DHCPv6 subnets of a bridge',
    options: [BRIDGE],
    act: async (session, _words, options) => {
      const { id } = await session.directory.bridge(options.required('bridge', '--bridge'));
      const found = await session.client.dhcp6Subnets.list({ id });
      const rows = found.map((one) => [printSubnet(one), one.dnsServerAddrs.join(' ')]);
      session.show(found, () => table(['SUBNET', 'DNS'], rows, session.width));
    },
  });
  addCommand(verbs.update, surroundings, {
    usage: 'dhcp6-subnet <prefix>',
    summary: 'change a DHCPv6 subnet of a bridge',
    options: [BRIDGE, ...DNS],
    act: async (session, [prefix = ''], options) => {
      const { id } = await session.directory.bridge(options.required('bridge', '--bridge'));
      const subnet = subnetSegment(prefix);
      session.show(await change(session.client.dhcp6Subnets, { id, subnet }, dnsBody(options)), printSubnet);
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'dhcp6-subnet <prefix>',
    summary: 'delete a DHCPv6 subnet of a bridge with its hosts',
    options: [BRIDGE],
    act: async (session, [prefix = ''], options) => {
      const { id } = await session.directory.bridge(options.required('bridge', '--bridge'));
      await session.client.dhcp6Subnets.remove({ id, subnet: subnetSegment(prefix) });
    },
  });
  addDhcp6Hosts(verbs);
}

function addDhcp6Hosts(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'dhcp6-host <client> <address>',
    summary: 'give a DHCPv6 client, by MAC or DUID, its address',
    options: [BRIDGE, SUBNET, ['--name <name>', "the host's name"], EXTRA],
    examples: ['midonet create dhcp6-host 02:00:00:00:00:01 2001:db8:1::10 --bridge red --subnet 2001:db8:1::/64'],
    act: async (session, [clientId = '', address = ''], options) => {
      const { id } = await session.directory.bridge(options.required('bridge', '--bridge'));
      const subnet = subnetSegment(options.required('subnet', '--subnet'));
      const body = {
        clientId,
        fixedAddress: ipArgument('address', address),
        name: options.text('name'),
        ...extraOptions(options),
      };
      session.show(await session.client.dhcp6Hosts.create({ id, subnet, body }), (made) => made.clientId);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'dhcp6-hosts',
    summary: 'list the hosts of a DHCPv6 subnet',
    options: [BRIDGE, SUBNET],
    act: async (session, _words, options) => {
      const { id } = await session.directory.bridge(options.required('bridge', '--bridge'));
      const subnet = subnetSegment(options.required('subnet', '--subnet'));
      const found = await session.client.dhcp6Hosts.list({ id, subnet });
      const rows = found.map((one) => [one.clientId, one.fixedAddress, one.name ?? '']);
      session.show(found, () => table(['CLIENT', 'ADDRESS', 'NAME'], rows, session.width));
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'dhcp6-host <client>',
    summary: 'take a host out of a DHCPv6 subnet',
    options: [BRIDGE, SUBNET],
    act: async (session, [client = ''], options) => {
      const { id } = await session.directory.bridge(options.required('bridge', '--bridge'));
      const subnet = subnetSegment(options.required('subnet', '--subnet'));
      await session.client.dhcp6Hosts.remove({ id, subnet, client: client.replaceAll(':', '-') });
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

function printSubnet(subnet: Dhcp6SubnetDto): string {
  return `${subnet.prefix}/${subnet.prefixLength}`;
}
