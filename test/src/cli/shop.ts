import { runCli } from '@midonet/cli';
import { createClient, type Client } from '@midonet/contract';
import { startController, type ControllerOptions } from '@midonet/server';
import { openMemoryStore } from '@midonet/store/memory';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Said = { readonly code: number; readonly out: string; readonly err: string };

export const TOKEN = 'a-token-for-tests';

/** A controller in this process and the `midonet` of somebody who works at it. */
export class Shop {
  readonly url: string;
  readonly client: Client;
  readonly folder: string;
  readonly #close: () => Promise<void>;

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url;
    this.client = createClient({ baseUrl: url, token: TOKEN });
    this.folder = mkdtempSync(join(tmpdir(), 'midonet-cli-'));
    this.#close = close;
  }

  static async open(options: Partial<ControllerOptions> = {}): Promise<Shop> {
    const store = openMemoryStore();
    const listen = { host: '127.0.0.1', port: 0 };
    const controller = await startController({ listen, auth: { kind: 'token', token: TOKEN }, ...options, store });
    return new Shop(controller.url, async () => {
      await controller.close();
      await store.close();
    });
  }

  async run(...words: string[]): Promise<Said> {
    return this.runWith({ MIDONET_URL: this.url, MIDONET_TOKEN: TOKEN }, ...words);
  }

  /** What it prints, without the last line's end; fails with its words when it does not succeed. */
  async ok(...words: string[]): Promise<string> {
    return (await this.#must(words)).trimEnd();
  }

  /** All that `apply` prints for a file with this text; fails as `ok` does. */
  apply(text: string, ...flags: string[]): Promise<string> {
    return this.#must(['apply', '-f', this.file(text), ...flags]);
  }

  async #must(words: readonly string[]): Promise<string> {
    const { code, out, err } = await this.run(...words);
    assert.equal(code, 0, `${words.join(' ')}: ${err}`);
    return out;
  }

  /** With another environment; HOME is the shop's own, so that nobody's files are read. */
  async runWith(env: Readonly<Record<string, string>>, ...words: string[]): Promise<Said> {
    let [out, err] = ['', ''];
    const code = await runCli(words, {
      stdout: { write: (text: string) => (out += text) },
      stderr: { write: (text: string) => (err += text) },
      env: { HOME: this.folder, ...env },
    });
    return { code, out, err };
  }

  /** A file for `apply`. */
  file(text: string): string {
    const path = join(this.folder, 'net.yaml');
    writeFileSync(path, text);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
    await this.#close();
  }
}
