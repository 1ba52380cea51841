import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { until } from '../lab/shell.ts';
import type { Call, HistoryLine } from './history.ts';
import type { LoadConfig, LoadSign } from './load/config.ts';

const MAIN = fileURLToPath(new URL('./load/main.ts', import.meta.url));
/** For what takes seconds on a quiet machine. */
const slow = { timeoutMs: 180_000, everyMs: 20 };

/** The process that asks and records, seen from the one that breaks things. */
export class LoadProcess {
  readonly lines: HistoryLine[] = [];
  /** Calls that were answered with yes, and calls of each client that ended one way or another. */
  done = 0;
  readonly #ended: number[];
  #unanswered = 0;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #signs = new Map<LoadSign['kind'], number>();
  #unreadable: string | undefined;

  constructor(config: LoadConfig, through: readonly string[]) {
    this.#ended = Array.from({ length: config.clients }, () => 0);
    const line = [...through, process.execPath, MAIN, JSON.stringify(config)];
    const [command = process.execPath, ...args] = line;
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.#child.stdout }).on('line', (text) => this.#take(text));
  }

  /** Resolves when all have begun. */
  async ready(): Promise<void> {
    await this.#sign('ready', 1);
  }

  /** The record grows by what the store did up to now. */
  async readLog(): Promise<void> {
    const before = this.#signs.get('logged') ?? 0;
    this.#child.stdin.write('log\n');
    await this.#sign('logged', before + 1);
  }

  /** So many calls are answered with yes, from now on. */
  async goesOn(calls: number, what: string): Promise<void> {
    const from = this.done;
    await until(`${calls} calls ${what}`, () => this.#checked(this.done >= from + calls), slow);
  }

  /** Every client has felt it, from now on: many calls have ended one way or another, or each got no answer. */
  async endures(what: string): Promise<void> {
    const [before, unanswered] = [[...this.#ended], this.#unanswered];
    const clients = before.length;
    const enough = (): boolean => {
      const each = this.#ended.map((ended, client) => ended - (before[client] ?? 0));
      const many = each.reduce((sum, one) => sum + one, 0) >= 15 * clients;
      return each.every((one) => one > 0) && (many || this.#unanswered >= unanswered + clients);
    };
    await until(`every client to feel that ${what}`, () => this.#checked(enough()), slow);
  }

  /** A call is not answered, for such a reason, while `press` is done again and again. */
  async fails(why: RegExp, what: string, press: () => void): Promise<void> {
    const from = this.lines.length;
    const isOne = (line: HistoryLine): boolean =>
      line.kind === 'call' && line.told.kind === 'unknown' && why.test(line.told.why);
    const felt = (): boolean => {
      press();
      return this.#checked(this.lines.slice(from).some(isOne));
    };
    await until(`a call to fail because ${what}`, felt, slow);
  }

  /** Ends it in good order; the record is whole then. */
  async finish(): Promise<void> {
    const gone = once(this.#child.stdout, 'end');
    this.#child.stdin.write('finish\n');
    await this.#sign('done', 1);
    await gone;
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  #take(text: string): void {
    let line: HistoryLine | LoadSign;
    try {
      line = JSON.parse(text) as HistoryLine | LoadSign;
    } catch {
      this.#unreadable ??= text;
      return;
    }
    if (line.kind === 'ready' || line.kind === 'logged' || line.kind === 'done') {
      this.#signs.set(line.kind, (this.#signs.get(line.kind) ?? 0) + 1);
      return;
    }
    this.lines.push(line);
    if (line.kind === 'call') this.#count(line);
  }

  #count({ client, told }: Call): void {
    if (told.kind === 'ok') this.done++;
    if (told.kind === 'unknown') this.#unanswered++;
    const ended = this.#ended[client];
    if (ended !== undefined) this.#ended[client] = ended + 1;
  }

  async #sign(kind: LoadSign['kind'], count: number): Promise<void> {
    await until(`the load's "${kind}"`, () => this.#checked((this.#signs.get(kind) ?? 0) >= count), slow);
  }

  /** What was found out, if it lives; throws what it died of. */
  #checked(found: boolean): boolean {
    if (this.#unreadable !== undefined) throw new Error(`the load said: ${this.#unreadable}`);
    if (this.#child.exitCode !== null && this.#child.exitCode !== 0) {
      throw new Error(`the load ended with ${this.#child.exitCode}; its reason is above`);
    }
    return found;
  }
}
