/** Time as an argument: the agent reads no other clock and starts no other timer. */
export type Clock = {
  /** Milliseconds; only differences mean anything. */
  now(): number;
  /** Runs once, after `ms`. */
  after(ms: number, run: () => void): Timer;
};

export type Timer = { cancel(): void };

/** Runs again and again until cancelled; the next turn is set up after the last one has ended. */
export function every(clock: Clock, ms: number, run: () => void): Timer {
  let timer = clock.after(ms, turn);
  function turn(): void {
    timer = clock.after(ms, turn);
    run();
  }
  return { cancel: () => timer.cancel() };
}

/** The machine's clock. Its timers do not keep a process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
