const FULL = process.env['MIDONET_TESTS'] === 'full';

/** How many cases to try: all in `./run test`, a third where there is a minute for everything. */
export function runs(full: number): number {
  return FULL ? full : Math.ceil(full / 3);
}
