import { spawn, spawnSync, type ChildProcess } from 'node:child_process';

/** Runs a command to its end and gives its output; throws with the command's own words. */
export function must(command: readonly string[], timeoutMs = 60_000): string {
  const result = spawnSync(command[0] ?? '', command.slice(1), { encoding: 'utf8', timeout: timeoutMs });
  if (result.status !== 0) {
    throw new Error(`${command.join(' ')}: ${result.stderr.trim() || (result.error?.message ?? result.signal ?? '')}`);
  }
  return result.stdout;
}

/** True when the command ends with success. */
export function succeeds(command: readonly string[]): boolean {
  return spawnSync(command[0] ?? '', command.slice(1), { stdio: 'ignore' }).status === 0;
}

/** A program that runs beside the bench; always ended by its own handle. */
export class Running {
  readonly command: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number>;
  #stdout = '';
  #stderr = '';

  constructor(command: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.command = command.join(' ');
    this.#child = spawn(command[0] ?? '', command.slice(1), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.#stdout += chunk.toString()));
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#stderr = (this.#stderr + chunk.toString()).slice(-8192)));
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', (error) => {
        this.#stderr += error.message;
        resolve(127);
      });
      this.#child.on('exit', (code) => {
        resolve(code ?? 128);
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Its exit code or the signal that ended it. */
  get how(): string {
    return String(this.#child.signalCode ?? this.#child.exitCode);
  }

  get output(): string {
    return this.#stdout + this.#stderr;
  }

  /** Resolves when `text` was printed; rejects when the program ends before or takes too long. */
  async printed(text: string, timeoutMs = 10_000): Promise<void> {
    const end = performance.now() + timeoutMs;
    while (!this.#stdout.includes(text)) {
      if (this.ended) throw new Error(`${this.command} ended early: ${this.output}`);
      if (performance.now() > end) throw new Error(`${this.command} did not print '${text}': ${this.output}`);
      await delay(10);
    }
  }

  /** Its last line of output once it ended by itself. */
  async result(timeoutMs = 60_000): Promise<string> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), timeoutMs);
    const code = await this.#ended;
    clearTimeout(timer);
    if (code !== 0) throw new Error(`${this.command} ended with ${code}: ${this.output}`);
    return this.#stdout.trimEnd().split('\n').at(-1) ?? '';
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.ended) return;
    this.#child.kill(signal);
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await this.#ended;
    clearTimeout(timer);
  }
}

export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits until `condition` holds. */
export async function until(
  what: string | (() => string),
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 20_000,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > end) {
      throw new Error(`waited ${timeoutMs / 1000} s in vain for ${typeof what === 'string' ? what : what()}`);
    }
    await delay(25);
  }
}
