import { conflict } from '../cli-error.ts';
import { table } from '../output/table.ts';
import type { Session } from '../session.ts';
import { addCommand, describe, type Verbs } from '../verbs.ts';

/** Which port is plugged into which interface; `bind` and `unbind` are the short words for two of these. */
export function addBindings(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'binding <port>',
    summary: 'bind a port to an interface of a host',
    options: [
      ['--host <host>', 'the host'],
      ['--interface <name>', 'the interface there; it need not exist yet'],
    ],
    examples: ['midonet create binding web --host hv1 --interface tap0'],
    act: async (session, [text = ''], options) => {
      const interfaceName = options.required('interface', '--interface');
      const { id } = await session.directory.host(options.required('host', '--host'));
      const { id: portId } = await session.directory.port(text);
      const made = await session.client.hostPorts.create({ id, body: { portId, interfaceName } });
      session.show(made, (one) => one.portId);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'bindings',
    summary: 'list the ports that are bound, of a host or of all',
    options: [['--host <host>', 'only those of this host']],
    act: async (session, _words, options) => {
      const text = options.text('host');
      const hosts = text === undefined ? await session.client.hosts.list() : [await session.directory.host(text)];
      const lists = await Promise.all(hosts.map(({ id }) => session.client.hostPorts.list({ id })));
      const found = hosts.flatMap((host, at) => (lists[at] ?? []).map((binding) => ({ host, binding })));
      const ports = await Promise.all(found.map(({ binding }) => session.directory.label('port', binding.portId)));
      session.show(
        found.map(({ binding }) => binding),
        () =>
          table(
            ['HOST', 'INTERFACE', 'PORT'],
            found.map(({ host, binding }, at) => [host.name ?? host.id, binding.interfaceName, ports[at] ?? '']),
            session.width,
          ),
      );
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'binding <port>',
    summary: 'show where a port is bound',
    act: async (session, [text = '']) => {
      session.show(await session.client.hostPorts.get(await bindingOf(session, text)), (one) =>
        session.fields(describe(one)),
      );
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'binding <ports...>',
    summary: 'take ports off their interfaces',
    act: async (session, words) => {
      const found = await Promise.all(words.map((text) => bindingOf(session, text)));
      for (const one of found) await session.client.hostPorts.remove(one);
    },
  });
}

export async function bindingOf(
  session: Session,
  text: string,
): Promise<{ readonly id: string; readonly portId: string }> {
  const { id, hostId } = await session.directory.port(text);
  if (hostId === null) throw conflict(`port ${text} is not bound`);
  return { id: hostId, portId: id };
}
