import type { ServerMessage, Topic } from '@midonet/contract';
import assert from 'node:assert/strict';
import { WatchClient } from './watch-client.ts';

/** What one delta said: key and value of each change, in an order of their own. */
export type Told = { readonly sub: number; readonly revision: number; readonly changes: readonly string[] };

type Part = { readonly items: Map<string, string>; revision: number | undefined };

/**
 * What a reader of a watch has by what it was told, over any number of connections: each goes on from the revision
 * of the one before. Asserts that nothing comes twice or out of order.
 */
export class WatchPicture {
  readonly topics: readonly Topic[];
  readonly told: Told[] = [];
  readonly resyncs: string[] = [];
  readonly #token: string;
  readonly #parts: readonly Part[];
  #watch: WatchClient | undefined;
  #failure: Error | undefined;

  constructor(token: string, topics: readonly Topic[]) {
    this.#token = token;
    this.topics = topics;
    this.#parts = topics.map(() => ({ items: new Map(), revision: undefined }));
  }

  get watch(): WatchClient {
    assert.ok(this.#watch);
    return this.#watch;
  }

  async connect(url: string): Promise<void> {
    const watch = await WatchClient.connect(url, this.#token);
    this.#watch = watch;
    watch.socket.on('message', (data: Buffer) => {
      if (this.#watch !== watch) return;
      try {
        this.#take(JSON.parse(data.toString('utf8')) as ServerMessage);
      } catch (error) {
        this.#failure ??= error instanceof Error ? error : new Error(String(error));
      }
    });
    await watch.hello();
    for (const [sub, topic] of this.topics.entries()) {
      watch.send({ op: 'subscribe', sub, topic, since: this.#parts[sub]?.revision });
    }
  }

  /** Without a word, with whatever is on its way. */
  cut(): void {
    this.#watch?.socket.terminate();
    this.#watch = undefined;
  }

  /** Until all is told that there is up to that revision. */
  async reach(revision: number): Promise<void> {
    for (let settled = -1; settled < revision || this.#parts.some((part) => part.revision === undefined);) {
      this.watch.send({ op: 'ping' });
      const pong = await this.watch.next('pong');
      settled = pong.settled ?? -1;
      if (settled < revision) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    if (this.#failure !== undefined) throw this.#failure;
    for (const part of this.#parts) part.revision = Math.max(part.revision ?? 0, revision);
  }

  picture(): string[][] {
    return this.#parts.map(({ items }) => [...items].map(([key, value]) => `${key} ${value}`).sort());
  }

  keys(sub: number): string[] {
    return [...(this.#parts[sub]?.items.keys() ?? [])].sort();
  }

  #take(message: ServerMessage): void {
    if (message.op === 'resync') this.resyncs.push(message.reason ?? 'no reason');
    if (message.op !== 'snapshot' && message.op !== 'delta') return;
    const part = this.#parts[message.sub];
    assert.ok(part);
    if (message.op === 'snapshot') {
      part.items.clear();
      for (const { key, value } of message.items) part.items.set(key, JSON.stringify(value));
    } else {
      const { sub, revision, changes } = message;
      assert.ok(part.revision !== undefined && revision > part.revision, `${revision} behind ${part.revision}`);
      for (const { key, value } of changes) {
        if (value !== null) part.items.set(key, JSON.stringify(value));
        else assert.ok(part.items.delete(key), `${key} goes, which was not there`);
      }
      this.told.push({ sub, revision, changes: changes.map((change) => JSON.stringify(change)).sort() });
    }
    part.revision = message.revision;
  }
}
