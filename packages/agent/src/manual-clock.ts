import type { Clock, Timer } from './clock.ts';

/** A clock that stands still until it is told to go: for tests and for simulated clouds. */
export class ManualClock implements Clock {
  #now = 0;
  #next = 0;
  readonly #timers = new Map<number, { readonly at: number; readonly run: () => void }>();

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): Timer {
    const id = this.#next++;
    this.#timers.set(id, { at: this.#now + ms, run });
    return { cancel: () => void this.#timers.delete(id) };
  }

  /** Goes forward and runs what falls due on the way, in order of time. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      let due: number | undefined;
      let at = end;
      for (const [id, timer] of this.#timers) {
        if (timer.at < at || (timer.at === at && due === undefined)) [due, at] = [id, timer.at];
      }
      if (due === undefined) break;
      const timer = this.#timers.get(due);
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, at);
      timer?.run();
    }
    this.#now = end;
  }
}
