import type { Dial, NatBlock, Ports, SocketEvents } from '@midonet/agent';
import { parseIp, type IpAddress } from '@midonet/packet';
import type { Topic, WatchItem } from '@midonet/contract';
import { decodeKeyed, isDecodeFailure } from '@midonet/topology';

/** A block of NAT ports for this agent, if there is one. */
export type Grant = (device: string, address: IpAddress, ports: Ports) => NatBlock | undefined;

const KEYS = { current: '5c'.repeat(32) };
const DAY_MS = 86_400_000;

export type ItemsOf = (topic: Topic) => readonly WatchItem[];

/** A controller for one agent, without wire or store: it answers subscriptions when pumped. */
export class ScriptedController {
  readonly #itemsOf: ItemsOf;
  readonly #grant: Grant;
  readonly #wanted: unknown[] = [];
  readonly #onRow: (item: WatchItem) => void;
  readonly #asked: { readonly sub: number; readonly topic: Topic }[] = [];
  readonly #followed = new Map<string, number>();
  /** What was told of each topic last, as text by key. */
  readonly #told = new Map<Topic, Map<string, string>>();
  readonly #news: { readonly sub: number; readonly item: WatchItem }[] = [];
  readonly #unacknowledged: unknown[] = [];
  #revision = 1;
  #socket: SocketEvents | undefined;
  #welcomed = false;

  /** `onRow` gets the rows that the agent shares. */
  constructor(itemsOf: ItemsOf, onRow: (item: WatchItem) => void, grant: Grant) {
    this.#itemsOf = itemsOf;
    this.#grant = grant;
    this.#onRow = onRow;
  }

  readonly dial: Dial = (_url, events) => {
    this.#socket = events;
    return { send: (text) => this.#take(JSON.parse(text)), close: () => undefined };
  };

  /** Does what is to be done; false when that was nothing. */
  pump(): boolean {
    if (!this.#welcomed) {
      this.#welcomed = true;
      this.#socket?.onOpen();
      this.#tell({ op: 'welcome', protocol: 1, revision: 1, lease: 'lease', leaseMs: 10_000, exchangeKeys: KEYS });
      return true;
    }
    const written = this.#unacknowledged.splice(0);
    for (const id of written) this.#tell({ op: 'ack', id });
    const wanted = this.#wanted.splice(0);
    for (const each of wanted) this.#lease(each);
    const asked = this.#asked.splice(0);
    for (const { sub, topic } of asked) {
      const items = this.#itemsOf(topic);
      this.#tell({ op: 'snapshot', sub, revision: this.#revision, items });
      if (topic.kind === 'collection') continue;
      this.#followed.set(`${topic.kind} ${topic.id}`, sub);
      this.#told.set(topic, textOf(items));
    }
    const news = this.#news.splice(0);
    for (const { sub, item } of news) this.#tell({ op: 'delta', sub, revision: ++this.#revision, changes: [item] });
    return wanted.length > 0 || written.length > 0 || asked.length > 0 || news.length > 0;
  }

  /** Somebody wrote a row: who follows its table hears of it with the next pump. */
  hear(item: WatchItem): void {
    const [kind = '', owner = ''] = item.key.split('/');
    const sub = this.#followed.get(`${kind === 'learnedMac' ? 'macTable' : 'neighbours'} ${owner}`);
    if (sub !== undefined) this.#news.push({ sub, item });
  }

  /** Objects were changed: who follows them is told what is otherwise than before. Tables are heard row by row. */
  retell(): void {
    for (const [topic, before] of this.#told) {
      if (topic.kind === 'collection' || topic.kind === 'macTable' || topic.kind === 'neighbours') continue;
      const sub = this.#followed.get(`${topic.kind} ${topic.id}`);
      const items = this.#itemsOf(topic);
      const now = textOf(items);
      const gone = [...before.keys()].filter((key) => !now.has(key)).map((key) => ({ key, value: null }));
      const changes = [...items.filter(({ key }) => before.get(key) !== now.get(key)), ...gone];
      this.#told.set(topic, now);
      if (changes.length > 0) this.#tell({ op: 'delta', sub, revision: ++this.#revision, changes });
    }
  }

  #tell(message: object): void {
    this.#socket?.onText(JSON.stringify(message));
  }

  #take(message: unknown): void {
    if (typeof message !== 'object' || message === null) return;
    if ('sub' in message && 'topic' in message) {
      const { sub, topic } = message;
      if (typeof sub === 'number') this.#asked.push({ sub, topic: topic as Topic });
    }
    if ('op' in message && (message.op === 'natLease' || message.op === 'natRenew')) this.#wanted.push(message);
    if ('puts' in message && 'id' in message) this.#unacknowledged.push(message.id);
    if ('puts' in message && Array.isArray(message.puts)) for (const put of message.puts) this.#row(put);
  }

  #lease(message: unknown): void {
    const of = (name: string): unknown =>
      typeof message === 'object' && message !== null ? Reflect.get(message, name) : undefined;
    const answer = { op: 'natBlocks', id: of('id'), leaseMs: DAY_MS, left: 1000 };
    const address = parseIp(String(of('address')));
    const device = String(of('deviceId'));
    const ports = { from: Number(of('from')), to: Number(of('to')) };
    const block = of('op') === 'natLease' && address !== undefined ? this.#grant(device, address, ports) : undefined;
    const blocks =
      block === undefined ? [] : [{ deviceId: device, address: of('address'), block: block.block, generation: 1 }];
    this.#tell({ ...answer, blocks });
  }

  #row(value: unknown): void {
    const of = (name: string): string =>
      typeof value === 'object' && value !== null ? String(Reflect.get(value, name)) : '';
    const key = keyOf(of);
    if (key === undefined) return;
    const decoded = decodeKeyed(key, value);
    if (isDecodeFailure(decoded)) throw new Error(`an agent wrote ${JSON.stringify(value)}: ${decoded.message}`);
    this.#onRow({ key, value });
  }
}

function textOf(items: readonly WatchItem[]): Map<string, string> {
  return new Map(items.map(({ key, value }) => [key, JSON.stringify(value)]));
}

function keyOf(of: (name: string) => string): string | undefined {
  switch (of('kind')) {
    case 'portActive':
      return `portActive/${of('portId')}`;
    case 'learnedMac':
      return `learnedMac/${of('bridgeId')}/${of('vlan')}/${of('mac')}`;
    case 'neighbour':
      return `neighbour/${of('routerId')}/${of('portId')}/${of('ip')}`;
    default:
      return undefined;
  }
}
