import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../packages/server/src/main.ts', import.meta.url));

/** `through`: what its command line begins with, such as `ip netns exec NAME`. */
export type ControllerSite = {
  readonly listen: string;
  readonly through: readonly string[];
  /** Beside what this process has. */
  readonly env?: Readonly<Record<string, string>> | undefined;
};

export const LOOPBACK: ControllerSite = { listen: '127.0.0.1:0', through: [] };

/** A controller as an operator runs it: a process that can be killed and started again at its address. */
export class ControllerProcess {
  readonly #args: readonly string[];
  readonly #token: string;
  readonly #through: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  #listen: string;
  #process: ChildProcess | undefined;
  url = '';

  constructor(token: string, args: readonly string[], site: ControllerSite = LOOPBACK) {
    this.#token = token;
    this.#args = args;
    this.#listen = site.listen;
    this.#through = site.through;
    this.#env = site.env ?? {};
  }

  async start(): Promise<void> {
    const line = [...this.#through, process.execPath, MAIN, '--listen', this.#listen, ...this.#args];
    const [command = process.execPath, ...args] = line;
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...this.#env, MIDONET_TOKEN: this.#token },
    });
    this.#process = child;
    let said = '';
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (chunk) => {
        said += String(chunk);
        const url = /"url":"([^"]+)"/.exec(said)?.[1];
        if (url === undefined) return;
        this.url = url;
        this.#listen = new URL(url).host;
        resolve();
      });
      child.once('exit', () => reject(new Error(`the controller ended before it answered: ${said}`)));
    });
  }

  /** Its exit code, when it ends by itself. */
  async ended(): Promise<unknown> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null) return child?.exitCode;
    const [code] = (await once(child, 'exit')) as [unknown];
    return code;
  }

  get pid(): number {
    return this.#process?.pid ?? -1;
  }

  /** Stops or goes on, as on a machine that stalls; SIGUSR2 is for what was loaded into it. */
  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGUSR2'): void {
    this.#process?.kill(signal);
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }
}
