import type { VersionRange } from '@midonet/contract';
import { HELLO_VERSION } from './datagram.ts';

/**
 * Versions of what hosts tell each other. The header of a datagram, and what a hello says, are of
 * one form for ever; a version is of everything else. A hello ends with the range that its host
 * speaks, two bytes, and both sides take the highest version in common; an agent of version 1 says
 * no range, and reads no further than the first byte of a hello.
 *
 * Version 2 adds classes of connections.
 */
export const EXCHANGE_VERSIONS: VersionRange = { from: 1, to: 2 };

/** From this version on classes of connections may be told. */
export const WITH_CLASSES = 2;

/** What a hello says after its first byte. */
export function writeVersions({ from, to }: VersionRange): [number, number] {
  return [from, to];
}

/** What the sender of a datagram speaks: more than this version only when it says so, in a hello. */
export function versionsOf(version: number, hello: Uint8Array | undefined): VersionRange {
  if (hello === undefined) return { from: version, to: version };
  const [from, to] = [hello[1] ?? HELLO_VERSION, hello[2] ?? HELLO_VERSION];
  return { from, to: Math.max(from, to) };
}
