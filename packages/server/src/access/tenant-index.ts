import type { Store, StoreEvent } from '@midonet/store';
import { decodeKeyed, isDecodeFailure, type Entity, type SharedRow } from '@midonet/topology';
import { LINK_KINDS, ownershipOf, TENANT_KINDS, type OwnerKind } from './ownership.ts';
import { ShownIndex } from './shown-index.ts';

const PAGE = 2000;

/** What shows of a port or device by something else than itself. */
type Look = {
  readonly key: string;
  readonly device: string | undefined;
  readonly viewer: string | undefined;
  /** Of devices that are there. */
  readonly shared: boolean | undefined;
};

/** That other things may be seen than before. */
export type Move =
  /** By whom, and what: keys of devices and ports, or `all` that hangs on what has changed hands. */
  | {
      readonly kind: 'shown';
      readonly tenants: ReadonlySet<string> | 'all';
      readonly things: ReadonlySet<string> | 'all';
    }
  /** Events were missed: nobody knows what. */
  | { readonly kind: 'lost' };

/**
 * Whose a thing is, answered at once: the tenants of all devices, chains and groups, the device of
 * each port and the load balancer of each pool, and what shows to others. Made when the first tenant watches, kept in step by
 * the events that the watches themselves follow.
 */
export class TenantIndex {
  readonly #store: Store;
  /** `bridge/<id>` → tenant. */
  readonly #tenants = new Map<string, string>();
  /** `port/<id>` → `bridge/<id>`; likewise of pools. */
  readonly #owners = new Map<string, string>();
  readonly #moved = new Set<(move: Move) => void>();
  readonly #shown = new ShownIndex({
    tenantOf: (device) => this.#tenants.get(device),
    deviceOf: (port) => this.#owners.get(port),
  });
  /** Keys heard of while loading: what the listing says of them is old. */
  #fresh: Set<string> | undefined;
  #loading: Promise<void> | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Resolves when it knows everything. */
  ready(): Promise<void> {
    this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  /** Events were missed: it lists again, and those who watch start over when it knows. */
  reset(): void {
    if (this.#loading === undefined) return;
    this.#tenants.clear();
    this.#owners.clear();
    this.#shown.clear();
    this.#loading = undefined;
    this.#fresh = undefined;
    // Should it fail, the next who comes asks again; until then nothing is shown.
    this.ready().then(
      () => this.#tell({ kind: 'lost' }),
      () => undefined,
    );
  }

  #tell(move: Move): void {
    for (const tell of [...this.#moved]) tell(move);
  }

  /** Before anybody is told of the event. */
  observe(event: StoreEvent): void {
    if (this.#loading === undefined) return;
    const parties = new Set<string>();
    const before = event.changes.map((change) => this.#look(change.kind === 'put' ? change.entry.key : change.key));
    for (const change of event.changes) {
      const key = change.kind === 'put' ? change.entry.key : change.key;
      this.#fresh?.add(key);
      for (const one of this.#note(key, change.kind === 'put' ? change.entry.value : null)) parties.add(one);
    }
    if (parties.size > 0) {
      this.#shown.forgetNeighbours();
      this.#tell({ kind: 'shown', tenants: parties, things: 'all' });
    }
    const shown = this.#shownBy(before);
    if (shown !== undefined) this.#tell(shown);
  }

  /**
   * Tells when a device has gone to another tenant, with all that hangs on it, and when something begins
   * or ceases to show that is not the viewer's.
   */
  onMove(tell: (move: Move) => void): () => void {
    this.#moved.add(tell);
    return () => this.#moved.delete(tell);
  }

  tenantOf(value: Entity | SharedRow): string | undefined {
    const ownership = ownershipOf(value);
    switch (ownership.kind) {
      case 'provider':
        return undefined;
      case 'tenant':
        return ownership.tenantId;
      case 'via':
        return this.tenantOfId(ownership.owner, ownership.id);
    }
  }

  tenantOfId(kind: OwnerKind, id: string): string | undefined {
    const key = `${kind}/${id}`;
    return this.#tenants.get(this.#owners.get(key) ?? key);
  }

  /** Whether the tenant may look at it, though it is not theirs. */
  shows(kind: string, id: string, tenantId: string): boolean {
    if (kind === 'port') return this.#shown.viewerOf(`port/${id}`) === tenantId;
    return (kind === 'bridge' || kind === 'router') && this.#shown.showsDevice(`${kind}/${id}`, tenantId);
  }

  #look(key: string): Look {
    const isDevice = /^(bridge|router)\//.test(key) && this.#tenants.has(key);
    const viewer = key.startsWith('port/') ? this.#shown.viewerOf(key) : undefined;
    return { key, device: this.#owners.get(key), viewer, shared: isDevice ? this.#shown.isShared(key) : undefined };
  }

  #shownBy(before: readonly Look[]): Move | undefined {
    const tenants = new Set<string>();
    const things = new Set<string>();
    let toAll = false;
    for (const was of before) {
      const is = this.#look(was.key);
      if (was.viewer !== is.viewer) {
        for (const { viewer, device, key } of [was, is]) {
          if (viewer !== undefined) tenants.add(viewer);
          for (const thing of [key, device]) if (thing !== undefined) things.add(thing);
        }
      }
      if (was.shared === undefined || is.shared === undefined || was.shared === is.shared) continue;
      toAll = true;
      for (const key of [is.key, ...this.#shown.around(is.key)]) things.add(key);
    }
    return things.size === 0 ? undefined : { kind: 'shown', tenants: toAll ? 'all' : tenants, things };
  }

  /** When it changed hands: the tenants who see something else now. */
  #note(key: string, value: string | null): readonly string[] {
    const [kind = ''] = key.split('/');
    if (![...TENANT_KINDS, ...LINK_KINDS].some((one) => one === kind)) return [];
    if (value === null) {
      if (kind === 'port') this.#shown.notePort(key, this.#owners.get(key), undefined);
      if (kind === 'bridge' || kind === 'router') this.#shown.noteDevice(key, undefined);
      this.#tenants.delete(key);
      this.#owners.delete(key);
      return [];
    }
    const decoded = decodeKeyed(key, JSON.parse(value));
    if (isDecodeFailure(decoded)) return [];
    const ownership = ownershipOf(decoded);
    if (ownership.kind === 'via') this.#owners.set(key, `${ownership.owner}/${ownership.id}`);
    if (decoded.kind === 'port') this.#shown.notePort(key, this.#owners.get(key), decoded);
    if (decoded.kind === 'bridge' || decoded.kind === 'router') this.#shown.noteDevice(key, decoded);
    if (ownership.kind !== 'tenant') return [];
    const before = this.#tenants.get(key);
    this.#tenants.set(key, ownership.tenantId);
    if (before === undefined || before === ownership.tenantId) return [];
    return [before, ownership.tenantId, ...this.#shown.farTenants(key)];
  }

  async #load(): Promise<void> {
    const fresh = new Set<string>();
    this.#fresh = fresh;
    for (const kind of [...TENANT_KINDS, ...LINK_KINDS]) {
      let after: string | undefined;
      for (let more = true; more;) {
        const page = await this.#store.list(`${kind}/`, { limit: PAGE, after });
        for (const { key, value } of page.entries) if (!fresh.has(key)) this.#note(key, value);
        after = page.entries.at(-1)?.key;
        more = page.more && after !== undefined;
      }
    }
    if (this.#fresh === fresh) this.#fresh = undefined;
  }
}
