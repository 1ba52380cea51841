import { tenantOf } from '../access/tenant-reference.ts';
import { usageError } from '../cli-error.ts';
import { table } from '../output/table.ts';
import { LOG_WORDS, logWord, type LogEvent } from '../rules/log-words.ts';
import { ruleText } from '../rules/rule-text.ts';
import { addCommand, describe, type Options, type Verbs } from '../verbs.ts';
import { change } from './change.ts';
import { idNames } from './id-names.ts';

const LOG_OPTION = ['--log <decisions>', `which decisions hosts log: ${LOG_WORDS}`] as const;

export function addChains(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'chain <name>',
    summary: 'create a chain, a list of rules that devices send packets through',
    options: [['--tenant <tenant>', 'who owns it'], LOG_OPTION],
    examples: ['midonet create chain web-in --tenant acme'],
    act: async (session, [name = ''], options) => {
      const body = { name, tenantId: await tenantOf(session, options), ...logBody(options) };
      const made = await session.client.chains.create({ body });
      session.show(made, ({ id }) => id);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'chains',
    summary: 'list chains',
    options: [['--tenant <tenant>', 'only of this owner']],
    act: async (session, _words, options) => {
      const found = await session.client.chains.list({ query: { tenant_id: await tenantOf(session, options) } });
      session.show(found, () =>
        table(
          ['ID', 'NAME', 'TENANT', 'RULES', 'USED BY'],
          found.map((one) => {
            const { ruleIds, networkInboundIds, networkOutboundIds, portInboundIds, portOutboundIds } = one;
            const routers = [one.routerInboundIds, one.routerOutboundIds, one.routerForwardIds];
            const users = [
              ['bridge', networkInboundIds, networkOutboundIds],
              ['router', ...routers, one.routerLocalRedirectIds],
              ['port', portInboundIds, portOutboundIds],
              ['rule', one.jumpRuleIds],
            ] as const;
            return [
              session.idText(one.id),
              one.name ?? '',
              one.tenantId ?? '',
              String(ruleIds.length),
              users.flatMap(([kind, ...lists]) => counted(kind, new Set(lists.flat()).size)).join(', '),
            ];
          }),
          session.width,
        ),
      );
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'chain <chain>',
    summary: 'show a chain with its rules, in order',
    examples: ['midonet show chain web-in'],
    act: async (session, [text = '']) => {
      const chain = await session.directory.chain(text);
      const rules = await session.client.chains.rules({ id: chain.id });
      const names = await idNames(session);
      session.show({ ...chain, ruleObjects: rules }, () => {
        const { ruleIds: _ids, ...rest } = chain;
        const lines = rules.map((rule) => `${String(rule.position).padStart(4)}  ${ruleText(rule, names)}`);
        return [
          session.fields(describe(rest)),
          '',
          ...(lines.length === 0 ? ['no rules: everything passes'] : lines),
        ].join('\n');
      });
    },
  });
  addCommand(verbs.update, surroundings, {
    usage: 'chain <chain>',
    summary: 'rename a chain, or say what of it is logged',
    options: [['--name <name>', 'a new name'], ['--tenant <tenant>', 'a new owner'], LOG_OPTION],
    examples: ['midonet update chain web-in --log drop'],
    act: async (session, [text = ''], options) => {
      const { id } = await session.directory.chain(text);
      const body = { name: options.text('name'), tenantId: await tenantOf(session, options), ...logBody(options) };
      session.show(await change(session.client.chains, { id }, body), (one) => session.fields(describe(one)));
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'chain <chains...>',
    summary: 'delete chains with their rules; devices lose them as filters',
    act: async (session, words) => {
      const found = await Promise.all(words.map((text) => session.directory.chain(text)));
      for (const { id } of found) await session.client.chains.remove({ id });
    },
  });
}

/** What agents write down of the chain's decisions. */
function logBody(options: Options): { readonly ruleLogEvent?: LogEvent | null } {
  const text = options.text('log');
  if (text === undefined) return {};
  const log = logWord(text);
  if (log === undefined) throw usageError(`--log: "${text}" is none of ${LOG_WORDS}`);
  return { ruleLogEvent: log.event };
}

function counted(kind: string, count: number): string[] {
  return count === 0 ? [] : [`${count} ${kind}${count === 1 ? '' : 's'}`];
}
