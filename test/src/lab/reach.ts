import assert from 'node:assert/strict';
import type { Cloud } from './cloud.ts';
import { until, type Ran } from './shell.ts';

/** Longer than any stall; only what is lost waits for it. */
const PATIENCE = '15';
const QUESTIONS = 3;

/** Pings with the program that everybody knows, and what is expected of it. */
export class Reach {
  readonly #cloud: Cloud;
  #identifier = process.pid & 0xffff;

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
  }

  /**
   * Once ping has one answer it waits for the others only twice as long as that took, or one interval,
   * whatever `-W` says: on a busy machine an answer that comes counts as lost. Several questions are for
   * those who expect no answer.
   */
  ping(from: string, to: string, ...flags: string[]): Ran {
    return this.#cloud.net.exec(from, ['ping', '-n', '-c', '3', '-i', '0.02', '-W', '3', ...flags, to]);
  }

  /** Every echo comes back: of one connection, each asked when the one before was answered. */
  yes(from: string, to: string, ...flags: string[]): void {
    const connection = ['-e', String((this.#identifier = (this.#identifier % 0xffff) + 1))];
    for (let question = 1; question <= QUESTIONS; question++) {
      const ran = this.ping(from, to, ...flags, '-c', '1', '-W', PATIENCE, ...connection);
      assert.match(
        ran.stdout,
        / 1 received, 0% packet loss/,
        `${from} → ${to}, ${question} of ${QUESTIONS}\n${ran.stdout}${ran.stderr}\n${this.logs()}`,
      );
    }
  }

  /** After a change: soon, and from then on every echo. */
  async soon(from: string, to: string): Promise<void> {
    await until(`${from} to reach ${to}`, () => this.ping(from, to, '-c', '1', '-W', '0.3').code === 0, {
      detail: () => this.logs(),
    });
    this.yes(from, to);
  }

  /** After a change: soon nothing, and then really nothing. */
  async notSoon(from: string, to: string): Promise<void> {
    await until(`${from} not to reach ${to}`, () => this.ping(from, to, '-c', '1', '-W', '0.3').code !== 0);
    assert.match(this.ping(from, to, '-W', '0.5').stdout, / 100% packet loss/);
  }

  logs(): string {
    return this.#cloud.hosts.map((host) => `--- ${host}\n${this.#cloud.agent(host).output.slice(-4000)}`).join('\n');
  }
}
