import type { MirrorDto } from '@midonet/contract';
import { usageError } from '../cli-error.ts';
import { table } from '../output/table.ts';
import { matchesOf, MATCH_OPTIONS } from '../rules/rule-options.ts';
import { conditionText } from '../rules/rule-text.ts';
import type { Session } from '../session.ts';
import type { NameOf } from '../trace/render.ts';
import { addCommand, describe, type Options, type Verbs } from '../verbs.ts';
import { change } from './change.ts';
import { shortId } from './directory.ts';
import { idNames } from './id-names.ts';

export function addMirrors(verbs: Verbs): void {
  const { surroundings } = verbs;
  addCommand(verbs.create, surroundings, {
    usage: 'mirror <name>',
    summary: 'create a mirror, which copies packets it is shown to a port; without tests, all of them',
    options: [['--to <port>', 'the port that gets the copies'], ...MATCH_OPTIONS],
    examples: [
      'midonet create mirror web-tap --to tap',
      'midonet create mirror dns-tap --to tap --proto udp --dst-port 53',
    ],
    act: async (session, [name = ''], options) => {
      const toPortId = (await session.directory.port(options.required('to', '--to'))).id;
      const body = { name, toPortId, conditions: [await matchesOf(session, options)] };
      session.show(await session.client.mirrors.create({ body }), ({ id }) => id);
    },
  });
  addCommand(verbs.list, surroundings, {
    usage: 'mirrors',
    summary: 'list mirrors',
    act: async (session) => {
      const found = await session.directory.mirrors();
      const names = await idNames(session);
      session.show(found, () =>
        table(
          ['ID', 'NAME', 'TO', 'COPIES', 'SHOWN BY'],
          found.map((one) => [
            ...[shortId(one.id), one.name ?? '', names(one.toPortId), conditionsText(one, names)],
            usersText(one, names).join(', '),
          ]),
          session.width,
        ),
      );
    },
  });
  addCommand(verbs.show, surroundings, {
    usage: 'mirror <mirror>',
    summary: 'show a mirror, and who shows it packets',
    examples: ['midonet show mirror web-tap'],
    act: async (session, [text = '']) => {
      await show(session, await session.directory.mirror(text));
    },
  });
  addCommand(verbs.update, surroundings, {
    usage: 'mirror <mirror>',
    summary: 'change a mirror; tests say anew what it copies',
    options: [
      ['--name <name>', 'a new name'],
      ['--to <port>', 'another port for the copies'],
      ['--also', 'copy what meets these tests as well as what it copies already'],
      ['--everything', 'copy all it is shown'],
      ['--nothing', 'copy nothing for now'],
      ...MATCH_OPTIONS,
    ],
    examples: [
      'midonet update mirror web-tap --to tap2',
      'midonet update mirror dns-tap --also --proto tcp --dst-port 53',
    ],
    act: async (session, [text = ''], options) => {
      const old = await session.directory.mirror(text);
      const to = options.text('to');
      const body = {
        name: options.text('name'),
        toPortId: to === undefined ? undefined : (await session.directory.port(to)).id,
        conditions: await conditionsOf(session, old, options),
      };
      await show(session, await change(session.client.mirrors, { id: old.id }, body));
    },
  });
  addCommand(verbs.delete, surroundings, {
    usage: 'mirror <mirrors...>',
    summary: 'delete mirrors; bridges, routers and ports lose them',
    act: async (session, words) => {
      const found = await Promise.all(words.map((text) => session.directory.mirror(text)));
      for (const { id } of found) await session.client.mirrors.remove({ id });
    },
  });
}

type Condition = Awaited<ReturnType<typeof matchesOf>>;

/** Undefined when the options say nothing of conditions. */
async function conditionsOf(session: Session, old: MirrorDto, options: Options): Promise<Condition[] | undefined> {
  const matches = await matchesOf(session, options);
  const given = Object.keys(matches).length > 0;
  const [also, everything, nothing] = [options.flag('also'), options.flag('everything'), options.flag('nothing')];
  if ([given, everything, nothing].filter(Boolean).length > 1) {
    throw usageError('tests, --everything and --nothing exclude each other');
  }
  if (also && !given) throw usageError('--also needs tests that say what else to copy');
  if (everything) return [{}];
  if (nothing) return [];
  return given ? [...(also ? old.conditions : []), matches] : undefined;
}

/** What a mirror copies, in the words in which it can be written. */
export function conditionsText({ conditions }: Pick<MirrorDto, 'conditions'>, names: NameOf): string {
  if (conditions.length === 0) return 'nothing';
  return conditions.map((one) => conditionText(one, names) || 'everything').join('; or ');
}

/** `web inbound`, `edge outbound`. */
function usersText(mirror: MirrorDto, names: NameOf): string[] {
  const places: readonly (readonly [string, readonly string[]])[] = [
    ['inbound', [...mirror.networkInboundIds, ...mirror.routerInboundIds, ...mirror.portInboundIds]],
    ['behind its inbound filter', mirror.portPostInFilterIds],
    ['before its outbound filter', mirror.portPreOutFilterIds],
    ['outbound', [...mirror.networkOutboundIds, ...mirror.routerOutboundIds, ...mirror.portOutboundIds]],
  ];
  return places.flatMap(([place, ids]) => ids.map((id) => `${names(id)} ${place}`));
}

async function show(session: Session, mirror: MirrorDto): Promise<void> {
  const names = await idNames(session);
  const { id, name, toPortId } = mirror;
  const text = { id, name, to: names(toPortId), copies: conditionsText(mirror, names) };
  session.show(mirror, () => session.fields(describe({ ...text, shownBy: usersText(mirror, names) })));
}
