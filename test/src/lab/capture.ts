import type { Namespaces } from './namespaces.ts';
import { Daemon, until } from './shell.ts';

/** tcpdump on an interface of a namespace: one line per frame, with MACs and tags, numbers only. */
export class Capture {
  readonly #tcpdump: Daemon;

  private constructor(tcpdump: Daemon) {
    this.#tcpdump = tcpdump;
  }

  /** Comes back when tcpdump listens: what is sent from now on is seen. */
  static async start(net: Namespaces, vm: string, device: string, filter = ''): Promise<Capture> {
    // Only the headers: whole trains of segments would fill tcpdump's ring with a few packets.
    const command = ['tcpdump', '-s', '256', '-Z', 'root', '--immediate-mode', '-lnetti', device, ...filter.split(' ')];
    const tcpdump = new Daemon(`tcpdump ${vm}`, [
      'ip',
      'netns',
      'exec',
      net.name(vm),
      ...command.filter((word) => word !== ''),
    ]);
    await until('tcpdump to listen', () => tcpdump.output.includes('listening on'), {
      detail: () => tcpdump.output,
    });
    return new Capture(tcpdump);
  }

  get text(): string {
    return this.#tcpdump.output;
  }

  /** Waits for a frame whose line matches. */
  async sees(pattern: RegExp): Promise<string> {
    return until(`a frame like ${String(pattern)}`, () => pattern.exec(this.text)?.[0], { detail: () => this.text });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tcpdump.stop('SIGINT');
  }
}
