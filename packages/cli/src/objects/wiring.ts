import type { Command } from 'commander';
import type { Session, Surroundings } from '../session.ts';
import { addCommand } from '../verbs.ts';
import { bindingOf } from './bindings.ts';

/** Links between ports, and bindings of ports to interfaces of hosts. */
export function addWiring(program: Command, surroundings: Surroundings): void {
  addCommand(program, surroundings, {
    usage: 'link <port> <peer>',
    summary: 'link two ports, so that what leaves one enters the other',
    examples: ['midonet link to-red red-uplink'],
    act: async (session, [text = '', peerText = '']) => {
      const { id } = await session.directory.port(text);
      const { id: peerId } = await session.directory.port(peerText);
      await session.client.ports.link({ id, body: { peerId } });
      await showPort(session, id);
    },
  });
  addCommand(program, surroundings, {
    usage: 'unlink <port>',
    summary: 'take the link off a port and its peer',
    act: async (session, [text = '']) => {
      const { id } = await session.directory.port(text);
      await session.client.ports.unlink({ id });
      await showPort(session, id);
    },
  });
  addCommand(program, surroundings, {
    usage: 'bind <port>',
    summary: 'bind a port to an interface of a host',
    options: [
      ['--host <host>', 'the host'],
      ['--interface <name>', 'the interface there; it need not exist yet'],
    ],
    examples: ['midonet bind web --host hv1 --interface tap0'],
    act: async (session, [text = ''], options) => {
      const interfaceName = options.required('interface', '--interface');
      const host = await session.directory.host(options.required('host', '--host'));
      const { id: portId } = await session.directory.port(text);
      await session.client.hostPorts.create({ id: host.id, body: { portId, interfaceName } });
      await showPort(session, portId);
    },
  });
  addCommand(program, surroundings, {
    usage: 'unbind <port>',
    summary: 'take a port off its interface',
    act: async (session, [text = '']) => {
      const binding = await bindingOf(session, text);
      await session.client.hostPorts.remove(binding);
      await showPort(session, binding.portId);
    },
  });
}

/** The port as it is now, for those who asked for values; nothing for people, to whom silence says done. */
async function showPort(session: Session, id: string): Promise<void> {
  if (session.flags.json === true) session.show(await session.client.ports.get({ id }), () => '');
}
