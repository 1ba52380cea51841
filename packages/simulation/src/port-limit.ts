import type { Port } from '@midonet/topology';
import { portIndex } from './port-index.ts';
import type { Ending, PortLimit, Walk } from './walk.ts';

/** Bytes of IP packet by its header, as frames may be padded; of one segment, where it is a train of them. */
export function packetLength(walk: Walk): number {
  if (walk.segmentLength !== undefined) return walk.segmentLength;
  const frame = walk.bytesForLength();
  const at = walk.l3Offset;
  const isIp4 = (frame[at] ?? 0) >>> 4 === 4;
  if (isIp4) return (frame[at + 2] ?? 0) * 256 + (frame[at + 3] ?? 0);
  return (frame[at + 4] ?? 0) * 256 + (frame[at + 5] ?? 0) + 40;
}

/**
 * Whether an exterior port takes no packet of this length. A flow is for shorter ones then, and longer ones
 * are looked at one by one.
 */
export function exceedsPort(walk: Walk, { id }: Port): boolean {
  const limit = walk.state.portLimit(id);
  if (limit === undefined) return false;
  if (walk.mtu === undefined || limit < walk.mtu) walk.mtu = limit;
  if (!walk.isIp || packetLength(walk) <= limit) return false;
  walk.installable = false;
  walk.tooLongFor = { portId: id, limit };
  stepOfLimit(walk, walk.tooLongFor);
  return true;
}

/** Bridges have no way to tell the sender. Where a router forwarded it, `simulate` has that one answer. */
export function endTooLong(walk: Walk, port: Port): Ending {
  return walk.drop('tooLongForPort', portIndex(port).ref);
}

export function stepOfLimit(walk: Walk, { portId, limit }: PortLimit): void {
  if (walk.trace === undefined) return;
  const key = `packet of ${packetLength(walk)} bytes`;
  walk.step({ kind: 'port', id: portId }, { kind: 'lookup', table: 'MTU of the interface', key, result: `${limit}` });
}
