import type { Mac } from '@midonet/packet';

/**
 * A MAC for a router port that was not given one: `02:` (locally administered, unicast) and the
 * first five of the given random bytes. 40 bits, so ports of one bridge do not meet by chance.
 */
export function portMac(seed: Uint8Array): Mac {
  if (seed.length < 5) throw new RangeError(`portMac needs 5 random bytes, got ${seed.length}`);
  let value = 0x02;
  for (let i = 0; i < 5; i++) value = value * 256 + seed[i]!;
  return value as Mac;
}
