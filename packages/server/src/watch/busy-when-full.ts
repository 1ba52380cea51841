import { StoreFull } from '@midonet/store';

/** To an agent. It stays and asks again, as no other controller of the same store has room either. */
export const BUSY_WHEN_FULL = {
  code: 'busy',
  message: 'the store is full: an operator must make room; asking again helps then',
} as const;

/** What `work` gives; 'full' when it found no room in the store. */
export async function unlessFull<T>(work: Promise<T>): Promise<T | 'full'> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof StoreFull) return 'full';
    throw error;
  }
}
