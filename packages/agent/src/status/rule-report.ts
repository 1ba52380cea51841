import type { HostId, RuleHit, RuleId } from '@midonet/topology';
import type { RowWriter } from '../watch/row-writer.ts';
import type { RuleCounters } from './rule-counters.ts';

/** Of a row: the busiest rules. */
const MAX_REPORTED = 512;

/** Tells the controllers what rules applied to on this host, whenever that has changed. */
export class RuleReport {
  readonly #hostId: HostId;
  readonly #rules: RuleCounters;
  readonly #rows: RowWriter;
  #last = '[]';

  constructor(hostId: HostId, modules: { readonly rules: RuleCounters; readonly rows: RowWriter }) {
    this.#hostId = hostId;
    this.#rules = modules.rules;
    this.#rows = modules.rows;
  }

  now(): void {
    const hits = this.#rules
      .busiest(MAX_REPORTED)
      // brand: simulations name rules of the topology
      .map(({ ruleId, packets, bytes }): RuleHit => ({ ruleId: ruleId as RuleId, packets, bytes }));
    const text = JSON.stringify(hits);
    if (text === this.#last) return;
    this.#last = text;
    this.#rows.put({ kind: 'hostRuleHits', hostId: this.#hostId, hits });
  }
}
