import type { Topic } from '@midonet/contract';
import type { Revision } from '@midonet/store';
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
import type { TenantIndex } from '../access/tenant-index.ts';
import { outline } from '../access/visibility.ts';
import type { Changes } from './subscription.ts';

/**
 * Stands for the host in rows that a tenant sees: that a port runs, or a member answers, is theirs to
 * know, where is not.
 */
const SOME_HOST = '00000000-0000-0000-0000-000000000000';

/** `own`, or the outline itself: a change of what does not show of it is not to be noticed either. */
type Guise = string;
type Look = { readonly guise: Guise; readonly value: string };

/**
 * What one tenant sees of one subscription: what GET shows them. What they do not see was never there, nor
 * does it go.
 */
export class ItemFilter {
  readonly #index: TenantIndex;
  readonly #tenantId: string;
  readonly #topic: Topic;
  /** What went out, and how. */
  readonly #shown = new Map<string, Guise>();
  /** Whether the topic itself showed when it was looked at last. */
  #open = false;

  constructor({ tenants, tenantId }: { readonly tenants: TenantIndex; readonly tenantId: string }, topic: Topic) {
    this.#index = tenants;
    this.#tenantId = tenantId;
    this.#topic = topic;
  }

  /** All that there is, from which one begins or goes on. */
  begin(items: Changes, at: Revision): Changes {
    this.#shown.clear();
    return this.step(items, undefined, at);
  }

  /**
   * What shows of what the event of that revision changed. `again`: things that are as they were, of which those
   * go out that show by it and did not, or as something else, and the other way round.
   */
  step(changes: Changes, again: Changes | undefined, at: Revision): Changes {
    const passed = new Map<string, string | null>();
    this.#open = this.#isOpen(at);
    for (const [key, value] of changes) this.#pass(key, this.#look(key, value, at), passed);
    for (const [key, value] of again ?? []) {
      const look = this.#look(key, value, at);
      if (look?.guise !== this.#shown.get(key)) this.#pass(key, look, passed);
    }
    return passed;
  }

  /** Whether the topic itself shows behind that revision, and did not before, or no more. */
  turned(at: Revision): boolean {
    return this.#open !== this.#isOpen(at);
  }

  #pass(key: string, look: Look | undefined, passed: Map<string, string | null>): void {
    if (look !== undefined) {
      if (look.guise !== 'own' && look.guise === this.#shown.get(key)) return;
      this.#shown.set(key, look.guise);
      passed.set(key, look.value);
    } else if (this.#shown.delete(key)) passed.set(key, null);
  }

  #look(key: string, value: string | null, at: Revision): Look | undefined {
    // The closure of another tenant's device may hold a port of one's own: that it does is not one's own to know.
    return value === null || !this.#open ? undefined : this.#show(key, value, at);
  }

  #isOpen(at: Revision): boolean {
    const { kind } = this.#topic;
    const root = rootOf(this.#topic);
    if (root === undefined || this.#index.tenantOfId(...root, at) === this.#tenantId) return true;
    return kind === root[0] && this.#index.shows(...root, this.#tenantId, at);
  }

  #show(key: string, value: string, at: Revision): Look | undefined {
    const decoded = decodeKeyed(key, JSON.parse(value));
    if (isDecodeFailure(decoded)) return undefined;
    if (this.#index.tenantOf(decoded, at) === this.#tenantId)
      return { guise: 'own', value: withoutProvider(decoded, value) };
    if (decoded.kind !== 'bridge' && decoded.kind !== 'router' && decoded.kind !== 'port') return undefined;
    if (!this.#index.shows(decoded.kind, decoded.id, this.#tenantId, at)) return undefined;
    const shown = JSON.stringify(encodeEntity(outline(decoded)));
    return { guise: shown, value: shown };
  }
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
    case 'conf':
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
