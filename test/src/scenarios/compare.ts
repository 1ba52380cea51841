import assert from 'node:assert/strict';
import { formatHex, printFrame } from '@midonet/packet';
import type { VirtualNetwork } from '@midonet/simulation/testing';
import type { Sent } from './applied.ts';

/** Same frames out of the same ports, byte for byte; order between ports means nothing. */
export function sameSent(
  network: VirtualNetwork,
  got: readonly Sent[],
  expected: readonly Sent[],
  what: () => string,
): void {
  const lines = (sent: readonly Sent[]): string[] =>
    sent.map(({ portId, frame }) => `${network.nameOf(portId)}: ${printFrame(frame)}\n  ${formatHex(frame)}`).sort();
  const [mine, theirs] = [lines(got), lines(expected)];
  if (mine.join() !== theirs.join()) assert.deepEqual(mine, theirs, what());
}
