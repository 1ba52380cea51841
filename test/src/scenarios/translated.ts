import { emptyPlaces, IP_PROTOCOL, placesOf, type IpAddress } from '@midonet/packet';

/** A frame with another address, and every checksum over it brought along (RFC 1624, equation 3). */
export function withAddress(frame: Uint8Array, address: IpAddress, side: 'src' | 'dst'): Uint8Array {
  const { ip } = placesOf(frame, emptyPlaces());
  const isSix = typeof address === 'bigint';
  const length = isSix ? 16 : 4;
  const at = ip + (isSix ? 8 : 12) + (side === 'src' ? 0 : length);
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = Number((BigInt(address) >> BigInt(8 * (length - 1 - i))) & 255n);
  const copy = frame.slice();
  if (!isSix) amend(copy, ip + 10, frame.subarray(at, at + length), bytes);
  const sum = sumPlace(frame, true);
  if (sum !== undefined) amend(copy, sum.at, frame.subarray(at, at + length), bytes, sum.isUdp);
  copy.set(bytes, at);
  return copy;
}

/** A frame with other two bytes at `offset` of its upper header: a port, or the identifier of an echo. */
export function withPort(frame: Uint8Array, port: number, offset: number): Uint8Array {
  const { upper } = placesOf(frame, emptyPlaces());
  const at = upper + offset;
  const bytes = Uint8Array.of(port >>> 8, port & 255);
  const copy = frame.slice();
  const sum = sumPlace(frame, false);
  if (sum !== undefined) amend(copy, sum.at, frame.subarray(at, at + 2), bytes, sum.isUdp);
  copy.set(bytes, at);
  return copy;
}

/** Where the upper checksum is; none in later fragments, in UDP without one, and where it covers no addresses. */
function sumPlace(frame: Uint8Array, ofAddress: boolean): { readonly at: number; readonly isUdp: boolean } | undefined {
  const { ip, upper, protocol } = placesOf(frame, emptyPlaces());
  if (ip < 0 || upper < 0) return undefined;
  switch (protocol) {
    case IP_PROTOCOL.tcp:
      return { at: upper + 16, isUdp: false };
    case IP_PROTOCOL.udp: {
      const at = upper + 6;
      return frame[at] === 0 && frame[at + 1] === 0 ? undefined : { at, isUdp: true };
    }
    case IP_PROTOCOL.icmp6:
      return { at: upper + 2, isUdp: false };
    case IP_PROTOCOL.icmp4:
      return ofAddress ? undefined : { at: upper + 2, isUdp: false };
    default:
      return undefined;
  }
}

function amend(frame: Uint8Array, at: number, before: Uint8Array, after: Uint8Array, isUdp = false): void {
  let sum = ~((frame[at]! << 8) | frame[at + 1]!) & 0xffff;
  for (let i = 0; i < before.length; i += 2) {
    sum += (~((before[i]! << 8) | before[i + 1]!) & 0xffff) + ((after[i]! << 8) | after[i + 1]!);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  const result = ~sum & 0xffff;
  const sent = isUdp && result === 0 ? 0xffff : result;
  frame[at] = sent >>> 8;
  frame[at + 1] = sent & 255;
}
