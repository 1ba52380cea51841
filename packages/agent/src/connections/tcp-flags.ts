import { getField, type FlowKey } from '@midonet/flow';
import { emptyPlaces, IP_PROTOCOL, placesOf, TCP_AT } from '@midonet/packet';

/** Of a frame that came up; undefined when it is no TCP, or a later fragment of it. */
export function tcpFlagsOf(key: FlowKey, frame: Uint8Array): number | undefined {
  if (getField(key, 'ipProto') !== IP_PROTOCOL.tcp) return undefined;
  const { upper } = placesOf(frame, emptyPlaces());
  return upper < 0 ? undefined : frame[upper + TCP_AT.flags];
}
