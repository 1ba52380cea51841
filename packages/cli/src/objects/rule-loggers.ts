import type { RuleLoggerDto } from '@midonet/contract';
import { usageError } from '../cli-error.ts';
import { table } from '../output/table.ts';
import { logWord, type LogEvent } from '../rules/log-words.ts';
import type { Session } from '../session.ts';
import { addCommand, describe, type Options, type Verbs } from '../verbs.ts';
import { change } from './change.ts';
import { shortId } from './directory.ts';
import { idNames } from './id-names.ts';

const WORDS = 'accept, drop or all';

export function addRuleLoggers(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'rule-logger <name>',
    summary: 'have decisions of a chain logged, on every host where they are made',
    options: [
      ['--chain <chain>', 'whose decisions'],
      ['--resource <resource>', 'the logging resource that switches it'],
      ['--event <decisions>', `which: ${WORDS}; all by default`],
    ],
    examples: ['midonet create rule-logger denied --chain web-in --resource audit --event drop'],
    act: async (session, [name = ''], options) => {
      const { directory } = session;
      const body = {
        name,
        chainId: (await directory.chain(options.required('chain', '--chain'))).id,
        loggingResourceId: (await directory.loggingResource(options.required('resource', '--resource'))).id,
        event: eventOf(options),
      };
      session.show(await session.client.ruleLoggers.create({ body }), ({ id }) => id);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'rule-loggers',
    summary: 'list rule loggers',
    act: async (session) => {
      const found = await session.directory.ruleLoggers();
      const names = await idNames(session);
      session.show(found, () =>
        table(
          ['ID', 'NAME', 'CHAIN', 'LOGS', 'RESOURCE'],
          found.map((one) => [
            ...[shortId(one.id), one.name, names(one.chainId)],
            ...[one.event.toLowerCase(), names(one.loggingResourceId)],
          ]),
          session.width,
        ),
      );
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'rule-logger <logger>',
    summary: 'show a rule logger',
    act: async (session, [text = '']) => {
      await show(session, await session.directory.ruleLogger(text));
    },
  });
  addCommand(verbs.update, surroundings, {
    usage: 'rule-logger <logger>',
    summary: 'change which decisions a rule logger logs',
    options: [
      ['--event <decisions>', WORDS],
      ['--name <name>', 'a new name'],
    ],
    examples: ['midonet update rule-logger denied --event all'],
    act: async (session, [text = ''], options) => {
      const { id } = await session.directory.ruleLogger(text);
      const body = { name: options.text('name'), event: eventOf(options) };
      await show(session, await change(session.client.ruleLoggers, { id }, body));
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'rule-logger <loggers...>',
    summary: 'delete rule loggers',
    act: async (session, words) => {
      const found = await Promise.all(words.map((text) => session.directory.ruleLogger(text)));
      for (const { id } of found) await session.client.ruleLoggers.remove({ id });
    },
  });
}

function eventOf(options: Options): LogEvent | undefined {
  const text = options.text('event');
  if (text === undefined) return undefined;
  const event = logWord(text)?.event;
  if (event === undefined || event === null) throw usageError(`--event: "${text}" is none of ${WORDS}`);
  return event;
}

async function show(session: Session, logger: RuleLoggerDto): Promise<void> {
  const names = await idNames(session);
  const { id, name, chainId, loggingResourceId, event } = logger;
  const text = { id, name, chain: names(chainId), resource: names(loggingResourceId), logs: event.toLowerCase() };
  session.show(logger, () => session.fields(describe(text)));
}
