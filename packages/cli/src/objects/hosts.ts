import { numberArgument } from '../arguments.ts';
import { usageError } from '../cli-error.ts';
import { isReachable } from '../output/reachable.ts';
import { table } from '../output/table.ts';
import { addCommand, describe, type Options, type Verbs } from '../verbs.ts';
import { change } from './change.ts';

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
  addCommand(verbs.update, surroundings, {
    usage: 'host <host>',
    summary: 'change the weights and limits of a host; name and addresses are what its agent says',
    options: [
      ['--flooding-proxy-weight <number>', 'share of floods that it takes for hardware VTEPs, 0 to 65535; 0: none'],
      ['--container-weight <number>', 'share of service containers that it takes, 0 to 65535; 0: none'],
      ['--container-limit <number>', 'service containers at most, or unlimited'],
      ['--enforce', 'a lower container limit moves containers away at once'],
      ['--relax', 'a lower container limit holds for new containers alone'],
    ],
    examples: [
      'midonet update host hv1 --flooding-proxy-weight 5',
      'midonet update host hv1 --container-limit unlimited',
    ],
    act: async (session, [text = ''], options) => {
      const body = hostBody(options);
      const { id } = await session.directory.host(text);
      session.show(await change(session.client.hosts, { id }, body), (one) => session.fields(describe(one)));
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

function hostBody(options: Options) {
  const number = (name: string, flag: string, least: number, most: number): number | undefined => {
    const text = options.text(name);
    return text === undefined ? undefined : numberArgument(flag, text, least, most);
  };
  const body = {
    floodingProxyWeight: number('floodingProxyWeight', '--flooding-proxy-weight', 0, 65_535),
    containerWeight: number('containerWeight', '--container-weight', 0, 65_535),
    containerLimit:
      options.text('containerLimit') === 'unlimited'
        ? -1
        : number('containerLimit', '--container-limit', 0, 0x7fffffff),
    enforceContainerLimit: options.choice('enforce', 'relax'),
  };
  if (Object.values(body).some((value) => value !== undefined)) return body;
  throw usageError(
    'say what to change: --flooding-proxy-weight, --container-weight, --container-limit, --enforce or --relax',
  );
}
