import { fieldDiff, type RestoredDto } from '@midonet/contract';
import type { Revision } from '@midonet/store';
import {
  encodeEntity,
  entityKey,
  planCreate,
  planUpdate,
  withoutMirrors,
  type Entity,
  type EntityKind,
  type Plan,
  type ReadRecorder,
  type Refused,
} from '@midonet/topology';
import type { TenantScope } from '../access/tenant-scope.ts';
import type { Operation } from '../topology/bookkeeper.ts';
import type { Overlay } from '../topology/overlay.ts';
import { entityOf, type Past } from './past.ts';

export type RestoredChange = RestoredDto['changes'][number];

/** What a step is planned with; the writer's own, with what its tenant may not name hidden. */
export type StepView = {
  get(kind: EntityKind, id: string): Promise<Entity | undefined>;
  naming(before: Entity | undefined, after: Entity): Promise<ReadRecorder<Revision>>;
};

export type RestoreModules = {
  readonly overlay: Overlay;
  readonly view: () => StepView;
  readonly scope: TenantScope | undefined;
};

export type RestorePlan =
  | Refused
  | { readonly kind: 'restore'; readonly operation: Operation; readonly changes: readonly RestoredChange[] };

/** What others refer to comes before what refers to it. */
const ORDER = {
  ...{
    host: 0,
    tunnelZone: 0,
    chain: 0,
    portGroup: 0,
    ipAddrGroup: 0,
    qosPolicy: 0,
    healthMonitor: 0,
    loadBalancer: 0,
    loggingResource: 0,
  },
  ...{ qosRule: 1, pool: 1, tunnelZoneMember: 1, ipAddrGroupAddress: 1 },
  ...{ poolMember: 2, vip: 2, bridge: 2, router: 2 },
  ...{ port: 3, dhcpSubnet: 3, dhcp6Subnet: 3, staticArp: 3 },
  ...{ route: 4, dhcpHost: 4, dhcp6Host: 4, staticMac: 4, portGroupMember: 4, mirror: 4, l2Insertion: 4 },
  traceRequest: 4,
  // Some trace for a request.
  rule: 5,
  ruleLogger: 1,
  ...{ confTemplate: 0, confNode: 0, confMapping: 0 },
} as const satisfies { readonly [K in EntityKind]: number };

/** Plans onto the overlay: the object as it was, what went with it, and what its going changed elsewhere. */
export async function planRestore(past: Past, modules: RestoreModules): Promise<RestorePlan> {
  const changes: RestoredChange[] = [];
  const { overlay } = modules;
  const now = await overlay.get(entityKey(past.root));
  if (now !== undefined) {
    const before = entityOf(now);
    const refusal = await turnInto(keeping(past.root, before, modules.scope), modules, changes);
    const root = entityOf((await overlay.get(entityKey(past.root))) ?? now);
    return refusal ?? { kind: 'restore', operation: { kind: 'update', root, before }, changes };
  }
  const made: Entity[] = [];
  const shown: Entity[] = [];
  const all = [past.root, ...past.deleted].sort((a, b) => ORDER[a.kind] - ORDER[b.kind]);
  for (const entity of all) {
    // Local routes are back with their port.
    if ((await overlay.get(entityKey(entity))) !== undefined) continue;
    const wanted = keeping(entity, undefined, modules.scope);
    // A mirror needs its port, which may be shown to that very mirror.
    const first = withoutMirrorsOf(wanted, all);
    if (first !== wanted) shown.push(wanted);
    const adopted = modules.scope?.adopt(first) ?? first;
    const plan = await planCreate(adopted, await modules.view().naming(undefined, adopted));
    if (plan.kind === 'refused') return named(entity, plan);
    overlay.add(plan.writes, plan.conditions);
    made.push(adopted);
    changes.push({
      op: 'create',
      object: entityKey(adopted),
      fields: fieldDiff(undefined, encodeEntity(adopted)),
    });
  }
  for (const entity of shown) {
    const refusal = await turnInto(entity, modules, changes);
    if (refusal !== undefined) return named(entity, refusal);
  }
  for (const { before, left } of past.loosened) {
    if ((await overlay.get(entityKey(before)))?.value !== left) continue;
    const refusal = await turnInto(before, modules, changes);
    if (refusal !== undefined) return named(before, refusal);
  }
  const root = made.find((one) => entityKey(one) === entityKey(past.root)) ?? past.root;
  const also = made.filter((one) => one !== root);
  return { kind: 'restore', operation: { kind: 'create', root, also }, changes };
}

/** The same object when it names none of the mirrors that come back with it. */
function withoutMirrorsOf(entity: Entity, all: readonly Entity[]): Entity {
  if (entity.kind !== 'bridge' && entity.kind !== 'router' && entity.kind !== 'port') return entity;
  const mirrors = new Set(all.flatMap((one) => (one.kind === 'mirror' ? [one.id] : [])));
  const without = withoutMirrors(entity, mirrors);
  return fieldDiff(encodeEntity(entity), encodeEntity(without)).length === 0 ? entity : without;
}

async function turnInto(
  wanted: Entity,
  { overlay, view, scope }: RestoreModules,
  changes: RestoredChange[],
): Promise<Refused | undefined> {
  const step = view();
  const key = entityKey(wanted);
  const before = await step.get(wanted.kind, key.slice(wanted.kind.length + 1));
  if (before === undefined) {
    return { kind: 'refused', code: 'notFound', violations: [{ property: 'object', message: `there is no ${key}` }] };
  }
  const after = scope?.keep(before, wanted) ?? wanted;
  const fields = fieldDiff(encodeEntity(before), encodeEntity(after));
  if (fields.length === 0) return undefined;
  const plan: Plan<Revision> = await planUpdate(before, after, await step.naming(before, after));
  if (plan.kind === 'refused') return plan;
  overlay.add(plan.writes, plan.conditions);
  changes.push({ op: 'update', object: key, fields });
  return undefined;
}

/**
 * A rule keeps its place among rules that may have moved since. Where a port is plugged in is the
 * provider's to say: for a tenant it stays as it is now.
 */
function keeping(then: Entity, now: Entity | undefined, scope: TenantScope | undefined): Entity {
  if (then.kind === 'rule' && now?.kind === 'rule') return { ...then, order: now.order };
  if (then.kind !== 'port' || scope === undefined) return then;
  const current = now?.kind === 'port' ? now : undefined;
  return { ...then, binding: current?.binding, previousHostId: current?.previousHostId };
}

/** Says of which of the objects the refusal speaks. */
function named(entity: Entity, refused: Refused): Refused {
  const violations = refused.violations.map(({ property, message }) => ({
    property: `${entityKey(entity)}: ${property}`,
    message,
  }));
  return { ...refused, violations };
}
