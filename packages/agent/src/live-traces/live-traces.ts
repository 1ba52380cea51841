import type { Outcome, TraceMatch, VirtualAction } from '@midonet/flow';
import { printFrame } from '@midonet/packet';
import {
  sharedRowKey,
  TRACE_LIFETIME_MS,
  type HostId,
  type PortId,
  type SharedRow,
  type TraceRequestId,
} from '@midonet/topology';
import type { LocalPorts } from '../host/local-ports.ts';
import type { Packet } from '../upcalls/packet.ts';
import type { RowWriter } from '../watch/row-writer.ts';
import { Allowance } from './allowance.ts';
import { sentCopies } from './sent-copies.ts';
import { packetIdentity } from './packet-identity.ts';
import { stepText } from './step-text.ts';

/** Packets of one request whose rows stand: the last ones. */
const KEPT_OF_REQUEST = 100;
/** Rows of all requests together; the oldest go. */
const KEPT = 2_000;
const REQUESTS = 512;
const ARRIVALS = 256;
const MAX_TEXT = 300;
/** Packets that are simulated once more to be written down, and those that came marked from other hosts. */
const RECORDS = { burst: 100, perSecond: 20 };
const CAME = { burst: 200, perSecond: 100 };

export type LiveTraceModules = {
  readonly hostId: HostId;
  readonly rows: Pick<RowWriter, 'put' | 'delete'>;
  readonly ports: Pick<LocalPorts, 'get'>;
  /** Milliseconds; only differences mean anything. */
  readonly now: () => number;
  /** Milliseconds since 1970. */
  readonly wall: () => number;
};

/**
 * What becomes of a packet that trace requests are about. `record`: it is written down, and has no
 * flow, so that the next comes here too. `pause`: there are too many now, and its flow stands for a
 * moment only. `pass`: the requests have had what they asked for, and it is like any other.
 */
export type Judgement = 'record' | 'pause' | 'pass';

type Spent = { readonly since: number; packets: number };

/** Writes down traced packets: what the simulation says here, and that they came where other hosts sent them. */
export class LiveTraces {
  readonly #modules: LiveTraceModules;
  readonly #records = new Allowance(RECORDS.burst, RECORDS.perSecond);
  readonly #came = new Allowance(CAME.burst, CAME.perSecond);
  readonly #spent = new Map<string, Spent>();
  /** Keys of rows that stand, the oldest first, with the request of each. */
  readonly #standing = new Map<string, string>();
  #arrivalSlot = 0;
  readonly counters = { recorded: 0, paused: 0, arrivals: 0, arrivalsLost: 0 };

  constructor(modules: LiveTraceModules) {
    this.#modules = modules;
  }

  judge(matches: readonly TraceMatch[]): Judgement {
    if (!this.isOpen(matches)) return 'pass';
    if (this.#records.take(this.#modules.now())) return 'record';
    this.counters.paused++;
    return 'pause';
  }

  /** Whether one of the requests wants more. */
  isOpen(matches: readonly TraceMatch[]): boolean {
    return matches.some((match) => this.#left(match) > 0);
  }

  /** `outcome` is that of the explaining run. */
  record({ portId, frame, fullLength }: Packet, outcome: Outcome): void {
    const { hostId, ports, wall } = this.#modules;
    const { verdict } = outcome;
    const actions: readonly VirtualAction[] = verdict.kind === 'forward' ? verdict.actions : [];
    const sent = sentCopies(actions, outcome.frame ?? frame, (port) => ports.get(port) !== undefined);
    const written = {
      ...({ kind: 'tracedPacket', hostId, at: Math.round(wall()), portId, sent, verdict: verdict.kind } as const),
      ...stepText(outcome.trace ?? []),
      packet: printFrame(frame, fullLength).slice(0, MAX_TEXT),
      reason: reasonOf(outcome),
    };
    for (const match of outcome.traced ?? []) {
      if (this.#left(match) <= 0) continue;
      const spent = this.#spend(match);
      const slot = (spent.packets - 1) % KEPT_OF_REQUEST;
      const { way, flow } = match;
      // The simulation names requests by plain text; they come from the topology.
      this.#put({ ...written, requestId: match.requestId as TraceRequestId, slot, way, flow }, match.requestId);
    }
    this.counters.recorded++;
  }

  /** A marked packet came out of a tunnel and leaves by `portId`. */
  arrived(portId: PortId, frame: Uint8Array, fullLength: number): void {
    const { hostId, rows, now, wall } = this.#modules;
    if (!this.#came.take(now())) {
      this.counters.arrivalsLost++;
      return;
    }
    this.counters.arrivals++;
    const slot = this.#arrivalSlot;
    this.#arrivalSlot = (slot + 1) % ARRIVALS;
    const packet = printFrame(frame, fullLength).slice(0, MAX_TEXT);
    const at = Math.round(wall());
    rows.put({ kind: 'traceArrival', hostId, slot, at, portId, identity: packetIdentity(frame), packet });
  }

  /** The request was deleted: the controller has deleted its rows, and they are not to come again. */
  forget(requestId: string): void {
    this.#spent.delete(requestId);
    for (const [key, request] of this.#standing) {
      if (request !== requestId) continue;
      this.#standing.delete(key);
      this.#modules.rows.delete(key);
    }
  }

  #left({ requestId, limit, since }: TraceMatch): number {
    if (this.#modules.wall() >= since + TRACE_LIFETIME_MS) return 0;
    const spent = this.#spent.get(requestId);
    return spent?.since === since ? limit - spent.packets : limit;
  }

  #spend({ requestId, since }: TraceMatch): Spent {
    const known = this.#spent.get(requestId);
    const spent = known?.since === since ? known : { since, packets: 0 };
    spent.packets++;
    // The one that was used last comes last.
    this.#spent.delete(requestId);
    this.#spent.set(requestId, spent);
    const [oldest] = this.#spent.keys();
    if (this.#spent.size > REQUESTS && oldest !== undefined) this.#spent.delete(oldest);
    return spent;
  }

  #put(row: SharedRow, requestId: string): void {
    const key = sharedRowKey(row);
    this.#standing.delete(key);
    this.#standing.set(key, requestId);
    this.#modules.rows.put(row);
    if (this.#standing.size <= KEPT) return;
    const [oldest] = this.#standing.keys();
    if (oldest === undefined) return;
    this.#standing.delete(oldest);
    this.#modules.rows.delete(oldest);
  }
}

function reasonOf({ verdict }: Outcome): string {
  switch (verdict.kind) {
    case 'forward':
      return '';
    case 'drop':
    case 'consume':
      return verdict.reason;
    case 'blocked':
      return verdict.on.map(({ kind }) => kind).join(', ');
  }
}
