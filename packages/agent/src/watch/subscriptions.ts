import {
  CONF_SINCE,
  WATCH_VERSIONS,
  type ClientMessage,
  type ServerMessage,
  type Topic,
  type WatchItem,
} from '@midonet/contract';

export type Subscribed = {
  readonly sub: number;
  readonly topic: Topic;
  /** Of the last message; -1 while nothing came yet. */
  revision: number;
  loaded: boolean;
  lastUsed: number;
};

/** What a message of the controller means to the store of items. */
export type News = {
  readonly kind: 'snapshot' | 'delta';
  readonly key: string;
  readonly topic: Topic;
  readonly revision: number;
  readonly items: readonly WatchItem[];
};

/** The topics this agent follows, over any number of connections and restarts. */
export class Subscriptions {
  readonly #send: (message: ClientMessage) => boolean;
  readonly #topics = new Map<string, Subscribed>();
  readonly #bySub = new Map<number, Subscribed>();
  #next = 1;

  constructor(send: (message: ClientMessage) => boolean) {
    this.#send = send;
  }

  get size(): number {
    return this.#topics.size;
  }

  all(): IterableIterator<Subscribed> {
    return this.#topics.values();
  }

  has(topic: Topic): boolean {
    return this.#topics.has(topicKey(topic));
  }

  /** Follows a topic, or notes that it is still of use. True when it is new. */
  want(topic: Topic, now: number): boolean {
    const known = this.#topics.get(topicKey(topic));
    if (known !== undefined) {
      known.lastUsed = now;
      return false;
    }
    const added = this.#add(topic, now);
    this.#send({ op: 'subscribe', sub: added.sub, topic });
    return true;
  }

  /** A topic of an earlier run: its content is here, as of `revision`. */
  restore(topic: Topic, revision: number, now: number): void {
    const added = this.#add(topic, now);
    added.revision = revision;
    added.loaded = true;
  }

  drop(topic: Topic): void {
    const known = this.#topics.get(topicKey(topic));
    if (known === undefined) return;
    this.#topics.delete(topicKey(topic));
    this.#bySub.delete(known.sub);
    this.#send({ op: 'unsubscribe', sub: known.sub });
  }

  /** A new connection: asks for everything again, from where it was left off; `version`: of the watch protocol. */
  resume(serverRevision: number, version = WATCH_VERSIONS.to): void {
    for (const { sub, topic, revision, loaded } of this.#topics.values()) {
      if (topic.kind === 'conf' && version < CONF_SINCE) continue;
      // A store that is behind what we saw is another store: start over.
      const since = loaded && revision <= serverRevision ? revision : undefined;
      this.#send(since === undefined ? { op: 'subscribe', sub, topic } : { op: 'subscribe', sub, topic, since });
    }
  }

  receive(message: ServerMessage): News | undefined {
    if (message.op !== 'snapshot' && message.op !== 'delta') return undefined;
    const known = this.#bySub.get(message.sub);
    // A last message of what was unsubscribed meanwhile.
    if (known === undefined) return undefined;
    known.revision = message.revision;
    const { topic } = known;
    const key = topicKey(topic);
    if (message.op === 'delta') {
      return { kind: 'delta', key, topic, revision: message.revision, items: message.changes };
    }
    known.loaded = true;
    return { kind: 'snapshot', key, topic, revision: message.revision, items: message.items };
  }

  #add(topic: Topic, now: number): Subscribed {
    const added: Subscribed = { sub: this.#next++, topic, revision: -1, loaded: false, lastUsed: now };
    this.#topics.set(topicKey(topic), added);
    this.#bySub.set(added.sub, added);
    return added;
  }
}

export function topicKey(topic: Topic): string {
  return topic.kind === 'collection' ? `collection ${topic.of}` : `${topic.kind} ${topic.id}`;
}
