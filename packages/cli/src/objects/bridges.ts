import { tenantOf } from '../access/tenant-reference.ts';
import { table } from '../output/table.ts';
import { addCommand, describe, type Verbs } from '../verbs.ts';
import { change } from './change.ts';
import { FILTER_OPTIONS, filterBody } from './filters.ts';
import { MIRROR_OPTIONS, mirrorBody } from './mirrored.ts';
import { SHARED_OPTIONS, sharedBody, stateText } from './shared.ts';
import { QOS_OPTION, qosBody } from './qos-policies.ts';

export function addBridges(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'bridge <name>',
    summary: 'create a virtual switch',
    options: [
      ['--tenant <tenant>', 'who owns it'],
      ['--down', 'administratively down'],
      ...SHARED_OPTIONS,
      ...FILTER_OPTIONS,
      ...MIRROR_OPTIONS,
      QOS_OPTION,
    ],
    examples: ['midonet create bridge red --tenant acme'],
    act: async (session, [name = ''], options) => {
      const tenantId = await tenantOf(session, options);
      const made = await session.client.bridges.create({
        body: {
          ...{ name, tenantId, adminStateUp: !options.flag('down') },
          ...sharedBody(options),
          ...(await filterBody(session, options)),
          ...(await mirrorBody(session, options)),
          ...(await qosBody(session, options)),
        },
      });
      session.show(made, ({ id }) => id);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'bridges',
    summary: 'list virtual switches',
    options: [['--tenant <tenant>', 'only of this owner']],
    examples: ['midonet list bridges --json'],
    act: async (session, _words, options) => {
      const found = await session.client.bridges.list({ query: { tenant_id: await tenantOf(session, options) } });
      session.show(found, () =>
        table(
          ['ID', 'NAME', 'TENANT', 'STATE'],
          found.map((one) => [session.idText(one.id), one.name ?? '', one.tenantId ?? '', stateText(one)]),
          session.width,
        ),
      );
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'bridge <bridge>',
    summary: 'show a virtual switch',
    examples: ['midonet show bridge red'],
    act: async (session, [text = '']) => {
      const found = await session.directory.bridge(text);
      session.show(found, (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.update, surroundings, {
    usage: 'bridge <bridge>',
    summary: 'change a virtual switch',
    options: [
      ['--name <name>', 'a new name'],
      ['--tenant <tenant>', 'a new owner'],
      ['--up', 'administratively up'],
      ['--down', 'administratively down'],
      ...SHARED_OPTIONS,
      ...FILTER_OPTIONS,
      ...MIRROR_OPTIONS,
      QOS_OPTION,
    ],
    examples: ['midonet update bridge red --down', 'midonet update bridge red --inbound web-in --outbound none'],
    act: async (session, [text = ''], options) => {
      const { id } = await session.directory.bridge(text);
      const body = {
        name: options.text('name'),
        tenantId: await tenantOf(session, options),
        adminStateUp: options.adminState(),
        ...sharedBody(options),
        ...(await filterBody(session, options)),
        ...(await mirrorBody(session, options)),
        ...(await qosBody(session, options)),
      };
      const changed = await change(session.client.bridges, { id }, body);
      session.show(changed, (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'bridge <bridges...>',
    summary: 'delete virtual switches with their ports and DHCP',
    examples: ['midonet delete bridge red blue'],
    act: async (session, words) => {
      const found = await Promise.all(words.map((text) => session.directory.bridge(text)));
      for (const { id } of found) await session.client.bridges.remove({ id });
    },
  });
}
