import { AsyncLocalStorage } from 'node:async_hooks';

type Reading = { readonly since: number; over: boolean };

const readings = new AsyncLocalStorage<Reading>();

/**
 * The reads of `work` may see the store as it was when `work` began, or at any time after that: a driver that has to
 * ask others what is new asks once for all of them. What `work` leaves behind reads as ever when it has ended.
 */
export async function inOneReading<T>(work: () => Promise<T>): Promise<T> {
  const reading = { since: performance.now(), over: false };
  try {
    return await readings.run(reading, work);
  } finally {
    reading.over = true;
  }
}

/** A read has to know what was committed before this, by `performance.now()`. */
export function readingSince(): number {
  const reading = readings.getStore();
  return reading === undefined || reading.over ? performance.now() : reading.since;
}
