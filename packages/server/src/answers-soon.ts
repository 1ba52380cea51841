import { StoreError, type Store } from '@midonet/store';
import type { Clock } from './clock.ts';

/** Whoever asks whether a controller is ready gives up soon, and would take silence for a dead one. */
const READY_WITHIN_MS = 2_000;

/** Resolves when the store answers; rejects when it cannot, or takes longer than who asks would wait. */
export function answersSoon(store: Pick<Store, 'revision'>, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.schedule(READY_WITHIN_MS, () => {
      reject(new StoreError('unavailable', `no answer within ${READY_WITHIN_MS / 1000} seconds`));
    });
    store
      .revision()
      .finally(cancel)
      .then(() => resolve(), reject);
  });
}
