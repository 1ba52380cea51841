import type { DpPort } from '@midonet/flow';
import type { PortLimits, RateLimit } from '../../datapath.ts';
import { structOf } from './artefact.ts';
import type { KernelObjects } from './objects.ts';

/** The unit of limit.byte_time in flow.h: so many parts of a nanosecond. */
const PARTS = 2 ** 20;
const BITS_NS = 8e9;

/** The limits in the entries of the `ports` map. */
export class PortLimitTable {
  readonly #view: DataView;
  readonly #port;
  readonly #limit;

  constructor(objects: KernelObjects) {
    this.#view = objects.shared('ports').view;
    this.#port = structOf(objects.artefact, 'port', ['rx', 'tx']);
    this.#limit = structOf(objects.artefact, 'limit', ['byte_time', 'burst_ns', 'spent_ns']);
  }

  set(port: DpPort, { rx, tx }: PortLimits): void {
    const base = port * this.#port.size;
    this.#write(base + this.#port.rx, rx);
    this.#write(base + this.#port.tx, tx);
  }

  #write(at: number, limit: RateLimit | undefined): void {
    const byteTime =
      limit === undefined ? 0n : BigInt(Math.max(1, Math.round((BITS_NS * PARTS) / limit.bitsPerSecond)));
    const burst = limit === undefined ? 0n : BigInt(Math.round((limit.burstBytes * BITS_NS) / limit.bitsPerSecond));
    const view = this.#view;
    const { byte_time: time, burst_ns: burstAt, spent_ns: spent } = this.#limit;
    if (view.getBigUint64(at + time, true) === byteTime && view.getBigUint64(at + burstAt, true) === burst) return;
    // Off while it changes: a program must not see half of a limit.
    view.setBigUint64(at + time, 0n, true);
    view.setBigUint64(at + burstAt, burst, true);
    view.setBigUint64(at + spent, 0n, true);
    view.setBigUint64(at + time, byteTime, true);
  }
}
