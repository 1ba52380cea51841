import { tenantOf } from '../access/tenant-reference.ts';
import { numberArgument } from '../arguments.ts';
import { table } from '../output/table.ts';
import { addCommand, describe, type Options, type Verbs } from '../verbs.ts';
import { change } from './change.ts';
import { idNames } from './id-names.ts';

const CHECK_OPTIONS = [
  ['--type <type>', 'tcp (it connects) or http (it answers a GET)'],
  ['--path <path>', 'http: what to get, / by default'],
  ['--codes <codes>', 'http: good answers like 200,301-302; 200-399 by default'],
  ['--delay <seconds>', 'from one check to the next, 5 by default'],
  ['--timeout <seconds>', 'how long to wait for the answer, at most the delay'],
  ['--retries <count>', 'checks in a row before a member changes state, 3 by default'],
] as const;

function checkBody(options: Options) {
  const seconds = (name: string): number | undefined => {
    const text = options.text(name);
    return text === undefined ? undefined : numberArgument(`--${name}`, text, 1, 86_400);
  };
  return {
    type: options.text('type'),
    urlPath: options.text('path'),
    expectedCodes: options.text('codes'),
    delay: seconds('delay'),
    timeout: seconds('timeout'),
    maxRetries: seconds('retries'),
  };
}

export function addHealthMonitors(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'health-monitor <name>',
    summary: 'create a way to ask the members of pools whether they work',
    options: [
      ...CHECK_OPTIONS,
      ['--tenant <tenant>', 'who owns it'],
      ['--down', 'administratively down: it does not ask'],
    ],
    examples: ['midonet create health-monitor http-check --type http --path /health --delay 2'],
    act: async (session, [name = ''], options) => {
      const tenantId = await tenantOf(session, options);
      const body = { name, tenantId, ...checkBody(options), adminStateUp: !options.flag('down') };
      session.show(await session.client.healthMonitors.create({ body }), ({ id }) => id);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'health-monitors',
    summary: 'list health monitors',
    act: async (session) => {
      const found = await session.client.healthMonitors.list();
      const names = await idNames(session);
      session.show(found, () =>
        table(
          ['ID', 'NAME', 'TYPE', 'DELAY', 'TIMEOUT', 'RETRIES', 'STATE', 'POOLS'],
          found.map((one) => [
            ...[session.idText(one.id), one.name ?? '', one.type.toLowerCase()],
            ...[String(one.delay), String(one.timeout), String(one.maxRetries)],
            ...[one.adminStateUp ? 'up' : 'down', one.poolIds.map(names).join(' ')],
          ]),
          session.width,
        ),
      );
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'health-monitor <monitor>',
    summary: 'show a health monitor',
    act: async (session, [text = '']) => {
      session.show(await session.directory.healthMonitor(text), (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.update, surroundings, {
    usage: 'health-monitor <monitor>',
    summary: 'change a health monitor, for all pools that have it',
    options: [
      ['--name <name>', 'a new name'],
      ...CHECK_OPTIONS,
      ['--up', 'administratively up'],
      ['--down', 'administratively down: it does not ask'],
    ],
    examples: ['midonet update health-monitor http-check --delay 10'],
    act: async (session, [text = ''], options) => {
      const { id } = await session.directory.healthMonitor(text);
      const body = { name: options.text('name'), ...checkBody(options), adminStateUp: options.adminState() };
      session.show(await change(session.client.healthMonitors, { id }, body), (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'health-monitor <monitors...>',
    summary: 'delete health monitors; their pools go on without one',
    act: async (session, words) => {
      const found = await Promise.all(words.map((text) => session.directory.healthMonitor(text)));
      for (const { id } of found) await session.client.healthMonitors.remove({ id });
    },
  });
}
