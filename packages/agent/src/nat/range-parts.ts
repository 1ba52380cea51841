import type { NatRange } from '@midonet/flow';
import type { IpAddress } from '@midonet/packet';
import { partLike, partUnlike, type Ports } from './port-blocks.ts';

export function hasAddress({ addressFrom, addressTo }: NatRange, address: IpAddress): boolean {
  return typeof addressFrom === typeof address && addressFrom <= address && address <= addressTo;
}

/** Ports 0 to 0: ports are left as they are, and so no block of them is needed. */
export function keepsPorts({ portFrom, portTo }: NatRange): boolean {
  return portFrom === 0 && portTo === 0;
}

/** True when the ranges allow that address with that port. */
export function allows(ranges: readonly NatRange[], address: IpAddress, port: number): boolean {
  return ranges.some(
    (range) => hasAddress(range, address) && (keepsPorts(range) || (range.portFrom <= port && port <= range.portTo)),
  );
}

/** The ports that the ranges allow of an address, those of the source port's kind first. */
export function partsOf(ranges: readonly NatRange[], address: IpAddress, sourcePort: number): Ports[] {
  const parts: Ports[] = [];
  const others: Ports[] = [];
  for (const range of ranges) {
    if (!hasAddress(range, address) || keepsPorts(range)) continue;
    parts.push(partLike(range, sourcePort));
    const other = partUnlike(range, sourcePort);
    if (other !== undefined) others.push(other);
  }
  return [...parts, ...others];
}

/** All addresses of a range once, beginning at a place that differs from host to host. */
export function* addressesFrom({ addressFrom, addressTo }: NatRange, spread: number): Generator<IpAddress> {
  const size = Number(BigInt(addressTo) - BigInt(addressFrom)) + 1;
  for (let step = 0; step < size; step++) {
    const offset = (spread + step) % size;
    // Brand: between two addresses of the same family.
    yield (typeof addressFrom === 'number' ? addressFrom + offset : addressFrom + BigInt(offset)) as IpAddress;
  }
}
