import {
  confLeaves,
  confOf,
  formatConfPath,
  isConfTree,
  nameOfType,
  unknownConf,
  type ConfTree,
  type ConfValue,
} from '@midonet/contract';
import type { Command } from 'commander';
import { usageError } from '../cli-error.ts';
import { readText } from '../input-text.ts';
import { table } from '../output/table.ts';
import type { Session, Surroundings } from '../session.ts';
import { addCommand } from '../verbs.ts';
import { keyPath, partOf, PLACE_OPTIONS, placeOf, settingsBelow, treeOf, type ConfPlace } from './conf-place.ts';
import { addConfTemplates } from './template-commands.ts';

/** Central settings: what MidoNet's `mn-conf` does. */
export function addConf(program: Command, surroundings: Surroundings): void {
  const conf = program
    .command('conf')
    .summary('central settings of agents')
    .description("Central settings of agents: of hosts, of templates, of all. A host's own flags and file go before.");
  addCommand(conf, surroundings, {
    usage: 'schema [key]',
    summary: 'list the settings there are: type, default, whether a change needs more than a moment, what for',
    examples: ['midonet conf schema', 'midonet conf schema agent.arptable'],
    act: async (session, [key]) => {
      const found = settingsBelow(key);
      session.show(found, () =>
        table(
          ['KEY', 'TYPE', 'DEFAULT', 'APPLIES', 'WHAT'],
          found.map((one) => [one.key, nameOfType(one.type), JSON.stringify(one.initial), one.applies, one.help]),
          session.width,
        ),
      );
    },
  });
  addCommand(conf, surroundings, {
    usage: 'get [key]',
    summary: 'show settings; of a host what it is given by all that there is',
    options: [...PLACE_OPTIONS, ['--only', 'of the host: what is set for it alone']],
    examples: [
      'midonet conf get --host hv1',
      'midonet conf get agent.loggers.root --host hv1',
      'midonet conf get --host hv1 --only',
      'midonet conf get --template edge -o json',
    ],
    act: async (session, [key], options) => {
      const place = await placeOf(session, options);
      const tree = await treeAt(session, place, options.flag('only'));
      const part = partOf(tree, key);
      session.show(part, () => lines(part, key === undefined ? [] : keyPath(key)));
    },
  });
  addCommand(conf, surroundings, {
    usage: 'set [settings...]',
    summary: 'set some settings, in HOCON; the others stay',
    options: [
      ...PLACE_OPTIONS,
      ['-f, --file <file>', 'read them from this file; - is standard input'],
      ['--replace', 'the others go'],
    ],
    examples: [
      "midonet conf set 'agent.loggers.root : DEBUG' --host hv1",
      'midonet conf set -f edge.conf --template edge --replace',
    ],
    act: async (session, words, options) => {
      const file = options.text('file');
      if ((file === undefined) === (words.length === 0)) throw usageError('give settings, or a file of them with -f');
      const body = file === undefined ? words.join(' ') : readText(file);
      const place = await placeOf(session, options);
      await written(session, await (options.flag('replace') ? replace : merge)(session, place, body));
    },
  });
  addCommand(conf, surroundings, {
    usage: 'unset <key>',
    summary: 'take a setting away, or all below a key',
    options: PLACE_OPTIONS,
    examples: ['midonet conf unset agent.loggers.root --host hv1', 'midonet conf unset agent.arptable'],
    act: async (session, [key = ''], options) => {
      const place = await placeOf(session, options);
      await written(session, await merge(session, place, JSON.stringify(confOf(keyPath(key), null))));
    },
  });
  addCommand(conf, surroundings, {
    usage: 'clear',
    summary: 'take all settings of a host or of a template away',
    options: PLACE_OPTIONS,
    examples: ['midonet conf clear --host hv1', 'midonet conf clear --template edge'],
    act: async (session, _words, options) => {
      const place = await placeOf(session, options);
      if (place.kind === 'host') await session.client.confNodes.remove({ id: place.id });
      else await session.client.confTemplates.remove({ name: place.name });
    },
  });
  addConfTemplates(conf, surroundings);
}

async function treeAt({ client }: Session, place: ConfPlace, only: boolean): Promise<ConfTree> {
  if (place.kind === 'template') return treeOf(await client.confTemplates.get({ name: place.name }));
  return treeOf(await (only ? client.confNodes : client.confRuntime).get({ id: place.id }));
}

function merge({ client }: Session, place: ConfPlace, body: string): Promise<string> {
  return place.kind === 'host'
    ? client.confNodes.merge({ id: place.id, body })
    : client.confTemplates.merge({ name: place.name, body });
}

/** In one transaction: nobody sees the place empty. */
async function replace(session: Session, place: ConfPlace, body: string): Promise<string> {
  const path = place.kind === 'host' ? `/conf/nodes/${place.id}` : `/conf/templates/${encodeURIComponent(place.name)}`;
  const operations = [
    { method: 'DELETE' as const, path },
    { method: 'POST' as const, path, body },
  ];
  const { results } = await session.client.batch.run({ body: { operations } });
  return String(results.at(-1)?.body);
}

/** What nothing reads is kept, and said: it may be a slip. */
async function written(session: Session, text: string): Promise<void> {
  const tree = treeOf(text);
  const unknown = unknownConf(tree);
  if (unknown.length > 0) session.note(`nothing reads ${unknown.join(', ')}; midonet conf schema lists what there is`);
  if (session.flags.json === true) session.show(tree, () => '');
}

function lines(value: ConfValue, path: readonly string[]): string {
  if (!isConfTree(value)) return `${formatConfPath(path)} = ${JSON.stringify(value)}`;
  return confLeaves(value, path)
    .map(([at, one]) => `${formatConfPath(at)} = ${JSON.stringify(one)}`)
    .join('\n');
}
