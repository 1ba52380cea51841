import { spawn, spawnSync, type ChildProcess } from 'node:child_process';

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs a command to its end; never throws for a failing one. `timeoutMs` ends it with code 124. */
export function run(command: readonly string[], options: { input?: string; timeoutMs?: number } = {}): Ran {
  const [file, ...args] = command;
  if (file === undefined) throw new Error('empty command');
  const result = spawnSync(file, args, {
    encoding: 'utf8',
    input: options.input ?? '',
    timeout: options.timeoutMs ?? 60_000,
    killSignal: 'SIGKILL',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.error !== undefined && result.status === null && result.signal === null) {
    return { code: 127, stdout: '', stderr: result.error.message };
  }
  return { code: result.status ?? 124, stdout: result.stdout, stderr: result.stderr };
}

/** Runs a command that must succeed. */
export function must(command: readonly string[], options: { input?: string; timeoutMs?: number } = {}): string {
  const ran = run(command, options);
  if (ran.code !== 0) {
    throw new Error(`${command.join(' ')} exited ${ran.code}\n${ran.stdout.slice(-2000)}${ran.stderr.slice(-2000)}`);
  }
  return ran.stdout;
}

/** A long-running child whose output is kept (the last MiB) for the failure message. */
export class Daemon {
  readonly name: string;
  readonly #child: ChildProcess;
  #output = '';
  #exited: Promise<number>;

  constructor(name: string, command: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.name = name;
    const [file, ...args] = command;
    if (file === undefined) throw new Error('empty command');
    this.#child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    const keep = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString('utf8')).slice(-1_048_576);
    };
    this.#child.stdout?.on('data', keep);
    this.#child.stderr?.on('data', keep);
    this.#exited = new Promise((resolve) => {
      this.#child.on('exit', (code) => resolve(code ?? -1));
      this.#child.on('error', () => resolve(-1));
    });
  }

  get output(): string {
    return this.#output;
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Waits for the process to end by itself; gives its exit code. */
  async ended(): Promise<number> {
    return this.#exited;
  }

  /** Ends the process and waits for it. `ip netns exec` replaces itself, so the pid is the program's. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' | 'SIGINT' = 'SIGTERM', graceMs = 10_000): Promise<number> {
    if (this.running) this.#child.kill(signal);
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs);
    const code = await this.#exited;
    clearTimeout(timer);
    return code;
  }
}

/** Polls until `probe` gives a value; on time-out throws with what was waited for and `detail()`. */
export async function until<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  options: { timeoutMs?: number; everyMs?: number; detail?: () => string } = {},
): Promise<T> {
  const deadline = performance.now() + (options.timeoutMs ?? 15_000);
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) {
      throw new Error(`waited ${options.timeoutMs ?? 15_000} ms for: ${what}\n${options.detail?.() ?? ''}`);
    }
    await new Promise((resolve) => setTimeout(resolve, options.everyMs ?? 20));
  }
}
