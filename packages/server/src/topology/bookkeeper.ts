import type { AuditChange } from '@midonet/contract';
import type { Condition, Write } from '@midonet/store';
import { entityKey, isEntityKind, type Entity, type PlanWrite } from '@midonet/topology';
import type { Actor } from '../access/identity.ts';
import { tenantOf, type OwnerLookup } from '../access/ownership.ts';
import { auditWrite } from '../audit/audit-write.ts';
import type { Clock } from '../clock.ts';
import type { QuotaBook } from '../quota/quota-book.ts';
import type { TopologyReader } from './reader.ts';

/** What a transaction is for; the rest of its writes follow from this one. */
export type Operation =
  | { readonly kind: 'delete'; readonly root: Entity }
  /** `also`: made in the same transaction, of the same tenant. */
  | { readonly kind: 'create'; readonly root: Entity; readonly also?: readonly Entity[] | undefined }
  | { readonly kind: 'update'; readonly root: Entity; readonly before: Entity };

export type Entries = { readonly writes: readonly Write[]; readonly conditions: readonly Condition[] };

export type BookkeeperModules = {
  readonly reader: TopologyReader;
  readonly quotas: QuotaBook;
  readonly clock: Clock;
};

/** What goes into every transaction beside the change itself: its count against the quota, its audit record. */
export class Bookkeeper {
  readonly #modules: BookkeeperModules;

  constructor(modules: BookkeeperModules) {
    this.#modules = modules;
  }

  /** Throws a Refusal when the tenant's quota is used up. */
  async enter(operation: Operation, writes: readonly PlanWrite[], actor: Actor): Promise<Entries> {
    const { reader, quotas, clock } = this.#modules;
    // The owner may come back in the same transaction.
    const made = new Map<string, Entity>(
      operation.kind === 'create' ? (operation.also ?? []).map((one) => [entityKey(one), one]) : [],
    );
    const lookup: OwnerLookup = async (kind, id) => made.get(`${kind}/${id}`) ?? reader.get(kind, id);
    const tenantId = await tenantOf(operation.root, lookup);
    const counted = await quotas.enter(operation, writes, tenantId);
    const record = auditWrite(clock.now(), actor, {
      tenantId: tenantId === '' ? undefined : tenantId,
      changes: changesOf(operation, writes),
    });
    return { writes: [...counted.writes, record], conditions: counted.conditions };
  }
}

/** The root first; index rows and running state follow from objects and are left out. */
function changesOf(operation: Operation, writes: readonly PlanWrite[]): AuditChange[] {
  const root = entityKey(operation.root);
  const changes: AuditChange[] = [{ op: operation.kind, object: root }];
  const made = new Set(operation.kind === 'create' ? operation.also?.map(entityKey) : []);
  for (const write of writes) {
    const object = write.kind === 'deletePrefix' ? write.prefix : write.key;
    if (object === root || !isEntityKind(object.split('/', 1)[0])) continue;
    changes.push({ op: made.has(object) ? 'create' : write.kind === 'put' ? 'update' : 'delete', object });
  }
  return changes;
}
