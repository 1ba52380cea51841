import type { Topic, WatchItem } from '@midonet/contract';
import type { StateDir } from '../host/state-dir.ts';
import type { Subscriptions } from '../watch/subscriptions.ts';
import { topicKey } from '../watch/subscriptions.ts';
import type { ItemStore } from './item-store.ts';

const FILE = 'topology.json';
const VERSION = 1;

export type Remembered = {
  readonly lease: string | undefined;
  /** Keys of the shared rows this host had written. */
  readonly owned: readonly string[];
  readonly topics: readonly {
    readonly topic: Topic;
    readonly revision: number;
    readonly items: readonly WatchItem[];
  }[];
};

/** What the agent knew when it last wrote it down: enough to go on without any controller. */
export function remember(
  state: StateDir,
  subscriptions: Subscriptions,
  items: ItemStore,
  mine: { readonly lease: string | undefined; readonly owned: readonly string[] },
): void {
  const topics: string[] = [];
  for (const { topic, revision, loaded } of subscriptions.all()) {
    if (!loaded) continue;
    const own = JSON.stringify({ topic, revision }).slice(0, -1);
    topics.push(`${own},"items":[${[...items.contents(topicKey(topic))].join(',')}]}`);
  }
  const head = JSON.stringify({ version: VERSION, ...mine }).slice(0, -1);
  // After a power failure no guest runs that could miss it; a file cut short is no JSON, and then as none.
  state.write(FILE, `${head},"topics":[${topics.join(',')}]}`, 'quick');
}

/** Undefined when there is nothing, or nothing that this version can read. */
export function recall(state: StateDir): Remembered | undefined {
  const text = state.read(FILE);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value) || value['version'] !== VERSION || !Array.isArray(value['topics'])) return undefined;
    const lease = value['lease'];
    const topics = (value['topics'] as unknown[]).flatMap((entry) => topicEntry(entry) ?? []);
    const owned = Array.isArray(value['owned'])
      ? (value['owned'] as unknown[]).filter((key) => typeof key === 'string')
      : [];
    return { lease: typeof lease === 'string' ? lease : undefined, owned, topics };
  } catch {
    return undefined;
  }
}

function topicEntry(value: unknown): Remembered['topics'][number] | undefined {
  if (!isRecord(value) || !isRecord(value['topic'])) return undefined;
  const { kind, id } = value['topic'];
  const revision = value['revision'];
  const items = value['items'];
  if (typeof id !== 'string' || typeof revision !== 'number' || !Array.isArray(items)) return undefined;
  switch (kind) {
    case 'host':
    case 'bridge':
    case 'macTable':
    case 'router':
    case 'neighbours':
    case 'port':
    case 'chain':
    case 'portGroup':
    case 'ipAddrGroup':
    case 'balancer':
    case 'qosPolicy':
    case 'mirror':
    case 'conf':
      return { topic: { kind, id }, revision, items: (items as unknown[]).filter(isItem) };
    default:
      return undefined;
  }
}

function isItem(value: unknown): value is WatchItem {
  return isRecord(value) && typeof value['key'] === 'string' && 'value' in value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
