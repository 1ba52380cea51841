import type { Command } from 'commander';
import { createInterface, type Interface } from 'node:readline';
import { CliError } from '../cli-error.ts';
import { reasonOfCode } from '../exit-codes.ts';
import { nameOf } from '../objects/directory.ts';
import type { NamedKind } from '../objects/directory.ts';
import { runLine, type RunWords } from './run-line.ts';
import type { Session, Surroundings } from '../session.ts';
import { addCommand } from '../verbs.ts';
import { complete } from './completer.ts';
import { historyFile, readHistory, writeHistory } from './history-file.ts';

/** How long names that were fetched for completion are good for. */
const FRESH_MS = 5000;

/**
 * The commands without `midonet` before them. `run` is the whole program again, once a line: a session
 * of its own each, so that nothing is stale.
 */
export function addShell(program: Command, surroundings: Surroundings, run: RunWords): void {
  addCommand(program, surroundings, {
    usage: 'shell',
    streams: true,
    summary: 'a prompt for these commands, with completion of commands, options and names, and history',
    options: [
      ['--keep-going', 'in a script, go on after a line that failed; the exit code is still that of the first'],
    ],
    examples: ['midonet shell', 'midonet shell --url http://192.0.2.1:8181', 'midonet shell --keep-going < script'],
    act: async (session, _words, options) => {
      const { stdin = process.stdin } = surroundings;
      const terminal = stdin.isTTY === true;
      const input = createInterface({
        input: stdin,
        output: process.stdout,
        terminal,
        // A script's output has no prompts in it.
        prompt: terminal ? 'midonet> ' : '',
        ...(terminal ? { history: readHistory(historyFile(session.env)) } : {}),
        removeHistoryDuplicates: true,
        completer: (line: string, answer: (error: null, result: [string[], string]) => void) => {
          // Without a controller there is nothing to offer but commands.
          void complete(program, line, namesOf(session)).then(
            (found) => answer(null, found),
            () => answer(null, [[], line]),
          );
        },
      });
      input.on('history', (lines: readonly string[]) => writeHistory(historyFile(session.env), lines));
      const script = terminal ? undefined : { keepGoing: options.flag('keepGoing') };
      await follow(input, { run, session, script });
    },
  });
}

type Following = {
  readonly run: RunWords;
  readonly session: Session;
  /** Undefined: a person types, and sees what fails. */
  readonly script: { readonly keepGoing: boolean } | undefined;
};

/**
 * Line after line, each when the one before is done, until the end of input or `exit`. A script ends at
 * the first line that fails, unless it is to go on, and fails as that line did.
 */
async function follow(input: Interface, { run, session, script }: Following): Promise<void> {
  const { url, token, ca, at, format: output } = session.flags;
  const global = Object.entries({ url, token, ca, at, output }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, value],
  );
  input.on('SIGINT', () => {
    input.write(null, { ctrl: true, name: 'u' });
    input.prompt();
  });
  // Lines may still wait when the input has ended.
  const state = { open: true };
  input.once('close', () => (state.open = false));
  input.prompt();
  let failed: number | undefined;
  for await (const line of input) {
    // The shell's own flags first: what a line says itself counts.
    const { code, exit } = await runLine(
      line,
      (words) => run([...global, ...words]),
      (text) => session.note(text),
    );
    if (code !== 0) failed ??= code;
    if (exit || (failed !== undefined && script?.keepGoing === false)) break;
    if (state.open) input.prompt();
  }
  input.close();
  // What the line had to say was said.
  if (failed !== undefined && script !== undefined) throw new CliError(reasonOfCode(failed), '');
}

const KINDS: Readonly<Record<string, NamedKind>> = {
  bridge: 'bridge',
  router: 'router',
  port: 'port',
  peer: 'port',
  host: 'host',
  zone: 'tunnel zone',
  'tunnel-zone': 'tunnel zone',
  chain: 'chain',
  inbound: 'chain',
  outbound: 'chain',
  group: 'port group',
  'port-group': 'port group',
  'ip-address-group': 'IP address group',
  balancer: 'load balancer',
  pool: 'pool',
  member: 'pool member',
  'pool-member': 'pool member',
  vip: 'VIP',
  monitor: 'health monitor',
  'health-monitor': 'health monitor',
  policy: 'QoS policy',
  'qos-policy': 'QoS policy',
};

function namesOf(session: Session): (kind: string) => Promise<readonly string[]> {
  const known = new Map<string, { readonly at: number; readonly names: readonly string[] }>();
  return async (word) => {
    const kind = KINDS[word];
    if (kind === undefined) return [];
    const old = known.get(kind);
    const now = performance.now();
    if (old !== undefined && now - old.at < FRESH_MS) return old.names;
    const names = (await session.freshDirectory().all(kind)).map(nameOf).filter((name) => name !== '');
    known.set(kind, { at: now, names });
    return names;
  };
}
