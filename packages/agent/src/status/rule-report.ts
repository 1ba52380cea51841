import { readMeterKey } from '@midonet/flow';
import type { HostId, MeterCount, RuleHit, RuleId } from '@midonet/topology';
import type { RowWriter } from '../watch/row-writer.ts';
import type { RuleCounters } from './rule-counters.ts';

/** Of a row: the busiest rules, and the busiest meters. */
const MAX_REPORTED = 512;

/** Tells the controllers what rules applied to on this host, whenever that has changed. */
export class RuleReport {
  readonly #hostId: HostId;
  readonly #rules: RuleCounters;
  readonly #rows: RowWriter;
  #last = '[[],[]]';

  constructor(hostId: HostId, modules: { readonly rules: RuleCounters; readonly rows: RowWriter }) {
    this.#hostId = hostId;
    this.#rules = modules.rules;
    this.#rows = modules.rows;
  }

  now(): void {
    const hits: RuleHit[] = [];
    const meters: MeterCount[] = [];
    for (const { ruleId, packets, bytes } of this.#rules.busiest(Infinity)) {
      const meter = readMeterKey(ruleId);
      // brand: simulations name rules of the topology
      if (meter === undefined) hits.push({ ruleId: ruleId as RuleId, packets, bytes });
      else meters.push({ ...meter, packets, bytes });
    }
    for (const list of [hits, meters]) list.splice(MAX_REPORTED);
    const text = JSON.stringify([hits, meters]);
    if (text === this.#last) return;
    this.#last = text;
    this.#rows.put({
      kind: 'hostRuleHits',
      hostId: this.#hostId,
      hits,
      ...(meters.length === 0 ? undefined : { meters }),
    });
  }
}
