import { createClient } from '@midonet/contract';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { failure } from '../cli-error.ts';
import { connectionFile, DEFAULT_STATE } from '../connection.ts';
import type { Session, Surroundings } from '../session.ts';
import { addCommand, type Options } from '../verbs.ts';
import { daemonProgram, type DaemonName } from './exec-daemon.ts';

export function addUp(program: Command, surroundings: Surroundings): void {
  addCommand(program, surroundings, {
    usage: 'up',
    streams: true,
    summary: 'run a controller and the agent of this machine, until interrupted',
    options: [
      ['--listen <addr:port>', 'where the controller answers, 127.0.0.1:8181 by default'],
      ['--state <dir>', `where both keep what they keep, ${DEFAULT_STATE} by default`],
      ['--name <host>', "this host's name, the machine's by default"],
      ['--auth <kind>', 'token, or none for labs'],
    ],
    examples: ['midonet up', 'midonet up --listen 192.0.2.1:8181'],
    act: up,
  });
}

const READY_WITHIN_MS = 30_000;

async function up(session: Session, _words: readonly string[], options: Options): Promise<void> {
  if (process.getuid?.() !== 0)
    throw failure('the agent loads programs into the kernel and needs root; run: sudo midonet up');
  const state = options.text('state') ?? DEFAULT_STATE;
  const listen = options.text('listen') ?? '127.0.0.1:8181';
  const url = `http://${listen.replace(/^(0\.0\.0\.0|\[::\])?:/, '127.0.0.1:')}`;
  const controllerState = join(state, 'controller');
  const auth = options.text('auth') ?? 'token';
  const children = new Family();
  const controller = children.start('controller', ['--listen', listen, '--state', controllerState, '--auth', auth]);
  const tokenFile = join(controllerState, 'token');
  const token = await ready(controller, url, auth === 'token' ? tokenFile : undefined);
  writeConnection(session, url, tokenFile);
  children.start(
    'agent',
    ['--controller', url, '--name', options.text('name') ?? hostname(), '--state', join(state, 'agent')],
    token === undefined ? {} : { MIDONET_TOKEN: token },
  );
  session.note(next(url, state));
  await children.ended();
}

/** The daemons of one `up`: one ends, all end; a signal to the parent goes to each. */
class Family {
  readonly #children = new Map<DaemonName, ChildProcess>();
  readonly #first: Promise<string | undefined>;
  #settle: (ended: string | undefined) => void = () => undefined;

  constructor() {
    this.#first = new Promise((resolve) => (this.#settle = resolve));
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => this.#settle(undefined));
  }

  start(name: DaemonName, args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    // A group of its own: Ctrl-C reaches the parent only, which then ends the agent before the controller.
    const child = spawn(process.execPath, [daemonProgram(name), ...args], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...env },
      detached: true,
    });
    child.once('exit', (code, signal) => this.#settle(`the ${name} ended (${signal ?? `exit code ${code ?? 1}`})`));
    this.#children.set(name, child);
    return child;
  }

  async ended(): Promise<void> {
    const what = await this.#first;
    for (const name of ['agent', 'controller'] as const) {
      const child = this.#children.get(name);
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) continue;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await Promise.race([gone, delay(10_000, undefined, { ref: false }).then(() => child.kill('SIGKILL'))]);
    }
    if (what !== undefined) throw failure(`${what}; its log is above`);
  }
}

/** Waits until the controller answers; gives its token. */
async function ready(
  controller: ChildProcess,
  url: string,
  tokenFile: string | undefined,
): Promise<string | undefined> {
  const end = Date.now() + READY_WITHIN_MS;
  while (Date.now() < end) {
    if (controller.exitCode !== null) throw failure('the controller did not start; its log is above');
    try {
      const token =
        tokenFile === undefined ? undefined : (process.env['MIDONET_TOKEN'] ?? readFileSync(tokenFile, 'utf8').trim());
      await createClient({ baseUrl: url, token }).systemState.get();
      return token;
    } catch {
      await delay(100);
    }
  }
  controller.kill('SIGTERM');
  throw failure(`the controller does not answer at ${url} after ${READY_WITHIN_MS / 1000} s`);
}

/** So that later commands find this controller; holds the path of the token, not the token. */
function writeConnection(session: Session, url: string, tokenFile: string): void {
  const file = connectionFile(session.env);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, `${JSON.stringify({ url, tokenFile })}\n`, { mode: 0o600 });
}

/** What somebody does who has just started: look, make a network, put something on it. */
function next(url: string, state: string): string {
  return [
    `The controller answers at ${url}; what it and the agent keep is in ${state}. In another terminal:`,
    '  midonet status',
    '  midonet create bridge red',
    '  midonet create port --bridge red --name web',
    '  midonet ns add web --port web --address 10.1.0.10/24',
    'Ctrl-C ends both; the kernel goes on forwarding, and the next start takes over.',
  ].join('\n');
}
