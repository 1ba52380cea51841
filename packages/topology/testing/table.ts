import type { Plan, PlanSource } from '@midonet/topology';
import { decodeKeyed, isDecodeFailure, isSharedRow, type Entity } from '@midonet/topology';

/** Keys and values with the store's conditions, enough to plan on and to apply plans to; counts reads. */
export class Table implements PlanSource<number> {
  readonly rows = new Map<string, { readonly value: string; readonly modified: number }>();
  readonly #changed = new Map<string, number>();
  /** What rows decode to: models look at all rows after every change of one. */
  readonly #decoded = new Map<string, { readonly value: string; readonly entity: ReturnType<typeof decodeRow> }>();
  #revision = 0;
  reads = 0;
  rowsListed = 0;

  async get(key: string) {
    this.reads++;
    return this.rows.get(key);
  }

  async list(prefix: string) {
    this.reads++;
    const found = [...this.rows].filter(([key]) => key.startsWith(prefix)).map(([key, { value }]) => ({ key, value }));
    const entries = found.sort((a, b) => (a.key < b.key ? -1 : 1));
    this.rowsListed += entries.length;
    return { entries, revision: this.#revision };
  }

  /** False when a condition does not hold. */
  commit(plan: Extract<Plan, { kind: 'plan' }>): boolean {
    for (const condition of plan.conditions) {
      switch (condition.kind) {
        case 'modified':
          if ((this.rows.get(condition.key)?.modified ?? 0) !== condition.revision) return false;
          break;
        case 'exists':
          if (!this.rows.has(condition.key)) return false;
          break;
        case 'unchangedSince':
          for (const [key, at] of this.#changed) {
            if (key.startsWith(condition.prefix) && at > condition.revision) return false;
          }
          break;
      }
    }
    this.#revision++;
    for (const write of plan.writes) {
      if (write.kind === 'put') this.#set(write.key, write.value);
      else if (write.kind === 'delete') this.#set(write.key, undefined);
      else for (const key of [...this.rows.keys()]) if (key.startsWith(write.prefix)) this.#set(key, undefined);
    }
    return true;
  }

  put(key: string, value: unknown): void {
    this.#revision++;
    this.#set(key, JSON.stringify(value));
  }

  entities(): Entity[] {
    const found: Entity[] = [];
    for (const [key, { value }] of this.rows) {
      if (key.startsWith('index/')) continue;
      const decoded = this.#decode(key, value);
      if (!isSharedRow(decoded)) found.push(decoded);
    }
    return found;
  }

  #decode(key: string, value: string): ReturnType<typeof decodeRow> {
    const known = this.#decoded.get(key);
    if (known?.value === value) return known.entity;
    const entity = decodeRow(key, value);
    this.#decoded.set(key, { value, entity });
    return entity;
  }

  #set(key: string, value: string | undefined): void {
    if (value === undefined) {
      if (!this.rows.delete(key)) return;
    } else this.rows.set(key, { value, modified: this.#revision });
    this.#changed.set(key, this.#revision);
  }
}

function decodeRow(key: string, value: string) {
  const decoded = decodeKeyed(key, JSON.parse(value));
  if (isDecodeFailure(decoded)) throw new Error(`${key}: ${decoded.field} ${decoded.message}`);
  return decoded;
}
