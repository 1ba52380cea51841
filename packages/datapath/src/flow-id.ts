import type { FlowId } from './datapath.ts';

/** A table has fewer flows than this. */
const PLACES = 2 ** 22;
/** So many keep an id a safe integer. */
const GENERATIONS = 2 ** 31;

/** The id of the flow at a place of its table; those that have it one after the other are told apart by the generation. */
export function flowIdAt(place: number, generation: number): FlowId {
  return ((generation % GENERATIONS) * PLACES + place) as FlowId;
}

/**
 * No two flows of a table have the same place at a time, and places are used again: what is known of flows may be kept
 * in arrays.
 */
export function placeOf(id: FlowId): number {
  // A remainder of doubles is a call of the C library.
  return (id - Math.floor(id / PLACES) * PLACES) | 0;
}
