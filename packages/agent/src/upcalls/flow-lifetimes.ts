/**
 * How long flows live. Forwarding flows go when unused; a drop is looked at again soon, since what
 * it waits for may come without any tag; a flow that only says which port a tunnel key names is
 * cheap to keep and the last to go.
 */
export const LIFETIMES = {
  forward: { idleMs: 60_000, hardMs: 0 },
  drop: { idleMs: 0, hardMs: 5_000 },
  tunnelIngress: { idleMs: 300_000, hardMs: 0 },
} as const;

/** The cookie tells the next run of the agent what kind of flow it finds. */
export const COOKIES = { forward: 1, drop: 2, tunnelIngress: 3 } as const;
