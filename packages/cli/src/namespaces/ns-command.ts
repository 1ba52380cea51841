import type { Command } from 'commander';
import { formatCidr } from '@midonet/packet';
import { cidrArgument, ipArgument, macArgument, numberArgument } from '../arguments.ts';
import { usageError } from '../cli-error.ts';
import type { Surroundings } from '../session.ts';
import { addCommand } from '../verbs.ts';
import { addNamespace, deleteNamespace } from './virtual-machine.ts';

/** Network namespaces as virtual machines: a way to put something on a port of this host. */
export function addNamespaces(program: Command, surroundings: Surroundings): void {
  const ns = program.command('ns').summary('put network namespaces of this host on virtual ports');
  ns.description('A network namespace is the smallest virtual machine: these commands plug one into a port.');
  addCommand(ns, surroundings, {
    usage: 'add <name>',
    summary: 'make a namespace, if there is none, and put it on a port',
    options: [
      ['--port <port>', 'the port'],
      ['--host <host>', 'this host, where its name does not tell (or MIDONET_HOST)'],
      ['--address <prefix...>', 'its addresses'],
      ['--gateway <address...>', 'its default gateways; the router on its bridge by default'],
      ['--dhcp', 'take an address by DHCP'],
      ['--mac <mac>', 'its MAC address; made from the port by default'],
      ['--mtu <bytes>', 'what the tunnels carry by default'],
    ],
    examples: ['midonet ns add web --port web --address 10.1.0.10/24', 'midonet ns add app --port app --dhcp'],
    act: async (session, [name = ''], options) => {
      const [mac, mtu] = [options.text('mac'), options.text('mtu')];
      const addresses = (options.list('address') ?? []).map((text) => formatCidr(cidrArgument('--address', text)));
      if (options.flag('dhcp') && addresses.length > 0) throw usageError('--address and --dhcp exclude each other');
      const made = await addNamespace(session, {
        name,
        port: options.required('port', '--port'),
        host: options.text('host'),
        addresses,
        gateways: options.list('gateway')?.map((text) => ipArgument('--gateway', text)),
        dhcp: options.flag('dhcp'),
        mac: mac === undefined ? undefined : macArgument('--mac', mac),
        mtu: mtu === undefined ? undefined : numberArgument('--mtu', mtu, 576, 65535),
      });
      session.show(made, (one) => `${one.name}: ${one.mac} ${one.addresses.join(' ')}, mtu ${one.mtu}`);
    },
  });
  addCommand(ns, surroundings, {
    usage: 'delete <names...>',
    summary: 'take namespaces off their ports and delete them, with the programs that run in them',
    options: [['--host <host>', 'this host, where its name does not tell (or MIDONET_HOST)']],
    examples: ['midonet ns delete web app'],
    act: async (session, words, options) => {
      for (const name of words) await deleteNamespace(session, name, options.text('host'));
    },
  });
}
