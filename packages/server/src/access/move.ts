import type { Revision } from '@midonet/store';

/** Other things may be seen than before the event of that revision. */
export type Shown = {
  readonly kind: 'shown';
  readonly revision: Revision;
  /** By whom. */
  readonly tenants: ReadonlySet<string> | 'all';
  /** What: keys of devices and ports, prefixes of rows, or `all` that hangs on what has changed hands. */
  readonly things: ReadonlySet<string> | 'all';
};

export type Move =
  | Shown
  /** Events were missed: nobody knows what. */
  | { readonly kind: 'lost' };

/** Of more than these things all is looked at: moves are kept for who comes back. */
const MOST_THINGS = 1_000;

export function concerns({ tenants }: Shown, tenantId: string): boolean {
  return tenants === 'all' || tenants.has(tenantId);
}

export class MoveDraft {
  readonly #tenants = new Set<string>();
  readonly #things = new Set<string>();
  #toAll = false;
  #everything = false;

  tell(tenants: Iterable<string> | 'all', things: Iterable<string> | 'all'): void {
    if (tenants === 'all') this.#toAll = true;
    else for (const tenant of tenants) this.#tenants.add(tenant);
    if (things === 'all') this.#everything = true;
    else for (const thing of things) this.#things.add(thing);
  }

  /** Undefined: nobody sees anything else. */
  done(revision: Revision): Shown | undefined {
    if (!this.#toAll && this.#tenants.size === 0) return undefined;
    if (!this.#everything && this.#things.size === 0) return undefined;
    const things = this.#everything || this.#things.size > MOST_THINGS ? 'all' : this.#things;
    return { kind: 'shown', revision, tenants: this.#toAll ? 'all' : this.#tenants, things };
  }
}
