import type { IpAddress } from '@midonet/packet';

/** Keys whose value differs between the two maps. */
export function differing<K extends string | number | IpAddress, V>(
  before: ReadonlyMap<K, V>,
  after: ReadonlyMap<K, V>,
): Set<K> {
  const keys = new Set<K>();
  for (const [key, value] of before) if (after.get(key) !== value) keys.add(key);
  for (const key of after.keys()) if (!before.has(key)) keys.add(key);
  return keys;
}
