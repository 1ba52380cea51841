import type { DhcpSubnetDto } from '@midonet/contract';
import { cidrArgument, ipArgument, networkOf, numberArgument } from '../arguments.ts';
import { usageError } from '../cli-error.ts';
import { table } from '../output/table.ts';
import { addCommand, describe, type Options, type Verbs } from '../verbs.ts';
import { change } from './change.ts';

export const BRIDGE = ['--bridge <bridge>', 'the bridge'] as const;
const FIELDS = [
  ['--gateway <address>', 'default gateway to hand out'],
  ['--server <address>', 'the address that answers, the gateway by default'],
  ['--dns <address...>', 'name servers to hand out'],
  ['--dns-forwarder <address>', "where instances ask their host's agent for names; handed out first"],
  ['--mtu <bytes>', 'interface MTU to hand out; the overlay MTU by default'],
  ['--route <prefix,gateway...>', 'static routes to hand out'],
] as const;

export const EXTRA = [
  '--option <name=value...>',
  'further options to hand out, by name or number, like ntp-server=10.1.0.5',
] as const;

export function extraOptions(options: Options): { extraDhcpOpts?: { optName: string; optValue: string }[] } {
  const given = options.list('option');
  if (given === undefined) return {};
  const extraDhcpOpts = given.map((text) => {
    const at = text.indexOf('=');
    if (at < 1) throw usageError(`--option: "${text}" is no NAME=VALUE`);
    return { optName: text.slice(0, at), optValue: text.slice(at + 1) };
  });
  return { extraDhcpOpts };
}

/** A subnet as a path segment: `10.0.0.0_24`. */
export function subnetSegment(text: string): string {
  const { address, length } = networkOf(cidrArgument('subnet', text));
  return `${address}_${length}`;
}

export function addDhcp(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'dhcp-subnet <prefix>',
    summary: 'answer DHCP on a bridge for a subnet',
    options: [BRIDGE, ...FIELDS],
    examples: ['midonet create dhcp-subnet 10.1.0.0/24 --bridge red --gateway 10.1.0.1 --dns 10.1.0.53'],
    act: async (session, [prefix = ''], options) => {
      const { id } = await session.directory.bridge(options.required('bridge', '--bridge'));
      const { address, length } = networkOf(cidrArgument('subnet', prefix));
      const body = { subnetPrefix: address, subnetLength: length, ...subnetBody(options) };
      session.show(await session.client.dhcpSubnets.create({ id, body }), printSubnet);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'dhcp-subnets',
    summary: 'list the DHCP subnets of a bridge',
    options: [BRIDGE],
    act: async (session, _words, options) => {
      const { id } = await session.directory.bridge(options.required('bridge', '--bridge'));
      const found = await session.client.dhcpSubnets.list({ id });
      session.show(found, () =>
        table(
          ['SUBNET', 'GATEWAY', 'SERVER', 'DNS', 'MTU'],
          found.map((one) => [
            printSubnet(one),
            one.defaultGateway ?? '',
            one.serverAddr ?? '',
            one.dnsServerAddrs.join(' '),
            one.interfaceMTU === null ? '' : String(one.interfaceMTU),
          ]),
          session.width,
        ),
      );
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'dhcp-subnet <prefix>',
    summary: 'show a DHCP subnet of a bridge',
    options: [BRIDGE],
    act: async (session, [prefix = ''], options) => {
      const { id } = await session.directory.bridge(options.required('bridge', '--bridge'));
      const found = await session.client.dhcpSubnets.get({ id, subnet: subnetSegment(prefix) });
      session.show(found, (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.update, surroundings, {
    usage: 'dhcp-subnet <prefix>',
    summary: 'change a DHCP subnet of a bridge',
    options: [BRIDGE, ...FIELDS, ['--enable', 'answer'], ['--disable', 'leave clients without an answer']],
    examples: ['midonet update dhcp-subnet 10.1.0.0/24 --bridge red --gateway 10.1.0.1'],
    act: async (session, [prefix = ''], options) => {
      const { id } = await session.directory.bridge(options.required('bridge', '--bridge'));
      const subnet = subnetSegment(prefix);
      const body = { ...subnetBody(options), enabled: options.choice('enable', 'disable') };
      const changed = await change(session.client.dhcpSubnets, { id, subnet }, body);
      session.show(changed, (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'dhcp-subnet <prefix>',
    summary: 'delete a DHCP subnet of a bridge with its hosts',
    options: [BRIDGE],
    act: async (session, [prefix = ''], options) => {
      const { id } = await session.directory.bridge(options.required('bridge', '--bridge'));
      await session.client.dhcpSubnets.remove({ id, subnet: subnetSegment(prefix) });
    },
  });
}

export function printSubnet(subnet: DhcpSubnetDto): string {
  return `${subnet.subnetPrefix}/${subnet.subnetLength}`;
}

function subnetBody(options: Options): {
  defaultGateway?: string;
  serverAddr?: string;
  dnsServerAddrs?: string[];
  dnsForwarderAddr?: string;
  interfaceMTU?: number;
  opt121Routes?: { destinationPrefix: string; destinationLength: number; gatewayAddr: string }[];
} {
  const [gateway, server, mtu] = [options.text('gateway'), options.text('server'), options.text('mtu')];
  const forwarder = options.text('dnsForwarder');
  const [dns, routes] = [options.list('dns'), options.list('route')];
  return {
    ...(gateway === undefined ? {} : { defaultGateway: ipArgument('--gateway', gateway) }),
    ...(server === undefined ? {} : { serverAddr: ipArgument('--server', server) }),
    ...(dns === undefined ? {} : { dnsServerAddrs: dns.map((text) => ipArgument('--dns', text)) }),
    ...(forwarder === undefined ? {} : { dnsForwarderAddr: ipArgument('--dns-forwarder', forwarder) }),
    ...(mtu === undefined ? {} : { interfaceMTU: numberArgument('--mtu', mtu, 0, 65535) }),
    ...(routes === undefined ? {} : { opt121Routes: routes.map(staticRoute) }),
  };
}

function staticRoute(text: string): { destinationPrefix: string; destinationLength: number; gatewayAddr: string } {
  const [prefix = '', gateway] = text.split(',');
  if (gateway === undefined) throw usageError(`--route: "${text}" lacks its gateway; write 10.9.0.0/16,10.1.0.1`);
  const { address, length } = networkOf(cidrArgument('--route', prefix));
  return { destinationPrefix: address, destinationLength: length, gatewayAddr: ipArgument('--route', gateway) };
}
