import type { DatapathDrop } from '@midonet/datapath';
import { DATAPATH_REASONS } from '@midonet/flow';
import type { HostDrop, HostId } from '@midonet/topology';
import type { RowWriter } from '../watch/row-writer.ts';
import type { DropCounters } from './drop-counters.ts';

/** Of a row; the rest is summed by reason. */
const MAX_REPORTED = 256;

export type DropReportModules = {
  readonly drops: DropCounters;
  readonly rows: RowWriter;
  /** Packets that the datapath dropped by itself. */
  readonly datapathDrops: () => Readonly<Record<DatapathDrop, number>>;
};

/** Tells the controllers what this host dropped, whenever that has changed. */
export class DropReport {
  readonly #hostId: HostId;
  readonly #drops: DropCounters;
  readonly #rows: RowWriter;
  readonly #datapath: () => Readonly<Record<DatapathDrop, number>>;
  #last = '[]';

  constructor(hostId: HostId, modules: DropReportModules) {
    this.#hostId = hostId;
    this.#drops = modules.drops;
    this.#rows = modules.rows;
    this.#datapath = modules.datapathDrops;
  }

  now(): void {
    const drops: HostDrop[] = this.#drops
      .greatest(MAX_REPORTED)
      .map(({ reason, port, by, packets }) => ({ reason, port, byKind: by.kind, byId: by.id, packets }));
    for (const [reason, packets] of Object.entries(this.#datapath())) {
      if (packets === 0 || !Object.hasOwn(DATAPATH_REASONS, reason)) continue;
      drops.push({ reason, port: 'any', byKind: 'datapath', byId: '', packets });
    }
    const text = JSON.stringify(drops);
    if (text === this.#last) return;
    this.#last = text;
    this.#rows.put({ kind: 'hostDrops', hostId: this.#hostId, drops });
  }
}
