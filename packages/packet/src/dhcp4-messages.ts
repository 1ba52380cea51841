/** Message types, RFC 2132 9.6. */
export const DHCP_MESSAGE = {
  discover: 1,
  offer: 2,
  request: 3,
  decline: 4,
  ack: 5,
  nak: 6,
  release: 7,
  inform: 8,
} as const;

export type DhcpMessageType = keyof typeof DHCP_MESSAGE;

export const DHCP_MESSAGE_NAMES: ReadonlyMap<number, DhcpMessageType> = new Map([
  [1, 'discover'],
  [2, 'offer'],
  [3, 'request'],
  [4, 'decline'],
  [5, 'ack'],
  [6, 'nak'],
  [7, 'release'],
  [8, 'inform'],
]);
