import { DEFAULT_QUOTA, QUOTA_KINDS, type QuotaKind } from '@midonet/contract';
import type { Condition, Write } from '@midonet/store';
import { entityKey, isEntityKind, type Entity, type EntityKind, type PlanWrite } from '@midonet/topology';
import { deleteRecord, putRecord, unchanged, type AccessStore, type Stored } from '../access/access-store.ts';
import { tenantOf, type OwnerLookup } from '../access/ownership.ts';
import { UNCOUNTED, type RecordOf } from '../access/records.ts';
import { Refusal } from '../http/problem.ts';
import type { Entries, Operation } from '../topology/bookkeeper.ts';
import type { TopologyReader } from '../topology/reader.ts';

export type Counts = Record<QuotaKind, number>;
type Limits = RecordOf<'quota'>['limits'];

const COUNTED = {
  bridge: 'bridges',
  router: 'routers',
  port: 'ports',
  route: 'routes',
  chain: 'chains',
  rule: 'rules',
  portGroup: 'portGroups',
  ipAddrGroup: 'ipAddrGroups',
  loadBalancer: 'loadBalancers',
  pool: 'pools',
  poolMember: 'poolMembers',
  vip: 'vips',
  healthMonitor: 'healthMonitors',
  qosPolicy: 'qosPolicies',
  qosRule: 'qosRules',
  mirror: 'mirrors',
  l2Insertion: 'l2Insertions',
  traceRequest: 'traceRequests',
  loggingResource: 'loggingResources',
  ruleLogger: 'ruleLoggers',
  dhcpSubnet: 'dhcpSubnets',
  dhcp6Subnet: 'dhcpSubnets',
  dhcpHost: 'dhcpHosts',
  dhcp6Host: 'dhcpHosts',
  staticMac: 'staticMacs',
  staticArp: 'staticArps',
  portGroupMember: 'portGroupMembers',
  ipAddrGroupAddress: 'ipAddrGroupAddrs',
} as const satisfies { readonly [K in EntityKind]?: QuotaKind };
type CountedKind = keyof typeof COUNTED;
const KINDS = Object.keys(COUNTED) as CountedKind[]; // just these keys

const NOTHING: Entries = { writes: [], conditions: [] };

/**
 * Quotas per tenant, counted in the very transaction that creates or deletes. The count of a tenant
 * is one record, made by counting once when a limit first applies; from then on each transaction
 * moves it, provided it is as it was read. Tenants without limits have no count and pay nothing.
 */
export class QuotaBook {
  readonly #access: AccessStore;
  readonly #reader: TopologyReader;

  constructor(access: AccessStore, reader: TopologyReader) {
    this.#access = access;
    this.#reader = reader;
  }

  /** What a transaction adds so that the count stays right. Throws 403 naming the quota that is used up. */
  async enter(operation: Operation, planned: readonly PlanWrite[], tenantId: string | undefined): Promise<Entries> {
    if (operation.kind === 'update') return this.#move(operation);
    if (tenantId === undefined || tenantId === '') return NOTHING;
    if (operation.kind === 'create') return this.#add(tenantId, countOf([operation.root, ...(operation.also ?? [])]));
    if (countedAs(operation.root.kind) === undefined) return NOTHING;
    const usage = await this.#access.get('usage', tenantId);
    if (usage === undefined) return { writes: [], conditions: [unchanged('usage', tenantId, 0)] };
    // Counted anew when next something is made.
    if (!isWhole(usage)) {
      const conditions = [unchanged('usage', tenantId, usage.modified)];
      return { writes: [deleteRecord('usage', tenantId)], conditions };
    }
    const used = { ...usage.record.used };
    for (const [gone, number] of await this.#removals(planned)) used[gone] = Math.max(0, used[gone] - number);
    return moved(usage, { tenantId, used });
  }

  /** The limits that apply to a tenant, and whether they are its own. */
  async limitsOf(tenantId: string): Promise<{ readonly limits: Limits; readonly own: boolean }> {
    const own = await this.#access.get('quota', tenantId);
    const all = own ?? (await this.#access.get('quota', DEFAULT_QUOTA));
    return { limits: all?.record.limits ?? noLimits(), own: own !== undefined };
  }

  /** What a tenant has, counted now. */
  async count(tenantId: string): Promise<Counts> {
    const counts = noCounts();
    const known = new Map<string, Promise<Entity | undefined>>();
    const lookup: OwnerLookup = (kind, id) => {
      const key = `${kind}/${id}`;
      let reading = known.get(key);
      if (reading === undefined) known.set(key, (reading = this.#reader.get(kind, id)));
      return reading;
    };
    for (const kind of KINDS) {
      for (const entity of await this.#reader.list(kind)) {
        if (entity.kind === 'route' && entity.type === 'local') continue;
        if ((await tenantOf(entity, lookup)) === tenantId) counts[COUNTED[kind]]++;
      }
    }
    return counts;
  }

  /** What a tenant has: its count where one is kept, else counted now. */
  async used(tenantId: string): Promise<Counts> {
    const usage = await this.#access.get('usage', tenantId);
    return usage !== undefined && isWhole(usage) ? usage.record.used : this.count(tenantId);
  }

  async #add(tenantId: string, made: ReadonlyMap<QuotaKind, number>): Promise<Entries> {
    if (made.size === 0) return NOTHING;
    const usage = await this.#access.get('usage', tenantId);
    const own = await this.#access.get('quota', tenantId);
    const all = await this.#access.get('quota', DEFAULT_QUOTA);
    const limits = (own ?? all)?.record.limits;
    // Whoever sets a limit meanwhile makes this transaction plan again.
    const conditions = [
      unchanged('quota', tenantId, own?.modified ?? 0),
      unchanged('quota', DEFAULT_QUOTA, all?.modified ?? 0),
    ];
    if (usage === undefined && (limits === undefined || QUOTA_KINDS.every((one) => limits[one] === null))) {
      return { writes: [], conditions: [...conditions, unchanged('usage', tenantId, 0)] };
    }
    // The count holds only while nothing of what was counted has changed.
    const known = usage !== undefined && isWhole(usage) ? usage.record.used : undefined;
    const guard = known === undefined ? await this.#guard() : [];
    const before = known ?? (await this.count(tenantId));
    const used = { ...before };
    for (const [kind, number] of made) {
      const limit = limits?.[kind] ?? null;
      if (limit !== null && before[kind] + number > limit) {
        throw new Refusal(
          403,
          `the quota of ${kind} is used up: ${before[kind]} of ${limit}; delete some or ask for more`,
          [{ property: kind, message: `${before[kind]} of ${limit} used` }],
        );
      }
      used[kind] += number;
    }
    const entries = moved(usage, { tenantId, used });
    return { writes: entries.writes, conditions: [...conditions, ...guard, ...entries.conditions] };
  }

  async #guard(): Promise<Condition[]> {
    const revision = await this.#access.revision();
    return KINDS.map((kind) => ({ kind: 'unchangedSince', prefix: `${kind}/`, revision }) as const);
  }

  /** A device that goes to another tenant takes its ports along: both counts start over. */
  async #move(operation: Extract<Operation, { kind: 'update' }>): Promise<Entries> {
    const writes: Write[] = [];
    const conditions: Condition[] = [];
    for (const tenantId of await this.#movedBetween(operation)) {
      const usage = await this.#access.get('usage', tenantId);
      conditions.push(unchanged('usage', tenantId, usage?.modified ?? 0));
      if (usage !== undefined) writes.push(deleteRecord('usage', tenantId));
    }
    return { writes, conditions };
  }

  /** The tenants that win or lose something by this; mirrors belong to whom the port belongs that they copy to. */
  async #movedBetween({ root, before }: Extract<Operation, { kind: 'update' }>): Promise<string[]> {
    if ('tenantId' in root && 'tenantId' in before) return differing(root.tenantId, before.tenantId);
    if (root.kind !== 'mirror' || before.kind !== 'mirror' || root.toPortId === before.toPortId) return [];
    const lookup: OwnerLookup = (kind, id) => this.#reader.get(kind, id);
    return differing((await tenantOf(root, lookup)) ?? '', (await tenantOf(before, lookup)) ?? '');
  }

  /** Each thing counts once, whether it goes by its key, with all below its owner, or both. */
  async #removals(planned: readonly PlanWrite[]): Promise<Map<QuotaKind, number>> {
    const keys = new Set<string>();
    for (const write of planned) {
      if (write.kind === 'delete') keys.add(write.key);
      if (write.kind === 'deletePrefix') for (const key of await this.#keysBelow(write.prefix)) keys.add(key);
    }
    const gone = new Map<QuotaKind, number>();
    for (const key of keys) {
      const [kind = '', id = ''] = key.split('/');
      const counted = countedAs(kind);
      if (counted === undefined) continue;
      if (kind === 'route' && (await this.#reader.get('route', id))?.type === 'local') continue;
      gone.set(counted, (gone.get(counted) ?? 0) + 1);
    }
    return gone;
  }

  async #keysBelow(prefix: string): Promise<string[]> {
    const [kind = ''] = prefix.split('/', 1);
    if (!isEntityKind(kind) || countedAs(kind) === undefined) return [];
    return (await this.#reader.list(kind, prefix.slice(kind.length + 1, -1))).map(entityKey);
  }
}

function differing(one: string, other: string): string[] {
  return one === other ? [] : [one, other].filter((id) => id !== '');
}

function countOf(entities: readonly Entity[]): Map<QuotaKind, number> {
  const counts = new Map<QuotaKind, number>();
  for (const entity of entities) {
    const kind = countedAs(entity.kind);
    if (kind === undefined || (entity.kind === 'route' && entity.type === 'local')) continue;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

/** Whether there is a count, and of all kinds: earlier versions counted fewer. */
function isWhole(usage: Stored<'usage'>): boolean {
  return QUOTA_KINDS.every((kind) => usage.record.used[kind] !== UNCOUNTED);
}

function countedAs(kind: string): QuotaKind | undefined {
  const kinds: Readonly<Record<string, QuotaKind | undefined>> = COUNTED;
  return Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
}

function moved(usage: Stored<'usage'> | undefined, record: RecordOf<'usage'>): Entries {
  return {
    writes: [putRecord('usage', record)],
    conditions: [unchanged('usage', record.tenantId, usage?.modified ?? 0)],
  };
}

export function noLimits(): Limits {
  return Object.fromEntries(QUOTA_KINDS.map((kind) => [kind, null])) as Limits; // all the kinds, by name
}

export function noCounts(): Counts {
  return Object.fromEntries(QUOTA_KINDS.map((kind) => [kind, 0])) as Counts; // all the kinds, by name
}
