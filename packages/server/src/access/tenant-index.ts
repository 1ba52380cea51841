import type { Store, StoreEvent } from '@midonet/store';
import { decodeKeyed, isDecodeFailure, type Entity, type SharedRow } from '@midonet/topology';
import { LINK_KINDS, ownershipOf, TENANT_KINDS, type OwnerKind } from './ownership.ts';

const PAGE = 2000;

/**
 * Whose a thing is, answered at once: the tenants of all devices, chains and groups, the device of
 * each port and the load balancer of each pool. Made when the first tenant watches, kept in step by
 * the events that the watches themselves follow.
 */
export class TenantIndex {
  readonly #store: Store;
  /** `bridge/<id>` → tenant. */
  readonly #tenants = new Map<string, string>();
  /** `port/<id>` → `bridge/<id>`; likewise of pools. */
  readonly #owners = new Map<string, string>();
  readonly #moved = new Set<() => void>();
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
    this.#loading = undefined;
    this.#fresh = undefined;
    // Should it fail, the next who comes asks again; until then nothing is shown.
    this.ready().then(
      () => this.#tellMoved(),
      () => undefined,
    );
  }

  #tellMoved(): void {
    for (const tell of [...this.#moved]) tell();
  }

  /** Before anybody is told of the event. */
  observe(event: StoreEvent): void {
    if (this.#loading === undefined) return;
    let moved = false;
    for (const change of event.changes) {
      const key = change.kind === 'put' ? change.entry.key : change.key;
      this.#fresh?.add(key);
      moved = this.#note(key, change.kind === 'put' ? change.entry.value : null) || moved;
    }
    if (moved) this.#tellMoved();
  }

  /** Tells when a device has gone to another tenant, with all that hangs on it. */
  onMove(tell: () => void): () => void {
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

  /** True when a device changed hands. */
  #note(key: string, value: string | null): boolean {
    const [kind = ''] = key.split('/');
    if (![...TENANT_KINDS, ...LINK_KINDS].some((one) => one === kind)) return false;
    if (value === null) {
      this.#tenants.delete(key);
      this.#owners.delete(key);
      return false;
    }
    const decoded = decodeKeyed(key, JSON.parse(value));
    if (isDecodeFailure(decoded)) return false;
    const ownership = ownershipOf(decoded);
    if (ownership.kind === 'via') this.#owners.set(key, `${ownership.owner}/${ownership.id}`);
    if (ownership.kind !== 'tenant') return false;
    const before = this.#tenants.get(key);
    this.#tenants.set(key, ownership.tenantId);
    return before !== undefined && before !== ownership.tenantId;
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
