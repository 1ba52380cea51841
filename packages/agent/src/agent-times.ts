/** How often an agent does what it does again and again, in milliseconds. */
export const PARKING_MS = 500;
/** A sweep is a bounded stretch of the flow table: flows of 10,000 connections a second are seen to end, and go, in small portions. */
export const SWEEP_MS = 100;
export const COUNTS_MS = 250;
/** Each report is a revision of the store, whose history is bounded: not oftener. */
export const DROPS_MS = 5_000;
export const RULES_MS = 10_000;
export const TABLES_MS = 5_000;
export const RETRY_PLUG_MS = 5_000;
export const WRITE_DOWN_MS = 1_000;
/** A device nothing was simulated through for so long is not followed any more. */
export const UNUSED_TOPIC_MS = 300_000;
/** Adopted flows that nothing known decides are removed so long after the host's own topic came. */
export const ADOPTION_MS = 60_000;
