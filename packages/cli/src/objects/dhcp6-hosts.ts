import { ipArgument } from '../arguments.ts';
import { table } from '../output/table.ts';
import type { Session } from '../session.ts';
import { addCommand, describe, type Options, type Verbs } from '../verbs.ts';
import { change } from './change.ts';
import { ANY_SUBNET, SUBNET } from './dhcp-hosts.ts';
import { BRIDGE, EXTRA, extraOptions, subnetSegment } from './dhcp.ts';
import { hostsInSubnets, placeOfOne } from './dhcp-places.ts';
import { printSubnet6 } from './dhcp6.ts';

const NAME = ['--name <name>', "the host's name"] as const;

export function addDhcp6Hosts(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'dhcp6-host <client> <address>',
    summary: 'give a DHCPv6 client, by MAC or DUID, its address',
    options: [BRIDGE, SUBNET, NAME, EXTRA],
    examples: ['midonet create dhcp6-host 02:00:00:00:00:01 2001:db8:1::10 --bridge red --subnet 2001:db8:1::/64'],
    act: async (session, [client = '', address = ''], options) => {
      const { id } = await session.directory.bridge(options.required('bridge', '--bridge'));
      const subnet = subnetSegment(options.required('subnet', '--subnet'));
      const body = {
        clientId: client,
        fixedAddress: ipArgument('address', address),
        name: options.text('name'),
        ...extraOptions(options),
      };
      session.show(await session.client.dhcp6Hosts.create({ id, subnet, body }), ({ clientId }) => clientId);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'dhcp6-hosts',
    summary: 'list the DHCPv6 hosts of a bridge',
    options: [BRIDGE, ANY_SUBNET],
    act: async (session, _words, options) => {
      const found = await hostsOf(session, options);
      session.show(
        found.map(({ host }) => host),
        () =>
          table(
            ['CLIENT', 'ADDRESS', 'NAME', 'SUBNET'],
            found.map(({ host, prefix }) => [host.clientId, host.fixedAddress, host.name ?? '', prefix]),
            session.width,
          ),
      );
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'dhcp6-host <client>',
    summary: 'show what a host is given by DHCPv6',
    options: [BRIDGE, ANY_SUBNET],
    act: async (session, [client = ''], options) => {
      const one = await session.client.dhcp6Hosts.get(await placeOf(session, client, options));
      session.show(one, (found) => session.fields(describe(found)));
    },
  });
  addCommand(verbs.update, surroundings, {
    usage: 'dhcp6-host <client>',
    summary: 'change what a host is given by DHCPv6',
    options: [BRIDGE, ANY_SUBNET, ['--address <address>', 'a new address'], NAME, EXTRA],
    examples: ['midonet update dhcp6-host 02:00:00:00:00:01 --bridge red --address 2001:db8:1::11'],
    act: async (session, [client = ''], options) => {
      const address = options.text('address');
      const fixedAddress = address === undefined ? undefined : ipArgument('--address', address);
      const body = { fixedAddress, name: options.text('name'), ...extraOptions(options) };
      const changed = await change(session.client.dhcp6Hosts, await placeOf(session, client, options), body);
      session.show(changed, (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'dhcp6-host <client>',
    summary: 'take a host out of a DHCPv6 subnet',
    options: [BRIDGE, ANY_SUBNET],
    act: async (session, [client = ''], options) => {
      await session.client.dhcp6Hosts.remove(await placeOf(session, client, options));
    },
  });
}

function hostsOf(session: Session, options: Options) {
  const { dhcp6Subnets, dhcp6Hosts } = session.client;
  return hostsInSubnets(session, options, {
    subnets: async (bridge) => (await dhcp6Subnets.list(bridge)).map(printSubnet6),
    hosts: (subnet) => dhcp6Hosts.list(subnet),
  });
}

/** Where the one host of this client, MAC or DUID, is. */
async function placeOf(session: Session, text: string, options: Options) {
  const client = text.toLowerCase();
  const found = (await hostsOf(session, options)).filter(({ host }) => host.clientId === client);
  return { ...placeOfOne(found, 'DHCPv6 host', client, options), client: client.replaceAll(':', '-') };
}
