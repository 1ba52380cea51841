import type { WatchItem } from '@midonet/contract';
import { entityKey, type Entity, type SharedRow, type TopologyItem } from '@midonet/topology';
import { isMemberKey, ZoneMembers } from './zone-members.ts';

export type DecodeItem = (key: string, value: unknown) => Entity | SharedRow | undefined;

type Held = {
  /** JSON as it came, for the file that survives a restart, too. */
  text: string;
  value: Entity | SharedRow;
  revision: number;
  /** Seldom more than one: a set of each item's own would be the half of what is kept. */
  topics: string | Set<string>;
};

/**
 * What the controller told, held once however many topics it came by. An item goes when the last
 * topic that shows it lets go. Hosts in tunnel zones, as many as the cloud has, are held apart: they
 * are news of the host's topic alone.
 */
export class ItemStore {
  readonly #items = new Map<string, Held>();
  readonly #byTopic = new Map<string, Set<string>>();
  readonly #members = new ZoneMembers();
  readonly #decode: DecodeItem;
  /** Items that could not be read (a newer controller's, or damage); they are left out. */
  undecodable = 0;

  constructor(decode: DecodeItem) {
    this.#decode = decode;
  }

  /** The whole content of a topic: what it held before and does not any more goes. */
  snapshot(topic: string, revision: number, items: readonly WatchItem[]): TopologyItem[] {
    const gone = new Set([...(this.#byTopic.get(topic) ?? []), ...this.#members.keys(topic)]);
    for (const { key } of items) gone.delete(key);
    const changes: TopologyItem[] = [];
    for (const key of gone) this.#release(topic, key, changes);
    for (const item of items) this.#put(topic, revision, item, changes);
    return changes;
  }

  delta(topic: string, revision: number, items: readonly WatchItem[]): TopologyItem[] {
    const changes: TopologyItem[] = [];
    for (const item of items) {
      if (item.value === null) this.#release(topic, item.key, changes);
      else this.#put(topic, revision, item, changes);
    }
    return changes;
  }

  drop(topic: string): TopologyItem[] {
    const changes: TopologyItem[] = [];
    for (const key of [...(this.#byTopic.get(topic) ?? []), ...this.#members.keys(topic)])
      this.#release(topic, key, changes);
    return changes;
  }

  value(key: string): Entity | SharedRow | undefined {
    return isMemberKey(key) ? this.#members.get(key) : this.#items.get(key)?.value;
  }

  get size(): number {
    return this.#items.size + this.#members.size;
  }

  /** The items of a topic, each as JSON, to be written down. */
  *contents(topic: string): Generator<string> {
    for (const key of this.#byTopic.get(topic) ?? []) {
      const held = this.#items.get(key);
      if (held !== undefined) yield `{"key":${JSON.stringify(key)},"value":${held.text}}`;
    }
    yield* this.#members.rows(topic);
  }

  #put(topic: string, revision: number, item: WatchItem, changes: TopologyItem[]): void {
    if (isMemberKey(item.key)) {
      this.#putMember(topic, item, changes);
      return;
    }
    const text = JSON.stringify(item.value);
    const held = this.#items.get(item.key);
    if (held !== undefined && held.revision > revision) {
      this.#hold(topic, item.key, held);
      return;
    }
    if (held?.text === text) {
      held.revision = revision;
      this.#hold(topic, item.key, held);
      // A neighbour row that is written again says that the neighbour still answers.
      if (held.value.kind === 'neighbour') changes.push({ key: item.key, value: held.value });
      return;
    }
    const value = this.#decode(item.key, item.value);
    if (value === undefined) {
      this.undecodable++;
      return;
    }
    const fresh: Held = { text, value, revision, topics: held?.topics ?? topic };
    this.#items.set(item.key, fresh);
    this.#hold(topic, item.key, fresh);
    changes.push({ key: item.key, value });
  }

  #putMember(topic: string, { key, value }: WatchItem, changes: TopologyItem[]): void {
    const member = this.#decode(key, value);
    if (member?.kind !== 'tunnelZoneMember' || entityKey(member) !== key) this.undecodable++;
    else if (this.#members.put(topic, member)) changes.push({ key, value: member });
  }

  #hold(topic: string, key: string, held: Held): void {
    if (typeof held.topics === 'object') held.topics.add(topic);
    else if (held.topics !== topic) held.topics = new Set([held.topics, topic]);
    let keys = this.#byTopic.get(topic);
    if (keys === undefined) this.#byTopic.set(topic, (keys = new Set()));
    keys.add(key);
  }

  #release(topic: string, key: string, changes: TopologyItem[]): void {
    if (isMemberKey(key)) {
      if (this.#members.delete(topic, key)) changes.push({ key, value: undefined });
      return;
    }
    const keys = this.#byTopic.get(topic);
    keys?.delete(key);
    if (keys?.size === 0) this.#byTopic.delete(topic);
    const held = this.#items.get(key);
    if (held === undefined) return;
    if (typeof held.topics === 'object') {
      held.topics.delete(topic);
      if (held.topics.size > 0) return;
    } else if (held.topics !== topic) return;
    this.#items.delete(key);
    changes.push({ key, value: undefined });
  }
}
