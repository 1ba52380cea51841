import {
  decTtl,
  dissect,
  emptyPlaces,
  emitHeader,
  headerSize,
  locate,
  MAC_BROADCAST,
  parseIcmp4,
  parseIcmp6,
  parseArp,
  parseDhcp4,
  parseDhcp6,
  parseDhcpRoutes,
  parseDomains,
  parseEthernet,
  parseGre,
  parseIpv4,
  parseIpv4Options,
  parseIpv6,
  parseNeighbour,
  parseNeighbourOptions,
  parseTcp,
  parseTcpOptions,
  parseUdp,
  parseVlan,
  parseVxlan,
  popVlan,
  printFrame,
  pushVlan,
  setEthDst,
  setIcmpId,
  setIpDst,
  setIpSrc,
  setIpTos,
  setL4Dst,
  setL4Src,
  upperChecksumOk,
  type FramePlaces,
  type Ip4,
  type Ip6,
} from '../src/index.ts';

const PARSERS = [
  parseEthernet,
  parseVlan,
  parseArp,
  parseIpv4,
  parseIpv6,
  parseIcmp4,
  parseIcmp6,
  parseTcp,
  parseUdp,
  parseVxlan,
  parseGre,
  parseDhcp4,
  parseDhcp6,
  parseNeighbour,
  parseNeighbourOptions,
  parseTcpOptions,
  parseDomains,
];

/**
 * What must hold for any bytes; throws when it does not.
 * - No parser, printer or rewrite throws, wherever in the frame it starts.
 * - Layers lie in order inside the frame; a print is one line.
 * - What was parsed can be written, in the size announced.
 * - Rewriting keeps the length and the correctness of checksums.
 */
export function checkAnyBytes(frame: Uint8Array): void {
  for (const parse of PARSERS) {
    for (const offset of [0, 14, 34, 42]) parse(frame, Math.min(offset, frame.length), frame.length);
  }
  parseIpv4Options(frame);
  parseDhcpRoutes(frame);
  checkLayers(frame);
  checkRewrites(frame);
  const line = printFrame(frame);
  if (line.includes('\n') || line === '') throw new Error(`not one line: ${JSON.stringify(line)}`);
}

function checkLayers(frame: Uint8Array): void {
  let at = 0;
  for (const { header, offset, behind, end } of dissect(frame)) {
    if (offset < at || behind < offset || end < behind || end > frame.length) {
      throw new Error(`layer ${header.kind} at ${offset}…${behind} of ${end} behind ${at} in ${frame.length}`);
    }
    at = behind;
    if (header.kind === 'payload' || header.kind === 'malformed') continue;
    const out = new Uint8Array(headerSize(header) + 2);
    if (emitHeader(header, out, 2) !== out.length) throw new Error(`size of ${header.kind} is not what emit wrote`);
    if (out.length - 2 !== behind - offset) continue;
    const copy = frame.slice();
    copy.set(out.subarray(2), offset);
    if (printFrame(copy) !== printFrame(frame)) {
      throw new Error(`${header.kind} written back reads otherwise: ${printFrame(frame)} | ${printFrame(copy)}`);
    }
  }
}

function checkRewrites(frame: Uint8Array): void {
  const places = emptyPlaces();
  const copy = frame.slice();
  locate(copy, copy.length, places);
  const wasRight = checksumIsRight(copy, places);
  setEthDst(copy, MAC_BROADCAST);
  setIpSrc(copy, places, 0x0a01ff02 as Ip4);
  setIpDst(copy, places, 0xfd000000_00000000_00000000_0000ffffn as Ip6);
  setIpTos(copy, places, 0xb8);
  decTtl(copy, places, 3);
  setL4Src(copy, places, 0xffff);
  setL4Dst(copy, places, 0);
  setIcmpId(copy, places, 0x1234);
  if (copy.length !== frame.length) throw new Error('rewriting changed the length');
  if (wasRight && !checksumIsRight(copy, places)) throw new Error('rewriting broke the checksum');
  const tagged = pushVlan(frame, 0x2005);
  if (frame.length >= 14 && !equal(popVlan(tagged), frame)) throw new Error('push and pop do not cancel out');
  popVlan(frame);
}

function checksumIsRight(frame: Uint8Array, places: FramePlaces): boolean {
  if (places.ipVersion === 0 || places.upper < 0) return false;
  return upperChecksumOk(frame, { ip: places.ip, upper: places.upper, end: places.ipEnd }, places.protocol);
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
