import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Daemon } from './shell.ts';

/** What a cloud is run by, in its namespace for controllers. */
export type ControlPlane = {
  /** One controller that answers now. */
  readonly url: string;
  /** All of them, for agents. */
  readonly urls: readonly string[];
  readonly token: string;
  readonly output: string;
  readonly running: boolean;
  /** Whether the controller of that URL is meant to be running. */
  living(url: string): boolean;
  start(): Promise<void>;
  /** Stops all controllers. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<unknown>;
  /** Told before each change that a test makes. */
  beforeChange(): Promise<void>;
  end(): Promise<void>;
};

export type Site = {
  readonly address: string;
  /** What a command in the namespace begins with. */
  readonly through: readonly string[];
  /** `midonet` in the namespace. */
  readonly midonet: (...words: string[]) => string[];
  /** `fetch` from within the namespace. */
  readonly fetch: () => typeof fetch;
  readonly state: string;
};

const PORT = 8181;

/** One controller with its store on its disk. */
export class SingleController implements ControlPlane {
  readonly url: string;
  readonly #site: Site;
  readonly #dir: string;
  #daemon: Daemon | undefined;
  #token: string | undefined;

  constructor(site: Site) {
    this.#site = site;
    this.#dir = join(site.state, 'controller');
    this.url = `http://${site.address}:${PORT}`;
  }

  get urls(): readonly string[] {
    return [this.url];
  }

  get output(): string {
    return this.#daemon?.output ?? '';
  }

  get running(): boolean {
    return this.#daemon?.running === true;
  }

  /** Made at the first start: throws until then. */
  get token(): string {
    return (this.#token ??= readFileSync(join(this.#dir, 'token'), 'utf8').trim());
  }

  living(): boolean {
    return this.running;
  }

  async start(): Promise<void> {
    const words = ['--listen', `${this.#site.address}:${PORT}`, '--state', this.#dir];
    this.#daemon = new Daemon('controller', this.#site.midonet('controller', ...words));
  }

  async stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<unknown> {
    return this.#daemon?.stop(signal);
  }

  async beforeChange(): Promise<void> {}

  async end(): Promise<void> {
    await this.stop();
  }
}
