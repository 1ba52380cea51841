/** As the machine at the inspected port sees it. */
export type WireDirection = 'from' | 'to';

/** The priority bits (PCP, IEEE 802.1Q 9.6) that tell the two directions of a tagged insertion apart. */
export const DIRECTION_PCP: Readonly<Record<WireDirection, number>> = { from: 1, to: 2 };

export function tciOf(vlan: number, direction: WireDirection): number {
  return (DIRECTION_PCP[direction] << 13) | vlan;
}

/** The direction that a tag says; undefined when no insertion writes such tags. */
export function directionOf(tci: number): WireDirection | undefined {
  const pcp = tci >>> 13;
  if (pcp === DIRECTION_PCP.from) return 'from';
  return pcp === DIRECTION_PCP.to ? 'to' : undefined;
}

/**
 * The services in the order in which frames of a direction pass them: the wire is walked from the
 * machine outwards, and back, so that a service that changes frames sees answers to what it has sent.
 */
export function inOrder<T>(services: readonly T[], direction: WireDirection): readonly T[] {
  return direction === 'from' ? services : services.toReversed();
}
