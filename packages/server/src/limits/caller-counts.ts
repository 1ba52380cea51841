import type { Identity } from '../access/identity.ts';

/** By what a caller is counted. Undefined: the controller's own token, which has no limits. */
export function callerOf({ user, credential: { kind, id } }: Identity): string | undefined {
  return kind === 'root' || kind === 'none' ? undefined : (id ?? `user ${user}`);
}

/** By whom connections are counted. A provider's people may run many agents with one token. */
export function connectorOf(identity: Identity): string | undefined {
  return identity.role === 'admin' ? undefined : callerOf(identity);
}

/** How many of something each caller has at the moment; never more than the limit. */
export class CallerCounts {
  readonly #limit: number;
  readonly #counts = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#counts.size;
  }

  /** False when the caller has as many as it may; then nothing was counted. */
  add(caller: string | undefined): boolean {
    if (caller === undefined) return true;
    const count = this.#counts.get(caller) ?? 0;
    if (count >= this.#limit) return false;
    this.#counts.set(caller, count + 1);
    return true;
  }

  remove(caller: string | undefined, many = 1): void {
    if (caller === undefined) return;
    const count = (this.#counts.get(caller) ?? 0) - many;
    if (count > 0) this.#counts.set(caller, count);
    else this.#counts.delete(caller);
  }
}
