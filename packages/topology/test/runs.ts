const FULL = process.env['MIDONET_TESTS'] === 'full';

/** How many cases to try: all in `./run test`, a third, or as many as said, where there is a minute for everything. */
export function runs(full: number, quick = Math.ceil(full / 3)): number {
  return FULL ? full : quick;
}
