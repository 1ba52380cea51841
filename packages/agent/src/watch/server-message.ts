import type { ExchangeKeys, NatBlockRef, ServerMessage, WatchItem } from '@midonet/contract';

/** Reads a frame of the watch protocol; undefined when it is none (or a newer controller's). */
export function decodeServerMessage(text: string): ServerMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const field = (name: string): unknown => Reflect.get(value, name);
  const number = (name: string): number | undefined => numberOf(field(name));
  const string = (name: string): string | undefined => stringOf(field(name));
  switch (field('op')) {
    case 'welcome': {
      const [protocol, revision] = [number('protocol'), number('revision')];
      if (protocol === undefined || revision === undefined) return undefined;
      return {
        op: 'welcome',
        protocol,
        revision,
        lease: string('lease'),
        leaseMs: number('leaseMs'),
        exchangeKeys: keysOf(field('exchangeKeys')),
      };
    }
    case 'snapshot':
    case 'delta': {
      const op = field('op') === 'snapshot' ? 'snapshot' : 'delta';
      const [sub, revision] = [number('sub'), number('revision')];
      const items = itemsOf(field(op === 'snapshot' ? 'items' : 'changes'));
      if (sub === undefined || revision === undefined || items === undefined) return undefined;
      return op === 'snapshot' ? { op, sub, revision, items } : { op, sub, revision, changes: items };
    }
    case 'resync': {
      const sub = number('sub');
      return sub === undefined ? undefined : { op: 'resync', sub };
    }
    case 'ack': {
      const id = number('id');
      return id === undefined ? undefined : { op: 'ack', id };
    }
    case 'natBlocks': {
      const [id, leaseMs] = [number('id'), number('leaseMs')];
      const blocks = natBlocksOf(field('blocks'));
      if (id === undefined || leaseMs === undefined || blocks === undefined) return undefined;
      return { op: 'natBlocks', id, blocks, leaseMs, left: number('left') };
    }
    case 'refused':
      return { op: 'refused', id: number('id'), code: string('code') ?? '', message: string('message') ?? '' };
    case 'pong':
      return { op: 'pong', revision: number('revision') ?? 0 };
    case 'leaving': {
      const withinMs = number('withinMs');
      return withinMs === undefined || withinMs < 0 ? undefined : { op: 'leaving', withinMs };
    }
    default:
      return undefined;
  }
}

function keysOf(value: unknown): ExchangeKeys | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const [current, other] = [stringOf(Reflect.get(value, 'current')), stringOf(Reflect.get(value, 'other'))];
  return current === undefined ? undefined : { current, other };
}

function itemsOf(value: unknown): WatchItem[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const items: WatchItem[] = [];
  for (const entry of value as unknown[]) {
    if (typeof entry !== 'object' || entry === null) return undefined;
    const key = stringOf(Reflect.get(entry, 'key'));
    if (key === undefined) return undefined;
    const item: unknown = Reflect.get(entry, 'value');
    items.push({ key, value: item ?? null });
  }
  return items;
}

function natBlocksOf(value: unknown): NatBlockRef[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const blocks: NatBlockRef[] = [];
  for (const entry of value as unknown[]) {
    if (typeof entry !== 'object' || entry === null) return undefined;
    const deviceId = stringOf(Reflect.get(entry, 'deviceId'));
    const address = stringOf(Reflect.get(entry, 'address'));
    const block = numberOf(Reflect.get(entry, 'block'));
    const generation = numberOf(Reflect.get(entry, 'generation'));
    if (deviceId === undefined || address === undefined || block === undefined || generation === undefined) {
      return undefined;
    }
    blocks.push({ deviceId, address, block, generation });
  }
  return blocks;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
