import type { Condition, Revision } from '@midonet/store';

/** What must still hold of the store when a draft is committed: each key and prefix as it was first read. */
export class DraftConditions {
  readonly #modified = new Map<string, Revision | 0>();
  readonly #exists = new Set<string>();
  readonly #unchanged = new Map<string, Revision>();

  add(condition: Condition): void {
    switch (condition.kind) {
      case 'modified':
        return this.asRead(condition.key, condition.revision);
      case 'exists':
        this.#exists.add(condition.key);
        return;
      case 'unchangedSince':
        return this.asListed(condition.prefix, condition.revision);
    }
  }

  asRead(key: string, revision: Revision | 0): void {
    if (!this.#modified.has(key)) this.#modified.set(key, revision);
  }

  asListed(prefix: string, revision: Revision): void {
    const known = this.#unchanged.get(prefix);
    if (known === undefined || revision < known) this.#unchanged.set(prefix, revision);
  }

  all(): Condition[] {
    return [
      ...Array.from(this.#modified, ([key, revision]): Condition => ({ kind: 'modified', key, revision })),
      ...Array.from(this.#exists, (key): Condition => ({ kind: 'exists', key })),
      ...Array.from(this.#unchanged, ([prefix, revision]): Condition => ({ kind: 'unchangedSince', prefix, revision })),
    ];
  }
}
