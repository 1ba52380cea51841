import type { Author, Condition, Revision, Store } from '@midonet/store';
import {
  planCreate,
  planDelete,
  planInsertRule,
  planMoveRule,
  planQosPolicy,
  planUpdate,
  ReadRecorder,
  type Entity,
  type EntityKind,
  type Plan,
  type PlanSource,
  type QosPolicy,
  type QosRule,
  type RefusalCode,
  type Refused,
  type Rule,
  type UnplacedRule,
} from '@midonet/topology';
import type { Actor } from '../access/identity.ts';
import type { OwnerLookup } from '../access/ownership.ts';
import type { TenantScope } from '../access/tenant-scope.ts';
import { badRequest, notFound, Refusal } from '../http/problem.ts';
import type { Metrics } from '../metrics.ts';
import { planRestore, type RestoredChange } from '../history/restore-plan.ts';
import type { Past } from '../history/past.ts';
import type { Bookkeeper, Operation } from './bookkeeper.ts';
import { Overlay } from './overlay.ts';

/** After this many lost races somebody is writing the same object in a loop. */
const RETRIES = 3;
/** Writers of one tenant meet at its count; one of them gets through each time. */
const COUNT_RETRIES = 200;

export type EntityOf<K extends EntityKind> = Extract<Entity, { readonly kind: K }>;

export type UpdateOptions = {
  /** The member of the request that named the object: one that is not there is 400, not 404. */
  readonly missing?: string;
};

/** What a writer keeps to, and where its writes are counted and recorded. */
export type WriterModules = {
  readonly metrics: Metrics;
  readonly bookkeeper: Bookkeeper;
  /** Undefined: the provider's people, who may all. */
  readonly scope?: TenantScope | undefined;
};

type Attempt = { readonly plan: Plan<Revision>; readonly operation: Operation };

const STATUS: Readonly<Record<RefusalCode, number>> = { invalid: 400, notFound: 404, conflict: 409, inUse: 409 };

/**
 * Changes the topology. The rules plan one transaction from what they read; it commits only if all
 * of that still holds, and is planned again a few times when it does not.
 */
export class TopologyWriter {
  readonly #store: Store;
  readonly #modules: WriterModules;

  constructor(store: Store, modules: WriterModules) {
    this.#store = store;
    this.#modules = modules;
  }

  /** The same for one tenant's people. */
  within(scope: TenantScope): TopologyWriter {
    return new TopologyWriter(this.#store, { ...this.#modules, scope });
  }

  async create<E extends Entity>(entity: E, author: Actor): Promise<E> {
    const adopted = this.#modules.scope?.adopt(entity) ?? entity;
    await this.#attempt(author, async (view) => {
      const read = await view.naming(undefined, adopted);
      return { plan: await planCreate(adopted, read), operation: { kind: 'create', root: adopted } };
    });
    return adopted;
  }

  /** `change` may run several times and may throw a Refusal. Resolves with the object as stored. */
  async update<K extends EntityKind>(
    kind: K,
    id: string,
    change: (old: EntityOf<K>) => EntityOf<K>,
    author: Actor,
    { missing }: UpdateOptions = {},
  ): Promise<EntityOf<K>> {
    let result: EntityOf<K> | undefined;
    await this.#attempt(author, async (view) => {
      const before = await view.get(kind, id);
      if (before === undefined) {
        throw missing === undefined
          ? notFound(kind, id)
          : badRequest([{ property: missing, message: `there is no ${kind} ${id}` }]);
      }
      const after = this.#kept(before, change(before));
      result = after;
      const read = await view.naming(before, after);
      return { plan: await planUpdate(before, after, read), operation: { kind: 'update', root: after, before } };
    });
    if (result === undefined) throw new Error('an update committed without having been planned');
    return result;
  }

  /** Puts a rule at that position of its chain; the others keep their order. */
  async insertRule(rule: UnplacedRule, position: number, author: Actor): Promise<void> {
    await this.#attempt(author, async (view) => {
      const root: Rule = { ...rule, order: 0 };
      const read = await view.naming(undefined, root);
      return { plan: await planInsertRule(rule, position, read), operation: { kind: 'create', root } };
    });
  }

  /** As `update`; with a position the rule also moves there. */
  async updateRule(
    id: string,
    change: { readonly of: (old: Rule) => Rule; readonly position: number | undefined },
    author: Actor,
  ): Promise<Rule> {
    const { position } = change;
    if (position === undefined) return this.update('rule', id, change.of, author);
    let result: Rule | undefined;
    await this.#attempt(author, async (view) => {
      const before = await view.get('rule', id);
      if (before === undefined) throw notFound('rule', id);
      const after = this.#kept(before, change.of(before));
      result = after;
      const read = await view.naming(before, after);
      const operation = { kind: 'update', root: after, before } as const;
      return { plan: await planMoveRule(before, after, position, read), operation };
    });
    if (result === undefined) throw new Error('an update committed without having been planned');
    return result;
  }

  /** Creates a policy together with its rules. */
  async createQosPolicy(policy: QosPolicy, rules: readonly QosRule[], author: Actor): Promise<QosPolicy> {
    const root = this.#modules.scope?.adopt(policy) ?? policy;
    await this.#attempt(author, async (view) => {
      const read = await view.naming(undefined, root);
      return { plan: await planQosPolicy(undefined, root, rules, read), operation: { kind: 'create', root } };
    });
    return root;
  }

  /** As `update`; with rules the policy has exactly these then. */
  async updateQosPolicy(
    id: string,
    change: { readonly of: (old: QosPolicy) => QosPolicy; readonly rules: readonly QosRule[] | undefined },
    author: Actor,
  ): Promise<QosPolicy> {
    const { rules } = change;
    if (rules === undefined) return this.update('qosPolicy', id, change.of, author);
    let result: QosPolicy | undefined;
    await this.#attempt(author, async (view) => {
      const before = await view.get('qosPolicy', id);
      if (before === undefined) throw notFound('qosPolicy', id);
      const after = this.#kept(before, change.of(before));
      result = after;
      const read = await view.naming(before, after);
      const operation = { kind: 'update', root: after, before } as const;
      return { plan: await planQosPolicy(before, after, rules, read), operation };
    });
    if (result === undefined) throw new Error('an update committed without having been planned');
    return result;
  }

  /** Deletes the object with what cannot be without it. */
  async remove(kind: EntityKind, id: string, author: Actor): Promise<void> {
    await this.#attempt(author, async (view) => {
      const entity = await view.get(kind, id);
      if (entity === undefined) throw notFound(kind, id);
      return { plan: await planDelete(entity, view.read), operation: { kind: 'delete', root: entity } };
    });
  }

  /** Puts an object back as it was, in one transaction; with `dry` it only says what would change. */
  async restore(past: Past, author: Actor, dry: boolean): Promise<readonly RestoredChange[]> {
    const { scope } = this.#modules;
    let changes: readonly RestoredChange[] = [];
    const attempt = async (): Promise<Attempt> => {
      const overlay = new Overlay(this.#store);
      const plan = await planRestore(past, { overlay, view: () => new View(overlay, scope), scope });
      if (plan.kind === 'refused') throw refusalOf(plan);
      changes = plan.changes;
      const { writes, conditions } = overlay;
      return { plan: { kind: 'plan', writes, conditions }, operation: plan.operation };
    };
    await attempt();
    if (!dry && changes.length > 0) await this.#attempt(author, attempt);
    return changes;
  }

  #kept<E extends Entity>(before: E, after: E): E {
    return this.#modules.scope?.keep(before, after) ?? after;
  }

  async #attempt(author: Actor, plan: (view: View) => Promise<Attempt>): Promise<void> {
    const { metrics, bookkeeper, scope } = this.#modules;
    let lost = 0;
    for (let attempt = 0; attempt <= COUNT_RETRIES && lost <= RETRIES; attempt++) {
      const view = new View(this.#store, scope);
      const { plan: planned, operation } = await plan(view);
      if (planned.kind === 'refused') throw refusalOf(planned);
      const books = await bookkeeper.enter(operation, planned.writes, author);
      const result = await this.#store.commit({
        author: authorOf(author),
        writes: [...planned.writes, ...books.writes],
        conditions: [...planned.conditions, ...books.conditions],
      });
      if (result.kind === 'committed') return;
      metrics.conflicts.inc();
      if (!isCount(result.condition, books.conditions)) lost++;
    }
    throw new Refusal(409, 'others keep changing the same objects; try again');
  }
}

function isCount(failed: Condition, counts: readonly Condition[]): boolean {
  return counts.some((one) => subject(one) === subject(failed));
}

function subject(condition: Condition): string {
  return condition.kind === 'unchangedSince' ? condition.prefix : condition.key;
}

function authorOf({ user, from }: Author): Author {
  return { user, from };
}

/** What one attempt reads: all that is there, without what its tenant may not name. */
class View {
  readonly read: ReadRecorder<Revision>;
  readonly #scope: TenantScope | undefined;
  #hidden: ReadonlySet<string> = new Set();

  constructor(store: PlanSource<Revision>, scope: TenantScope | undefined) {
    this.#scope = scope;
    const source: PlanSource<Revision> = {
      get: (key) => (this.#hides(key) ? Promise.resolve(undefined) : store.get(key)),
      list: (prefix) => store.list(prefix),
    };
    this.read = new ReadRecorder(source);
  }

  /** The object that the request is about; another tenant's is not there. */
  async get<K extends EntityKind>(kind: K, id: string): Promise<EntityOf<K> | undefined> {
    const entity = await this.read.get(kind, id);
    if (entity === undefined || this.#scope === undefined) return entity;
    const owners: OwnerLookup = (owner, ownerId) => this.read.get(owner, ownerId);
    if (await this.#scope.owns(entity, owners)) return entity;
    if (await this.#scope.sees(entity, owners)) {
      throw new Refusal(403, `${kind} ${id} is not yours: you may look at it, and not change it`);
    }
    return undefined;
  }

  /** The recorder to plan that change with. */
  async naming(before: Entity | undefined, after: Entity): Promise<ReadRecorder<Revision>> {
    if (this.#scope !== undefined) this.#hidden = await this.#scope.foreignIds(before, after);
    return this.read;
  }

  #hides(key: string): boolean {
    return this.#hidden.size > 0 && this.#hidden.has(key.split('/', 2)[1] ?? '');
  }
}

function refusalOf({ code, violations }: Refused): Refusal {
  const summary = violations.map(({ property, message }) => `${property}: ${message}`).join('; ');
  return new Refusal(STATUS[code], summary, violations);
}
