import type { HealthMonitor, PoolId, PoolMember } from '@midonet/topology';
import type { Clock, Timer } from '../clock.ts';
import type { Finding } from './probe.ts';

export type MemberStatus = 'up' | 'down';

/** A member and how it is asked. */
export type CheckSpec = { readonly poolId: PoolId; readonly member: PoolMember; readonly monitor: HealthMonitor };

export type Check = { start(): void; cancel(): void };

export type MemberCheckModules = {
  readonly clock: Clock;
  /** A check, to be started; it tells once how it ended. */
  readonly probe: (spec: CheckSpec, done: (finding: Finding) => void) => Check;
  readonly onStatus: (status: MemberStatus) => void;
};

/**
 * Asks one member again and again. Its state changes after `maxRetries` findings in a row that say
 * otherwise; as it counts as up until it was asked, the first good one is believed at once.
 */
export class MemberCheck {
  readonly spec: CheckSpec;
  readonly #modules: MemberCheckModules;
  #status: MemberStatus | undefined;
  #against = 0;
  #timer: Timer;
  #probe: Check | undefined;
  #isDue = false;

  constructor(spec: CheckSpec, known: MemberStatus | undefined, firstMs: number, modules: MemberCheckModules) {
    this.spec = spec;
    this.#status = known;
    this.#modules = modules;
    this.#timer = modules.clock.after(firstMs, () => this.#ask());
  }

  get status(): MemberStatus | undefined {
    return this.#status;
  }

  close(): void {
    this.#timer.cancel();
    this.#probe?.cancel();
  }

  #ask(): void {
    const { clock, probe } = this.#modules;
    // The timeout is at most the delay, yet both may end at one moment.
    this.#isDue = this.#probe !== undefined;
    if (this.#isDue) return;
    this.#timer = clock.after(this.spec.monitor.delay * 1000, () => this.#ask());
    this.#probe = probe(this.spec, (finding) => this.#found(finding));
    this.#probe.start();
  }

  #found(finding: Finding): void {
    this.#probe = undefined;
    this.#judge(finding);
    if (this.#isDue) this.#ask();
  }

  #judge(finding: Finding): void {
    const status = finding === 'passed' ? 'up' : 'down';
    if (status === (this.#status ?? 'up')) {
      this.#against = 0;
      if (this.#status === undefined) this.#change(status);
      return;
    }
    if (++this.#against >= this.spec.monitor.maxRetries) this.#change(status);
  }

  #change(status: MemberStatus): void {
    this.#against = 0;
    this.#status = status;
    this.#modules.onStatus(status);
  }
}
