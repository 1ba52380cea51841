import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FleetMemory, FromFleet, HostOfFleet, Met, Seen, ToFleet } from './messages.ts';

const WORKER = fileURLToPath(new URL('fleet-worker.ts', import.meta.url));

/** One process of simulated hosts. */
export class Fleet {
  readonly #child: ChildProcess;
  readonly #onSeen: (seen: readonly Seen[]) => void;
  #waiting: { resolve(message: FromFleet): void; reject(error: Error): void } | undefined;

  constructor(onSeen: (seen: readonly Seen[]) => void) {
    this.#onSeen = onSeen;
    this.#child = fork(WORKER, { execArgv: ['--expose-gc'] });
    this.#child.on('message', (message: FromFleet) => this.#heard(message));
    this.#child.on('exit', (code) => this.#waiting?.reject(new Error(`a process of hosts ended with ${code}`)));
  }

  async start(message: Omit<ToFleet & { kind: 'start' }, 'kind'>): Promise<readonly HostOfFleet[]> {
    const answer = await this.#ask({ kind: 'start', ...message });
    if (answer.kind !== 'started') throw new Error(`'${answer.kind}' is no answer to start`);
    return answer.hosts;
  }

  /** Answered when each of its hosts, in their order, has loaded what it meets. */
  async talk(met: readonly Met[]): Promise<void> {
    await this.#ask({ kind: 'talk', met });
  }

  async memory(): Promise<FleetMemory> {
    const answer = await this.#ask({ kind: 'measure' });
    if (answer.kind !== 'memory') throw new Error(`'${answer.kind}' is no answer to measure`);
    return answer;
  }

  stop(): Promise<void> {
    if (this.#child.exitCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.kill('SIGKILL');
    });
  }

  #ask(message: ToFleet): Promise<FromFleet> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#child.send(message);
    });
  }

  #heard(message: FromFleet): void {
    if (message.kind === 'saw') {
      this.#onSeen(message.seen);
      return;
    }
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (message.kind === 'failed') waiting?.reject(new Error(message.reason));
    else waiting?.resolve(message);
  }
}
