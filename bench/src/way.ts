import type { Ends, Site } from './system.ts';

/** Between which ends of a site something is measured; undefined where the site has no such way. */
export type Way = (site: Site) => Ends | undefined;

/** Why there is nothing to measure between them, undefined when there is. */
export function noWay(site: Site, way: Way): string | undefined {
  return way(site) === undefined ? 'it has no such way' : undefined;
}

export function onWay(site: Site, way: Way): Ends {
  const ends = way(site);
  if (ends === undefined) throw new Error('the measure applies to sites that have this way');
  return ends;
}
