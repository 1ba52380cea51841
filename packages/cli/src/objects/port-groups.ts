import { tenantOf } from '../access/tenant-reference.ts';
import { table } from '../output/table.ts';
import { addCommand, describe, type Verbs } from '../verbs.ts';
import { change } from './change.ts';
import { idNames } from './id-names.ts';

export function addPortGroups(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'port-group <name>',
    summary: 'create a set of ports that rules can ask about',
    options: [
      ['--tenant <tenant>', 'who owns it'],
      ['--stateful', 'the hosts of its members share connection state'],
    ],
    act: async (session, [name = ''], options) => {
      const body = { name, tenantId: await tenantOf(session, options), stateful: options.flag('stateful') };
      session.show(await session.client.portGroups.create({ body }), ({ id }) => id);
    },
  });
  addCommand(verbs.create, surroundings, {
    usage: 'port-group-member <group> <ports...>',
    summary: 'put ports into a group',
    examples: ['midonet create port-group-member uplinks isp-1 isp-2'],
    act: async (session, [group = '', ...words]) => {
      const { id } = await session.directory.portGroup(group);
      const ports = await Promise.all(words.map((text) => session.directory.port(text)));
      const made: object[] = [];
      for (const { id: portId } of ports)
        made.push(await session.client.portGroupPorts.create({ id, body: { portId } }));
      if (session.flags.json === true) session.show(made, () => '');
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'port-groups',
    summary: 'list port groups',
    options: [
      ['--tenant <tenant>', 'only of this owner'],
      ['--port <port>', 'only those this port is in'],
    ],
    act: async (session, _words, options) => {
      const port = options.text('port');
      const port_id = port === undefined ? undefined : (await session.directory.port(port)).id;
      const found = await session.client.portGroups.list({
        query: { tenant_id: await tenantOf(session, options), port_id },
      });
      const names = await idNames(session);
      session.show(found, () =>
        table(
          ['ID', 'NAME', 'TENANT', 'STATEFUL', 'PORTS'],
          found.map((one) => [
            session.idText(one.id),
            one.name ?? '',
            one.tenantId ?? '',
            one.stateful ? 'yes' : 'no',
            one.portIds.map(names).join(' '),
          ]),
          session.width,
        ),
      );
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'port-group <group>',
    summary: 'show a port group',
    act: async (session, [text = '']) => {
      session.show(await session.directory.portGroup(text), (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.update, surroundings, {
    usage: 'port-group <group>',
    summary: 'change a port group',
    options: [
      ['--name <name>', 'a new name'],
      ['--tenant <tenant>', 'a new owner'],
      ['--stateful', 'the hosts of its members share connection state'],
      ['--stateless', 'they do not'],
    ],
    act: async (session, [text = ''], options) => {
      const { id } = await session.directory.portGroup(text);
      const stateful = options.flag('stateful') ? true : options.flag('stateless') ? false : undefined;
      const body = { name: options.text('name'), tenantId: await tenantOf(session, options), stateful };
      session.show(await change(session.client.portGroups, { id }, body), (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'port-group <groups...>',
    summary: 'delete port groups; the ports stay',
    act: async (session, words) => {
      const found = await Promise.all(words.map((text) => session.directory.portGroup(text)));
      for (const { id } of found) await session.client.portGroups.remove({ id });
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'port-group-member <group> <ports...>',
    summary: 'take ports out of a group',
    act: async (session, [group = '', ...words]) => {
      const { id } = await session.directory.portGroup(group);
      const ports = await Promise.all(words.map((text) => session.directory.port(text)));
      for (const { id: portId } of ports) await session.client.portGroupPorts.remove({ id, portId });
    },
  });
}
