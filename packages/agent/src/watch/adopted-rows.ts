import type { Entity, SharedRow } from '@midonet/topology';

/** Rows that the next run goes on with; it reports what else there is anew. */
export function isAdopted(row: Entity | SharedRow): row is SharedRow {
  switch (row.kind) {
    case 'learnedMac':
    case 'neighbour':
    case 'portActive':
    case 'memberHealth':
    case 'healthChecker':
      return true;
    default:
      return false;
  }
}
