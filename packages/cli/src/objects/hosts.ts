import { isReachable } from '../output/reachable.ts';
import { table } from '../output/table.ts';
import { addCommand, describe, type Verbs } from '../verbs.ts';

export function addHosts(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'host <name>',
    summary: 'register a host before its agent does',
    options: [['--id <uuid>', 'the id its agent will come with']],
    examples: ['midonet create host hv1'],
    act: async (session, [name = ''], options) => {
      session.show(await session.client.hosts.create({ body: { name, id: options.text('id') } }), ({ id }) => id);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'hosts',
    summary: 'list hosts and whether they are alive',
    act: async (session) => {
      const found = await session.client.hosts.list();
      session.show(found, () =>
        table(
          ['ID', 'NAME', 'ALIVE', 'PORTS', 'ADDRESSES'],
          found.map((one) => [
            session.idText(one.id),
            one.name ?? '',
            one.alive ? 'yes' : 'no',
            String(one.portIds.length),
            one.addresses.filter(isReachable).join(' '),
          ]),
          session.width,
        ),
      );
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'interfaces <host>',
    summary: 'list the interfaces that a living host reports',
    act: async (session, [text = '']) => {
      const { id } = await session.directory.host(text);
      const found = await session.client.hostInterfaces.list({ id });
      session.show(found, () =>
        table(
          ['NAME', 'MAC', 'MTU', 'STATE', 'TYPE', 'ADDRESSES'],
          found.map((one) => [
            one.name,
            one.mac ?? '',
            String(one.mtu),
            one.up ? (one.hasLink ? 'up' : 'no link') : 'down',
            one.type.toLowerCase(),
            one.addresses.join(' '),
          ]),
          session.width,
        ),
      );
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'host <host>',
    summary: 'show a host',
    act: async (session, [text = '']) => {
      session.show(await session.directory.host(text), (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'interface <host> <name>',
    summary: 'show an interface that a living host reports',
    examples: ['midonet show interface hv1 eth0'],
    act: async (session, [text = '', name = '']) => {
      const { id } = await session.directory.host(text);
      session.show(await session.client.hostInterfaces.get({ id, name }), (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'host <hosts...>',
    summary: 'forget hosts that are dead and have no bound port',
    act: async (session, words) => {
      const found = await Promise.all(words.map((text) => session.directory.host(text)));
      for (const { id } of found) await session.client.hosts.remove({ id });
    },
  });
}
