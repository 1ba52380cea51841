import type { Topic } from '@midonet/contract';
import {
  decodeKeyed,
  encodeEntity,
  encodeRow,
  isDecodeFailure,
  isEntityKind,
  type Entity,
  type SharedRow,
} from '@midonet/topology';
import { PROVIDER_MEMBERS, type OwnerKind } from '../access/ownership.ts';
import type { Move, TenantIndex } from '../access/tenant-index.ts';
import { outline } from '../access/visibility.ts';
import type { Changes } from './subscription.ts';

/**
 * Stands for the host in rows that a tenant sees: that a port runs, or a member answers, is theirs to
 * know, where is not.
 */
const SOME_HOST = '00000000-0000-0000-0000-000000000000';

/**
 * What one tenant sees of one subscription: what GET shows them. What they do not see was never there, nor
 * does it go.
 */
export class ItemFilter {
  readonly #index: TenantIndex;
  readonly #tenantId: string;
  readonly #topic: Topic;
  readonly #shown = new Set<string>();

  constructor(index: TenantIndex, tenantId: string, topic: Topic) {
    this.#index = index;
    this.#tenantId = tenantId;
    this.#topic = topic;
  }

  pass(items: Changes): Changes {
    const passed = new Map<string, string | null>();
    // The closure of another tenant's device may hold a port of one's own: that it does is not one's own to know.
    const open = this.#isOpen();
    for (const [key, value] of items) {
      const shown = value === null || !open ? undefined : this.#show(key, value);
      if (shown !== undefined) {
        this.#shown.add(key);
        passed.set(key, shown);
      } else if (this.#shown.delete(key)) passed.set(key, null);
    }
    return passed;
  }

  #isOpen(): boolean {
    const { kind } = this.#topic;
    const root = rootOf(this.#topic);
    if (root === undefined || this.#index.tenantOfId(...root) === this.#tenantId) return true;
    return kind === root[0] && this.#index.shows(...root, this.#tenantId);
  }

  #show(key: string, value: string): string | undefined {
    const decoded = decodeKeyed(key, JSON.parse(value));
    if (isDecodeFailure(decoded)) return undefined;
    if (this.#index.tenantOf(decoded) === this.#tenantId) return withoutProvider(decoded, value);
    if (decoded.kind !== 'bridge' && decoded.kind !== 'router' && decoded.kind !== 'port') return undefined;
    if (!this.#index.shows(decoded.kind, decoded.id, this.#tenantId)) return undefined;
    return JSON.stringify(encodeEntity(outline(decoded)));
  }
}

/** Whether a subscription may show something else now. */
export function concerns({ things }: Move, topic: Topic): boolean {
  if (things === 'all') return true;
  if (topic.kind === 'collection') return ['bridge', 'router', 'port'].includes(topic.of);
  return things.has(topic.id);
}

/** What a topic is about; undefined for collections, which are nobody's. */
function rootOf(topic: Topic): readonly [OwnerKind, string] | undefined {
  switch (topic.kind) {
    case 'macTable':
      return ['bridge', topic.id];
    case 'neighbours':
      return ['router', topic.id];
    case 'balancer':
      return ['loadBalancer', topic.id];
    case 'bridge':
    case 'router':
    case 'port':
    case 'chain':
    case 'portGroup':
    case 'ipAddrGroup':
    case 'qosPolicy':
      return [topic.kind, topic.id];
    case 'mirror': // alone in its topic: it is shown, or not, for itself
    case 'host': // refused before it comes here
    case 'collection':
      return undefined;
  }
}

function withoutProvider(thing: Entity | SharedRow, value: string): string {
  if (thing.kind === 'portActive' || thing.kind === 'memberHealth') {
    return JSON.stringify({ ...encodeRow(thing), hostId: SOME_HOST });
  }
  if (!isEntityKind(thing.kind)) return value;
  const members = PROVIDER_MEMBERS[thing.kind] ?? [];
  if (members.length === 0) return value;
  const entries = Object.entries(encodeEntity(thing as Entity)).filter(([name]) => !members.includes(name)); // asked above
  return JSON.stringify(Object.fromEntries(entries));
}
