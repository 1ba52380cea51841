import { neighbourTag, type Emission, type Missing, type Outcome, type Tag } from '@midonet/flow';
import { requestFrame } from '@midonet/simulation';
import { sharedRowKey, type PortId, type RouterId } from '@midonet/topology';
import type { Clock, Timer } from '../clock.ts';
import type { Knowledge } from '../view/knowledge.ts';
import { neighbourKey, type NeighbourRow } from '../view/neighbour-tables.ts';
import type { RowWriter } from '../watch/row-writer.ts';

type MissingNeighbour = Extract<Missing, { readonly kind: 'neighbour' }>;
type Asking = {
  readonly missing: MissingNeighbour;
  readonly frames: readonly Emission[];
  timer: Timer;
  attempt: number;
};

/** When to ask again after each unanswered request; behind the last one it has failed. */
const RETRY_MS = [200, 400, 800, 1600] as const;
/** How long a failure is answered with "host unreachable" before anybody asks again. */
const FAILED_MS = 5_000;
const MAX_ASKING = 4096;
/** Between two refreshes of one neighbour by one host. */
const REFRESH_EVERY_MS = 10_000;

export type ResolverModules = {
  readonly knowledge: Knowledge;
  readonly rows: RowWriter;
  readonly clock: Clock;
};

export type ResolverEvents = {
  /** Send this frame out of a device. */
  onAsk(emission: Emission): void;
  /** Packets that wait for this neighbour get their answer: there is none. */
  onFailed(key: string): void;
};

/**
 * Asks for neighbours with back-off, gives up after a few seconds, and keeps what is in use fresh.
 * Parked packets wait elsewhere; here is only who is asked for.
 */
export class NeighbourResolver {
  readonly #modules: ResolverModules;
  readonly #events: ResolverEvents;
  readonly #asking = new Map<string, Asking>();
  readonly #refreshed = new WeakMap<NeighbourRow, number>();
  /** How old a row is refreshed when it is in use, and how old it goes. */
  ages = { staleMs: 60_000, expiredMs: 90_000 };
  overflow = 0;

  constructor(modules: ResolverModules, events: ResolverEvents) {
    this.#modules = modules;
    this.#events = events;
  }

  get size(): number {
    return this.#asking.size;
  }

  /** A packet lacks a neighbour; its outcome carries the request to send. Asks once, whoever waits. */
  ask(missing: MissingNeighbour, outcome: Outcome): void {
    const key = keyOf(missing);
    if (this.#asking.has(key)) return;
    if (this.#asking.size >= MAX_ASKING) {
      this.overflow++;
      return;
    }
    const frames = outcome.emissions.filter(({ portId }) => portId === missing.portId);
    const asking: Asking = { missing, frames, attempt: 0, timer: this.#wait(key, 0) };
    this.#asking.set(key, asking);
    for (const frame of frames) this.#events.onAsk(frame);
  }

  /** An answer came, from whatever side. */
  answered(key: string): void {
    const asking = this.#asking.get(key);
    if (asking === undefined) return;
    asking.timer.cancel();
    this.#asking.delete(key);
  }

  /**
   * Refreshes what is stale and in use, lets go of own rows that are too old. Gives the tags of the
   * rows that went.
   */
  sweep(uses: (tag: Tag) => boolean): Tag[] {
    const { knowledge, rows, clock } = this.#modules;
    const now = clock.now();
    const { staleMs, expiredMs } = this.ages;
    knowledge.neighbours.expireFailures(now);
    const tags: Tag[] = [];
    for (const row of [...knowledge.neighbours.rows()]) {
      const age = now - row.refreshed;
      if (age < Math.min(staleMs, expiredMs)) continue;
      const key = sharedRowKey({ kind: 'neighbour', ...row });
      if (age >= expiredMs && rows.ownedAt(key) !== undefined) {
        rows.delete(key);
        const tag = knowledge.neighbours.drop(row.routerId, row.portId, row.ip);
        if (tag !== undefined) tags.push(tag);
      } else if (uses(neighbourTag(row.routerId, row.ip))) this.#refresh(row, now);
    }
    return tags;
  }

  close(): void {
    for (const asking of this.#asking.values()) asking.timer.cancel();
    this.#asking.clear();
  }

  #refresh(row: NeighbourRow, now: number): void {
    if (now - (this.#refreshed.get(row) ?? -REFRESH_EVERY_MS) < REFRESH_EVERY_MS) return;
    this.#refreshed.set(row, now);
    const port = this.#modules.knowledge.devices.port(row.portId);
    if (port?.type === 'router') this.#events.onAsk({ portId: port.id, frame: requestFrame(port, row.ip) });
  }

  #wait(key: string, attempt: number): Timer {
    return this.#modules.clock.after(RETRY_MS[attempt] ?? 0, () => this.#unanswered(key));
  }

  #unanswered(key: string): void {
    const asking = this.#asking.get(key);
    if (asking === undefined) return;
    asking.attempt++;
    if (asking.attempt < RETRY_MS.length) {
      asking.timer = this.#wait(key, asking.attempt);
      for (const frame of asking.frames) this.#events.onAsk(frame);
      return;
    }
    this.#asking.delete(key);
    const { knowledge, clock } = this.#modules;
    const { routerId, portId, ip } = asking.missing;
    // The vocabulary names objects by plain text; they come from the topology.
    knowledge.neighbours.fail(routerId as RouterId, portId as PortId, ip, clock.now() + FAILED_MS);
    this.#events.onFailed(key);
  }
}

function keyOf(missing: MissingNeighbour): string {
  return `neighbour ${neighbourKey(missing.routerId, missing.portId, missing.ip)}`;
}
