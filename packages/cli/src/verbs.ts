import type { Command } from 'commander';
import { usageError } from './cli-error.ts';
import { formatOf } from './output/format.ts';
import { Session, type Surroundings } from './session.ts';

/** The values of one command's options, read by name and checked for shape. */
export class Options {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === 'string' ? value : undefined;
  }

  required(name: string, flag: string): string {
    const value = this.text(name);
    if (value === undefined) throw usageError(`${flag} is required`);
    return value;
  }

  /** Options that may be given several times or with several values. */
  list(name: string): readonly string[] | undefined {
    const value = this.#values[name];
    return Array.isArray(value) ? value.map(String) : undefined;
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  /** `--up` and `--down`: true, false, or undefined when neither is given. */
  adminState(): boolean | undefined {
    return this.choice('up', 'down');
  }

  /** Two flags of which one may be given: true for the first, false for the second. */
  choice(yes: string, no: string): boolean | undefined {
    const [isYes, isNo] = [this.flag(yes), this.flag(no)];
    if (isYes && isNo) throw usageError(`--${yes} and --${no} exclude each other`);
    return isYes ? true : isNo ? false : undefined;
  }
}

export type CommandSpec = {
  /** The command's name and its words: `bridge <name>`. */
  readonly usage: string;
  readonly summary: string;
  readonly options?: readonly (readonly [flags: string, description: string])[];
  /** Whole command lines, shown by --help and run through the parser by a test. */
  readonly examples?: readonly string[];
  /** What it prints comes as it happens, or is no value: nothing stands for nothing. */
  readonly streams?: true;
  readonly act: (session: Session, words: readonly string[], options: Options) => Promise<void>;
};

/** Adds a command below `parent`. Its session comes from the global flags. */
export function addCommand(parent: Command, surroundings: Surroundings, spec: CommandSpec): Command {
  const command = parent.command(spec.usage).summary(spec.summary).description(sentence(spec.summary));
  for (const [flags, description] of spec.options ?? []) command.option(flags, description);
  const examples = spec.examples ?? [exampleOf(command, spec)];
  giveExamples(command, examples);
  command.action(async () => {
    const values: Record<string, unknown> = command.optsWithGlobals();
    const options = new Options(values);
    const [url, token, ca] = [options.text('url'), options.text('token'), options.text('ca')];
    const format = formatOf(options.text('output'), options.flag('json'));
    const flags = { url, token, ca, at: options.text('at'), format, json: format === 'json' || format === 'yaml' };
    const session = new Session(flags, surroundings);
    await spec.act(session, command.args, options);
    // Whoever reads JSON or YAML finds some, also of a command that has nothing to tell.
    if (flags.json && spec.streams !== true && !session.printed) session.show({}, () => '');
  });
  return command;
}

/** Names that stand for the words of a usage: `show router <router>` → `midonet show router edge`. */
const SAMPLES: Readonly<Record<string, string>> = {
  bridge: 'red',
  router: 'edge',
  port: 'web',
  peer: 'to-red',
  balancer: 'edge',
  pool: 'web',
  monitor: 'http-check',
  trace: 'slow-web',
  resource: 'audit',
  logger: 'denied',
  mirror: 'web-tap',
  mirrors: 'web-tap',
  protocol: 'udp',
  host: 'hv1',
  zone: 'underlay',
  name: 'blue',
  id: 'acme',
  route: '3f2a',
  prefix: '10.1.0.0/24',
  subnet: '10.1.0.0/24',
  address: '10.1.0.10',
  ip: '10.1.0.10',
  mac: '02:00:00:00:00:01',
  number: '100',
  tenant: 'acme',
  user: 'ann',
  group: 'admins',
  policy: 'silver',
  chain: 'web-in',
  rule: 'web-in:1',
  client: '02:00:00:00:00:01',
};

/** The command's words with samples in them; for what lies on a bridge the bridge; for a change, one. */
function exampleOf(command: Command, { usage, options = [] }: CommandSpec): string {
  const path: string[] = [];
  for (let at = command.parent; at !== null; at = at.parent) path.unshift(at.name());
  const needed = options.filter(([, description]) => !description.startsWith('only ')).map(([flags]) => flags);
  const bridge = needed.filter((flags) => flags.startsWith('--bridge '));
  const change = path.at(-1) === 'update' ? needed.filter((flags) => !flags.startsWith('--bridge ')).slice(0, 1) : [];
  const words = [usage, ...bridge, ...change].join(' ');
  return [...path, words.replace(/[<[]([\w-]+)(?:\.\.\.)?[>\]]/g, (_, word: string) => sampleOf(word))].join(' ');
}

function sampleOf(word: string): string {
  const forms = [word, word.replace(/s$/, ''), word.replace(/es$/, ''), word.replace(/ies$/, 'y')];
  return forms.map((form) => SAMPLES[form]).find((sample) => sample !== undefined) ?? word;
}

const EXAMPLES = new WeakMap<Command, readonly string[]>();

/** Whole command lines for the end of a command's help. */
export function giveExamples(command: Command, examples: readonly string[]): void {
  command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`);
  EXAMPLES.set(command, examples);
}

export function examplesOf(command: Command): readonly string[] {
  return EXAMPLES.get(command) ?? [];
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** The verbs that objects hang their commands on. */
export type Verbs = {
  readonly create: Command;
  readonly list: Command;
  readonly show: Command;
  readonly update: Command;
  readonly delete: Command;
  readonly surroundings: Surroundings;
};

export function addVerbs(program: Command, surroundings: Surroundings): Verbs {
  const verb = (name: string, summary: string): Command => program.command(name).summary(summary).description(summary);
  return {
    create: verb('create', 'make an object'),
    list: verb('list', 'list objects of one kind'),
    show: verb('show', 'show one object'),
    update: verb('update', 'change an object'),
    delete: verb('delete', 'delete objects and what hangs on them'),
    surroundings,
  };
}

/** An object as a `show` command prints it: its fields that hold something, without the links. */
export function describe(dto: Readonly<Record<string, unknown>>): [string, string][] {
  const entries: [string, string][] = [];
  for (const [name, value] of Object.entries(dto)) {
    if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) continue;
    const text = Array.isArray(value) ? value.map((one) => plain(one)).join(', ') : plain(value);
    if (/^https?:\/\//.test(text)) continue;
    entries.push([name, text]);
  }
  return entries;
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
