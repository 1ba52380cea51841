import { tenantOf } from '../access/tenant-reference.ts';
import { usageError } from '../cli-error.ts';
import { table } from '../output/table.ts';
import { addCommand, describe, type Options, type Verbs } from '../verbs.ts';
import { change } from './change.ts';

export function addLoggingResources(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'logging-resource <name>',
    summary: 'create a logging resource, which switches its rule loggers on and off together',
    options: [
      ['--tenant <tenant>', 'who owns it'],
      ['--disabled', 'log nothing until it is enabled'],
    ],
    examples: ['midonet create logging-resource audit'],
    act: async (session, [name = ''], options) => {
      const body = { name, tenantId: await tenantOf(session, options), enabled: !options.flag('disabled') };
      session.show(await session.client.loggingResources.create({ body }), ({ id }) => id);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'logging-resources',
    summary: 'list logging resources',
    act: async (session) => {
      const found = await session.directory.loggingResources();
      session.show(found, () =>
        table(
          ['ID', 'NAME', 'TENANT', 'STATE', 'LOGGERS'],
          found.map((one) => [
            ...[session.idText(one.id), one.name, one.tenantId],
            ...[one.enabled ? 'enabled' : 'disabled', String(one.ruleLoggerIds.length)],
          ]),
          session.width,
        ),
      );
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'logging-resource <resource>',
    summary: 'show a logging resource',
    act: async (session, [text = '']) => {
      session.show(await session.directory.loggingResource(text), (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.update, surroundings, {
    usage: 'logging-resource <resource>',
    summary: 'enable, disable or rename a logging resource',
    options: [
      ['--enable', 'its loggers log'],
      ['--disable', 'they do not'],
      ['--name <name>', 'a new name'],
    ],
    examples: ['midonet update logging-resource audit --disable'],
    act: async (session, [text = ''], options) => {
      const { id } = await session.directory.loggingResource(text);
      const body = { name: options.text('name'), enabled: enabledOf(options) };
      session.show(await change(session.client.loggingResources, { id }, body), (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'logging-resource <resources...>',
    summary: 'delete logging resources with their rule loggers',
    act: async (session, words) => {
      const found = await Promise.all(words.map((text) => session.directory.loggingResource(text)));
      for (const { id } of found) await session.client.loggingResources.remove({ id });
    },
  });
}

function enabledOf(options: Options): boolean | undefined {
  const [on, off] = [options.flag('enable'), options.flag('disable')];
  if (on && off) throw usageError('--enable and --disable exclude each other');
  return on ? true : off ? false : undefined;
}
