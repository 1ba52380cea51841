/**
 * Why a datapath itself does not forward a packet, under the names its counters have, beside the
 * reasons of the simulation. What its flows drop counts under the reason of the flow.
 */
export const DATAPATH_REASONS = {
  upcallQueueFull: 'packets that need the agent came faster than it took them',
  upcallRateLimited: 'more packets that need the agent came in by one interface than it may send up',
  unknownPort: 'the interface is not of the datapath',
  unknownTunnel: 'the tunnel packet is not from a member of a tunnel zone of this host',
  malformed: 'the frame is cut short or its headers contradict each other',
  outputGone: 'the interface to send to is gone',
  encapFailed: 'the packet could not be put into its tunnel',
  meter: 'the rate that the port or the flow may have is used up',
} as const;

export type DatapathReason = keyof typeof DATAPATH_REASONS;
