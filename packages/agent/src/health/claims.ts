import type { LoadBalancerId } from '@midonet/topology';
import type { Clock, Timer } from '../clock.ts';

export type ClaimModules = {
  readonly clock: Clock;
  readonly random: () => number;
  /** Members that this host asks already. */
  readonly load: () => number;
};

/** So that many hosts do not claim at one moment; with the load, so that the idle come first. */
const JITTER_MS = 100;
const PER_MEMBER_MS = 1;
const MAX_BEHIND_MS = 1_000;
/** Hosts whose ports are not next to the router leave it to those whose are. */
const FAR_MS = 3_000;
/** A claim that is not answered, or was made where there was no room. */
const AGAIN_MS = 2_000;

/** When this host claims load balancers that nobody checks. */
export class Claims {
  readonly #modules: ClaimModules;
  readonly #claim: (id: LoadBalancerId) => boolean;
  readonly #timers = new Map<LoadBalancerId, Timer>();

  /** `claim` tells whether it may have to be made again. */
  constructor(modules: ClaimModules, claim: (id: LoadBalancerId) => boolean) {
    this.#modules = modules;
    this.#claim = claim;
  }

  want(id: LoadBalancerId, isNear: boolean): void {
    if (this.#timers.has(id)) return;
    const { random, load } = this.#modules;
    const behind = Math.min(MAX_BEHIND_MS, load() * PER_MEMBER_MS);
    this.#wait(id, random() * JITTER_MS + behind + (isNear ? 0 : FAR_MS));
  }

  drop(id: LoadBalancerId): void {
    this.#timers.get(id)?.cancel();
    this.#timers.delete(id);
  }

  /** Drops all others. */
  keep(ids: ReadonlySet<LoadBalancerId>): void {
    for (const id of [...this.#timers.keys()]) if (!ids.has(id)) this.drop(id);
  }

  close(): void {
    for (const id of [...this.#timers.keys()]) this.drop(id);
  }

  #wait(id: LoadBalancerId, ms: number): void {
    const timer = this.#modules.clock.after(ms, () => {
      this.#timers.delete(id);
      if (this.#claim(id)) this.#wait(id, AGAIN_MS);
    });
    this.#timers.set(id, timer);
  }
}
