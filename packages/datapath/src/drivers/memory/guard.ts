import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, getField, type FlowKey } from '@midonet/flow';
import { emptyPlaces, IP_PROTOCOL, locate, read8 } from '@midonet/packet';
import type { FlowSpec, UpcallReason } from '../../datapath.ts';

/** Owned by ipLength(), which fills it anew on each call. */
const $workPlaces = emptyPlaces();

const ETHERNET_BYTES = 14;

/** Why a flow that matches does not take the packet; undefined when it does. */
export function guardOf(
  spec: FlowSpec,
  key: FlowKey,
  packet: { readonly frame: Uint8Array; readonly gsoSize: number },
): UpcallReason | undefined {
  const ethType = getField(key, 'ethType');
  if (ethType !== ETHERTYPE_IPV4 && ethType !== ETHERTYPE_IPV6) return undefined;
  if (spec.ttlAbove > 0 && getField(key, 'ipTtl') <= spec.ttlAbove) return 'ttl';
  if (spec.mtu === 0 || packet.frame.length - ETHERNET_BYTES <= spec.mtu) return undefined;
  return ipLength(packet.frame, packet.gsoSize) > spec.mtu ? 'mtu' : undefined;
}

/** Bytes of the IP packet without padding; of a GSO packet, of its longest segment. */
function ipLength(frame: Uint8Array, gsoSize: number): number {
  locate(frame, frame.length, $workPlaces);
  const { ip, ipEnd, upper, protocol } = $workPlaces;
  if (gsoSize === 0 || upper < 0) return ipEnd - ip;
  const header = protocol === IP_PROTOCOL.tcp ? (read8(frame, upper + 12) >>> 4) * 4 : 8;
  return Math.min(ipEnd, upper + header + gsoSize) - ip;
}
