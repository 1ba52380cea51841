import { StoreError, type Revision, type Store, type StoreEvent } from '@midonet/store';
import { decodeKeyed, isDecodeFailure, type Entity, type SharedRow } from '@midonet/topology';
import { concerns, MoveDraft, type Move, type Shown } from './move.ts';
import { LINK_KINDS, ownershipOf, TENANT_KINDS, type OwnerKind } from './ownership.ts';
import { PastMap } from './past-map.ts';
import { ShownIndex } from './shown-index.ts';

const PAGE = 2000;
/** Events that may wait while it lists. */
const MOST_WAITING = 50_000;

const NOTED: readonly string[] = [...TENANT_KINDS, ...LINK_KINDS];

/** Rows that hosts write and that stay, or come first, when what they belong to goes or comes. */
const ROWS_OF: Readonly<Record<string, (id: string) => string>> = {
  bridge: (id) => `learnedMac/${id}/`,
  router: (id) => `neighbour/${id}/`,
  port: (id) => `portActive/${id}`,
  pool: (id) => `memberHealth/${id}/`,
};

/** What is kept of the latest events: all behind `since`. */
export type Past = { readonly since: Revision; readonly events: readonly StoreEvent[] };

/** Who hands the events on. */
export type EventSource = {
  /** Up to which event they were handed out. */
  readonly revision: Revision;
  /** Behind which revision all events are kept. */
  readonly keptSince: Revision;
  past(): Past;
};

/** Whose something is, and what shows of a port or device by something else than itself. */
type Look = {
  readonly key: string;
  readonly tenant: string | undefined;
  readonly device: string | undefined;
  readonly viewer: string | undefined;
  /** Of devices that are there. */
  readonly shared: boolean | undefined;
};

/**
 * Whose a thing is, and was at any of the latest revisions, answered at once: the tenants of all devices, chains and
 * groups, the device of each port and the load balancer of each pool, and what shows to others. Made when the first
 * tenant watches, kept in step by the events that the watches themselves follow.
 */
export class TenantIndex {
  readonly #store: Pick<Store, 'list'>;
  readonly #source: EventSource;
  /** `bridge/<id>` → tenant. */
  readonly #tenants = new PastMap<string>();
  /** `port/<id>` → `bridge/<id>`; likewise of pools. */
  readonly #owners = new PastMap<string>();
  readonly #moved = new Set<(move: Move) => void>();
  #moves: Shown[] = [];
  readonly #shown = new ShownIndex({
    tenantOf: (device, at) => this.#tenants.get(device, at),
    deviceOf: (port, at) => this.#owners.get(port, at),
  });
  /** Events behind what is being listed; undefined: it knows everything, or is not asked to. */
  #waiting: StoreEvent[] | undefined;
  #loading: Promise<void> | undefined;
  #isReady = false;
  /** Events were missed, and nobody was told yet. */
  #missed = false;
  #since = 0 as Revision; // brand: a store starts at revision 0
  /** The latest event that made a difference here: from it on everything is as it is now. */
  #changed = 0 as Revision; // brand: likewise

  constructor(store: Pick<Store, 'list'>, source: EventSource) {
    this.#store = store;
    this.#source = source;
  }

  /** Resolves when it knows everything. */
  ready(): Promise<void> {
    if (this.#loading !== undefined) return this.#loading;
    const loading: Promise<void> = this.#load().then(
      () => (this.#loading === loading ? this.#loaded() : this.ready()),
      (error: unknown) => {
        if (this.#loading === loading) this.#forgetAll();
        throw error;
      },
    );
    return (this.#loading = loading);
  }

  /** Events were missed: it lists again, and those who watch start over when it knows. */
  reset(): void {
    if (this.#loading === undefined) return;
    this.#forgetAll();
    this.#missed = true;
    // Should it fail, the next who comes asks again; until then nothing is shown.
    this.ready().catch(() => undefined);
  }

  /** Before anybody is told of the event. */
  observe(event: StoreEvent): void {
    if (this.#loading === undefined) return;
    if (this.#waiting !== undefined) {
      if (this.#waiting.push(event) > MOST_WAITING) this.reset();
      return;
    }
    if (!this.#isReady) return;
    const move = this.#apply(event);
    this.#forgetOld();
    if (move !== undefined) this.#tell(move);
  }

  /**
   * Tells when a device has gone to another tenant, with all that hangs on it, and when something begins
   * or ceases to show that is not the viewer's.
   */
  onMove(tell: (move: Move) => void): () => void {
    this.#moved.add(tell);
    return () => this.#moved.delete(tell);
  }

  /** What one tenant was told behind that revision; undefined when it is forgotten how things were then. */
  movesAfter(at: Revision, tenantId: string): readonly Shown[] | undefined {
    if (!this.#isReady || at < this.#since) return undefined;
    return this.#moves.filter((move) => move.revision > at && concerns(move, tenantId));
  }

  /** Whether it cannot tell any more how things were behind that revision. */
  forgot(at: Revision): boolean {
    return this.#isReady && at < this.#since;
  }

  tenantOf(value: Entity | SharedRow, at: Revision): string | undefined {
    const ownership = ownershipOf(value);
    switch (ownership.kind) {
      case 'provider':
        return undefined;
      case 'tenant':
        return ownership.tenantId;
      case 'via':
        return this.tenantOfId(ownership.owner, ownership.id, at);
    }
  }

  tenantOfId(kind: OwnerKind, id: string, at: Revision): string | undefined {
    if (!this.#isReady) return undefined;
    const [key, then] = [`${kind}/${id}`, this.#unlessNow(at)];
    return this.#tenants.get(this.#owners.get(key, then) ?? key, then);
  }

  /** Whether the tenant may look at it, though it is not theirs. */
  shows(kind: string, id: string, tenantId: string, at: Revision): boolean {
    if (!this.#isReady) return false;
    const then = this.#unlessNow(at);
    if (kind === 'port') return this.#shown.viewerOf(`port/${id}`, then) === tenantId;
    return (kind === 'bridge' || kind === 'router') && this.#shown.showsDevice(`${kind}/${id}`, tenantId, then);
  }

  #unlessNow(at: Revision): Revision | undefined {
    return at >= this.#changed ? undefined : at;
  }

  #tell(move: Move): void {
    for (const tell of [...this.#moved]) tell(move);
  }

  #apply(event: StoreEvent): Shown | undefined {
    const { revision } = event;
    const keys = event.changes.map((change) => (change.kind === 'put' ? change.entry.key : change.key));
    if (!keys.some((key) => NOTED.includes(key.split('/', 1)[0] ?? ''))) return undefined;
    this.#changed = revision;
    const draft = new MoveDraft();
    const before = keys.map((key) => this.#look(key));
    for (const change of event.changes) {
      if (change.kind === 'put') this.#note(change.entry.key, change.entry.value, revision);
      else this.#note(change.key, null, revision);
    }
    this.#compare(before, draft);
    const move = draft.done(revision);
    if (move !== undefined) this.#moves.push(move);
    return move;
  }

  #look(key: string): Look {
    const isDevice = /^(bridge|router)\//.test(key) && this.#tenants.get(key) !== undefined;
    const viewer = key.startsWith('port/') ? this.#shown.viewerOf(key) : undefined;
    const shared = isDevice ? this.#shown.isShared(key) : undefined;
    return { key, tenant: this.#tenantOfKey(key), device: this.#owners.get(key), viewer, shared };
  }

  #compare(before: readonly Look[], draft: MoveDraft): void {
    for (const was of before) {
      const is = this.#look(was.key);
      if (was.tenant !== is.tenant) this.#tellOwners(was, is, draft);
      if (was.viewer !== is.viewer) {
        for (const { viewer, device, key } of [was, is]) {
          draft.tell(viewer === undefined ? [] : [viewer], device === undefined ? [key] : [key, device]);
        }
      }
      if (was.shared === undefined || is.shared === undefined || was.shared === is.shared) continue;
      draft.tell('all', [is.key, ...this.#shown.around(is.key)]);
    }
  }

  #tellOwners(was: Look, is: Look, draft: MoveDraft): void {
    const [kind = '', id = ''] = is.key.split('/');
    if (was.tenant !== undefined && is.tenant !== undefined) {
      this.#shown.forgetNeighbours();
      draft.tell([was.tenant, is.tenant, ...this.#shown.farTenants(is.key)], 'all');
      return;
    }
    const rows = ROWS_OF[kind]?.(id);
    for (const { tenant } of [was, is]) if (tenant !== undefined && rows !== undefined) draft.tell([tenant], [rows]);
  }

  /** Null: it is gone. `by` is absent for what was so ever since. */
  #note(key: string, value: string | null, by?: Revision): void {
    const [kind = ''] = key.split('/');
    if (!NOTED.includes(kind)) return;
    const decoded = value === null ? undefined : decodeKeyed(key, JSON.parse(value));
    if (decoded !== undefined && isDecodeFailure(decoded)) return;
    const ownership = decoded === undefined ? undefined : ownershipOf(decoded);
    const device = this.#owners.get(key);
    const owner = ownership?.kind === 'via' ? `${ownership.owner}/${ownership.id}` : undefined;
    this.#owners.set(key, owner, by);
    this.#tenants.set(key, ownership?.kind === 'tenant' ? ownership.tenantId : undefined, by);
    const port = decoded?.kind === 'port' ? decoded : undefined;
    if (kind === 'port') this.#shown.notePort(key, owner ?? device, port, by);
    const network = decoded?.kind === 'bridge' || decoded?.kind === 'router' ? decoded : undefined;
    if (kind === 'bridge' || kind === 'router') this.#shown.noteDevice(key, network, by);
  }

  #tenantOfKey(key: string): string | undefined {
    return this.#tenants.get(this.#owners.get(key) ?? key);
  }

  #forgetOld(): void {
    const start = this.#source.keptSince;
    if (start <= this.#since) return;
    this.#since = start;
    for (const kept of [this.#tenants, this.#owners, this.#shown]) kept.forget(start);
    const due = this.#moves.findIndex(({ revision }) => revision > start);
    this.#moves.splice(0, due < 0 ? this.#moves.length : due);
  }

  #forgetAll(): void {
    this.#clear();
    this.#loading = undefined;
  }

  #clear(): void {
    for (const kept of [this.#tenants, this.#owners, this.#shown]) kept.clear();
    this.#moves = [];
    this.#waiting = undefined;
    this.#isReady = false;
  }

  #loaded(): void {
    if (!this.#missed) return;
    this.#missed = false;
    this.#tell({ kind: 'lost' });
  }

  /** As it was before the events that are kept, and then what these changed. */
  async #load(): Promise<void> {
    const { since, events } = this.#source.past();
    const waiting = (this.#waiting = [...events]);
    try {
      await this.#list(since, waiting);
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'compacted')) throw error;
      if (this.#waiting !== waiting) return;
      this.#clear();
      await this.#list(this.#source.revision, (this.#waiting = []));
    }
  }

  /** Gives up when it begins anew meanwhile. */
  async #list(at: Revision, waiting: StoreEvent[]): Promise<void> {
    for (const kind of NOTED) {
      let after: string | undefined;
      for (let more = true; more;) {
        const page = await this.#store.list(`${kind}/`, { limit: PAGE, after, at });
        if (this.#waiting !== waiting) return;
        for (const { key, value } of page.entries) this.#note(key, value);
        after = page.entries.at(-1)?.key;
        more = page.more && after !== undefined;
      }
    }
    this.#since = this.#changed = at;
    this.#waiting = undefined;
    this.#isReady = true;
    for (const event of waiting) this.#apply(event);
    this.#forgetOld();
  }
}
