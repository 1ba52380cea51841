import type { Count } from '../flows/counted-flows.ts';

/** Rules counted at a time: far more than the packets of one host meet. */
const MAX_RULES = 8192;

type RuleCount = {
  readonly ruleId: string;
  packets: number;
  bytes: number;
  /** As of the last look, to tell what is idle. */
  seen: number;
};

const NONE: readonly Count[] = [];

/**
 * Packets that rules applied to, by rule. When the table is full, rules that nothing has met lately
 * make room for new ones, and begin anew when they are met again.
 */
export class RuleCounters {
  readonly #counts = new Map<string, RuleCount>();
  readonly #max: number;

  constructor(max = MAX_RULES) {
    this.#max = max;
  }

  /** The counts of these rules, for a packet or a flow to add to. */
  of(ruleIds: readonly string[]): readonly Count[] {
    if (ruleIds.length === 0) return NONE;
    return ruleIds.map((id) => this.#at(id));
  }

  /** The `max` busiest rules. */
  busiest(max: number): readonly Readonly<RuleCount>[] {
    const met = [...this.#counts.values()].filter(({ packets }) => packets > 0);
    return met.sort((a, b) => b.packets - a.packets).slice(0, max);
  }

  #at(ruleId: string): RuleCount {
    const known = this.#counts.get(ruleId);
    if (known !== undefined) return known;
    if (this.#counts.size >= this.#max) this.#makeRoom();
    const count = { ruleId, packets: 0, bytes: 0, seen: 0 };
    this.#counts.set(ruleId, count);
    return count;
  }

  /** A second chance for what was met since the last look; the first without goes, or else the first. */
  #makeRoom(): void {
    for (const [id, count] of this.#counts) {
      if (count.packets === count.seen) {
        this.#counts.delete(id);
        return;
      }
      count.seen = count.packets;
    }
    for (const id of this.#counts.keys()) {
      this.#counts.delete(id);
      return;
    }
  }
}
