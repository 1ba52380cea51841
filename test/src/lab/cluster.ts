import { join } from 'node:path';
import { EtcdCluster } from '@midonet/store/testing';
import type { ControlPlane, Site } from './control-plane.ts';
import { Daemon, until } from './shell.ts';

const SIZE = 3;
const FIRST_PORT = 8181;
/** Changes between two deaths. */
const TURN = 6;

/** Three controllers over three members of etcd; after every few changes one of each is killed, and the last pair runs again. */
export class Cluster implements ControlPlane {
  readonly token = 'a-token-for-tests';
  readonly urls: readonly string[];
  readonly #site: Site;
  readonly #controllers: (Daemon | undefined)[] = [];
  #etcd: EtcdCluster | undefined;
  #dead: number | undefined;
  #turning: Promise<void> | undefined;
  #stopped = true;
  #changes = 0;
  /** Pairs that were killed. */
  deaths = 0;

  constructor(site: Site) {
    this.#site = site;
    this.urls = Array.from({ length: SIZE }, (_, i) => `http://${site.address}:${FIRST_PORT + i}`);
  }

  get url(): string {
    return this.urls[this.#dead === 0 ? 1 : 0] ?? '';
  }

  get output(): string {
    return this.#controllers.map((one, i) => `--- controller ${i}\n${one?.output ?? ''}`).join('\n');
  }

  get running(): boolean {
    return this.#controllers.every((one, i) => i === this.#dead || one?.running === true);
  }

  living(url: string): boolean {
    return this.urls.indexOf(url) !== this.#dead;
  }

  async start(): Promise<void> {
    const { address, through } = this.#site;
    const sites = Array.from({ length: SIZE }, () => ({ address, through }));
    this.#etcd ??= await EtcdCluster.start(SIZE, { sites });
    if (this.#dead !== undefined) this.#etcd.run(this.#dead);
    this.#dead = undefined;
    for (let i = 0; i < SIZE; i++) await this.#startController(i);
    this.#stopped = false;
  }

  async stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<unknown> {
    this.#stopped = true;
    await this.#turning?.catch(() => undefined); // whoever changes something is told
    return Promise.all(this.#controllers.map(async (one) => one?.stop(signal)));
  }

  /** Changes that are made at the same time wait for a turn together. */
  async beforeChange(): Promise<void> {
    this.#changes++;
    if (this.#turning === undefined && this.#changes % TURN === 0 && this.running && !this.#stopped) {
      this.#turning = this.#turn().finally(() => (this.#turning = undefined));
    }
    await this.#turning;
  }

  async #turn(): Promise<void> {
    const etcd = this.#etcd;
    if (etcd === undefined) return;
    const last = this.#dead;
    if (last !== undefined) {
      etcd.run(last);
      await this.#answers(`${etcd.urls[last]}/health`);
      this.#dead = undefined;
      await this.#startController(last);
    }
    const next = last === undefined ? 0 : (last + 1) % SIZE;
    this.#dead = next;
    await this.#controllers[next]?.stop('SIGKILL');
    await etcd.kill(next);
    this.deaths++;
  }

  async end(): Promise<void> {
    console.log(`a controller and a member of etcd died ${this.deaths} times`);
    await this.stop('SIGKILL');
    await this.#etcd?.close();
  }

  async #startController(i: number): Promise<void> {
    const { address, midonet, state } = this.#site;
    const members = this.#etcd?.urls.flatMap((url) => ['--etcd', url]) ?? [];
    const own = ['--listen', `${address}:${FIRST_PORT + i}`, '--state', join(state, `controller${i}`)];
    const env = { MIDONET_TOKEN: this.token };
    this.#controllers[i] = new Daemon(`controller ${i}`, midonet('controller', ...own, ...members), env);
    await this.#answers(`${this.urls[i]}/readyz`);
  }

  async #answers(url: string): Promise<void> {
    const probe = async (): Promise<boolean> => {
      const answer = await this.#site
        .fetch()(url)
        .catch(() => undefined);
      return answer?.status === 200;
    };
    await until(`${url} to answer`, probe, { timeoutMs: 90_000, everyMs: 100, detail: () => this.output });
  }
}
