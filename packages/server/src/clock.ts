/** Time, injected so that tests move it. The same shape as the store's, so one clock serves both. */
export type Clock = {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds that only go forward. */
  monotonic(): number;
  /** Calls back once after `delayMs`; the returned function calls it off. Does not keep the process alive. */
  schedule(delayMs: number, callback: () => void): () => void;
};

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};
