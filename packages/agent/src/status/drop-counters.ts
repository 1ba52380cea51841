import type { DropReason, ObjectRef } from '@midonet/flow';

/** Packets that one object dropped for one reason, of those that came in by one port. */
export type DropCount = {
  readonly reason: DropReason;
  readonly port: string;
  readonly by: ObjectRef;
  packets: number;
};

const MAX_COUNTS = 4096;
const OTHERS = 'others';

/**
 * Packets that were dropped, by reason, port and the object that decided. What comes when the table
 * is full counts by its reason alone.
 */
export class DropCounters {
  readonly #counts = new Map<string, DropCount>();

  /** `port` is a virtual port's id, or `dp N` for an interface that is bound to none; it decided when `by` is absent. */
  count(reason: DropReason, port: string, by?: ObjectRef): void {
    this.at(reason, port, by).packets++;
  }

  /** The count itself, for a flow to add its packets to. */
  at(reason: DropReason, port: string, by: ObjectRef = { kind: 'port', id: port }): DropCount {
    const known = this.#counts.get(keyOf(reason, port, by));
    if (known !== undefined) return known;
    if (this.#counts.size < MAX_COUNTS || port === OTHERS) {
      const count = { reason, port, by: { kind: by.kind, id: by.id }, packets: 0 };
      this.#counts.set(keyOf(reason, port, by), count);
      return count;
    }
    return this.at(reason, OTHERS, { kind: OTHERS, id: '' });
  }

  *list(): Generator<DropCount> {
    for (const count of this.#counts.values()) if (count.packets > 0) yield count;
  }

  /** The `max` greatest counts; of the rest one for each reason. */
  greatest(max: number): DropCount[] {
    const sorted = [...this.list()].sort((a, b) => b.packets - a.packets);
    const rest = new Map<DropReason, DropCount>();
    for (const { reason, packets } of sorted.slice(max)) {
      const sum = rest.get(reason) ?? { reason, port: OTHERS, by: { kind: OTHERS, id: '' }, packets: 0 };
      sum.packets += packets;
      rest.set(reason, sum);
    }
    return [...sorted.slice(0, max), ...rest.values()];
  }

  total(reason: DropReason): number {
    let sum = 0;
    for (const count of this.#counts.values()) if (count.reason === reason) sum += count.packets;
    return sum;
  }
}

function keyOf(reason: DropReason, port: string, by: ObjectRef): string {
  return `${reason} ${port} ${by.kind} ${by.id}`;
}
