import { ETHERTYPE_IPV4, FRAG_LATER } from '@midonet/flow';
import {
  cidrContains,
  emptyPlaces,
  isIcmp4Error,
  locate,
  read32,
  type Cidr,
  type Ip4,
  type Ip6,
  type IpAddress,
} from '@midonet/packet';
import { PROTO_ICMP, PROTO_ICMPV6 } from '../answer/numbers.ts';
import type { ChainRun } from './chain-run.ts';
import type { End } from './expression.ts';

const ICMP_BYTES = 8;

/** ICMPv6 types below this are errors (RFC 4443, 2.1). */
const FIRST_INFORMATIONAL = 128;

/**
 * The packet is an ICMP error, and the packet it is about has an address in `prefix`. The inner
 * packet is no key field: a look at it makes the outcome good for this packet alone.
 */
export function icmpDataIn(run: ChainRun, of: End, prefix: Cidr): boolean {
  if (!isError(run)) return false;
  const address = innerAddress(run.walk.bytes(), of);
  return address !== undefined && cidrContains(prefix, address);
}

function isError(run: ChainRun): boolean {
  const { packet } = run.walk;
  if (!run.isIp()) return false;
  const isIp4 = run.etherType() === ETHERTYPE_IPV4;
  if (run.protocol() !== (isIp4 ? PROTO_ICMP : PROTO_ICMPV6) || packet.ipFrag() === FRAG_LATER) return false;
  return isIp4 ? isIcmp4Error(packet.icmpType()) : packet.icmpType() < FIRST_INFORMATIONAL;
}

function innerAddress(frame: Uint8Array, of: End): IpAddress | undefined {
  const places = emptyPlaces();
  locate(frame, frame.length, places);
  if (places.upper < 0) return undefined;
  const inner = places.upper + ICMP_BYTES;
  const version = (frame[inner] ?? 0) >>> 4;
  if (version === 4 && inner + 20 <= places.ipEnd) return read32(frame, inner + (of === 'src' ? 12 : 16)) as Ip4;
  if (version !== 6 || inner + 40 > places.ipEnd) return undefined;
  const at = inner + (of === 'src' ? 8 : 24);
  let address = 0n;
  for (let i = 0; i < 4; i++) address = (address << 32n) | BigInt(read32(frame, at + 4 * i));
  return address as Ip6;
}
