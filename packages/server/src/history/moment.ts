import { StoreError, type Revision, type Store } from '@midonet/store';
import { badRequest, Refusal } from '../http/problem.ts';

/** The revision that a text names: itself, or the one that was current at a time. Throws 410 when that is forgotten. */
export async function revisionOf(store: Store, property: string, text: string): Promise<Revision> {
  try {
    if (/^\d{1,15}$/.test(text)) {
      const revision = Number(text) as Revision; // brand: looked up here
      await store.list('none/', { limit: 1, at: revision });
      return revision;
    }
    const time = Date.parse(text);
    if (!/^\d{4}-\d\d-\d\d/.test(text) || !Number.isFinite(time)) {
      throw badRequest([{ property, message: 'must be a revision, or a time such as 2026-01-31T12:00:00Z' }]);
    }
    return await store.revisionAt(time);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (error.code === 'compacted') throw new Refusal(410, `${property}: ${error.message}`);
    if (error.code === 'invalid') throw badRequest([{ property, message: error.message }]);
    throw error;
  }
}
