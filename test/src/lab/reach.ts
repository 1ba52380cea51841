import assert from 'node:assert/strict';
import type { Cloud } from './cloud.ts';
import { until, type Ran } from './shell.ts';

/** Pings with the program that everybody knows, and what is expected of it. */
export class Reach {
  readonly #cloud: Cloud;

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
  }

  ping(from: string, to: string, ...flags: string[]): Ran {
    return this.#cloud.net.exec(from, ['ping', '-n', '-c', '3', '-i', '0.02', '-W', '3', ...flags, to]);
  }

  /** Every echo comes back. */
  yes(from: string, to: string, ...flags: string[]): void {
    const ran = this.ping(from, to, ...flags);
    assert.match(ran.stdout, / 0% packet loss/, `${from} → ${to}\n${ran.stdout}${ran.stderr}\n${this.logs()}`);
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
