import { ipArgument, macArgument } from '../arguments.ts';
import { table } from '../output/table.ts';
import type { Session } from '../session.ts';
import { addCommand, describe, type Options, type Verbs } from '../verbs.ts';
import { change } from './change.ts';
import { BRIDGE, EXTRA, extraOptions, printSubnet, subnetSegment } from './dhcp.ts';
import { hostsInSubnets, placeOfOne } from './dhcp-places.ts';

export const SUBNET = ['--subnet <prefix>', 'the subnet'] as const;
/** Where one is enough to tell which is meant. */
export const ANY_SUBNET = ['--subnet <prefix>', 'only of this subnet'] as const;
const NAME = ['--name <name>', 'host name to hand out'] as const;

export function addDhcpHosts(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'dhcp-host <mac> <address>',
    summary: 'give a MAC its address',
    options: [BRIDGE, SUBNET, NAME, EXTRA],
    examples: ['midonet create dhcp-host 02:00:00:00:00:01 10.1.0.10 --bridge red --subnet 10.1.0.0/24 --name web'],
    act: async (session, [mac = '', address = ''], options) => {
      const { id } = await session.directory.bridge(options.required('bridge', '--bridge'));
      const subnet = subnetSegment(options.required('subnet', '--subnet'));
      const body = {
        macAddr: macArgument('mac', mac),
        ipAddr: ipArgument('address', address),
        name: options.text('name'),
        ...extraOptions(options),
      };
      session.show(await session.client.dhcpHosts.create({ id, subnet, body }), ({ macAddr }) => macAddr);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'dhcp-hosts',
    summary: 'list the DHCP hosts of a bridge',
    options: [BRIDGE, ANY_SUBNET],
    act: async (session, _words, options) => {
      const found = await hostsOf(session, options);
      session.show(
        found.map(({ host }) => host),
        () =>
          table(
            ['MAC', 'ADDRESS', 'NAME', 'SUBNET'],
            found.map(({ host, prefix }) => [host.macAddr, host.ipAddr, host.name ?? '', prefix]),
            session.width,
          ),
      );
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'dhcp-host <mac>',
    summary: 'show what a host is given by DHCP',
    options: [BRIDGE, ANY_SUBNET],
    examples: ['midonet show dhcp-host 02:00:00:00:00:01 --bridge red'],
    act: async (session, [mac = ''], options) => {
      const one = await session.client.dhcpHosts.get(await placeOf(session, mac, options));
      session.show(one, (found) => session.fields(describe(found)));
    },
  });
  addCommand(verbs.update, surroundings, {
    usage: 'dhcp-host <mac>',
    summary: 'change what a host is given by DHCP',
    options: [BRIDGE, ANY_SUBNET, ['--address <address>', 'a new address'], NAME, EXTRA],
    examples: ['midonet update dhcp-host 02:00:00:00:00:01 --bridge red --address 10.1.0.11'],
    act: async (session, [mac = ''], options) => {
      const address = options.text('address');
      const ipAddr = address === undefined ? undefined : ipArgument('--address', address);
      const body = { ipAddr, name: options.text('name'), ...extraOptions(options) };
      const changed = await change(session.client.dhcpHosts, await placeOf(session, mac, options), body);
      session.show(changed, (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'dhcp-host <mac>',
    summary: 'take a host out of a DHCP subnet',
    options: [BRIDGE, ANY_SUBNET],
    act: async (session, [mac = ''], options) => {
      await session.client.dhcpHosts.remove(await placeOf(session, mac, options));
    },
  });
}

function hostsOf(session: Session, options: Options) {
  const { dhcpSubnets, dhcpHosts } = session.client;
  return hostsInSubnets(session, options, {
    subnets: async (bridge) => (await dhcpSubnets.list(bridge)).map(printSubnet),
    hosts: (subnet) => dhcpHosts.list(subnet),
  });
}

/** Where the one host with this MAC is. */
async function placeOf(session: Session, text: string, options: Options) {
  const mac = macArgument('mac', text);
  const found = (await hostsOf(session, options)).filter(({ host }) => host.macAddr === mac);
  return { ...placeOfOne(found, 'DHCP host', mac, options), mac: mac.replaceAll(':', '-') };
}
