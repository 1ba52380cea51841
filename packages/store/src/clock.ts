/** Time as the store needs it, injected so that tests turn it by hand. */
export type Clock = {
  /** Wall time in ms since 1970, for the history. */
  now(): number;
  /** Milliseconds that only go forward, for leases. */
  monotonic(): number;
  /** Calls back once after `delayMs`; the returned function calls it off. Does not keep the process alive. */
  schedule(delayMs: number, callback: () => void): () => void;
};

/** setTimeout turns longer delays into 1 ms; who schedules looks again when woken early. */
const MAX_DELAY_MS = 0x7fffffff;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(delayMs, MAX_DELAY_MS));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
