import assert from 'node:assert/strict';
import {
  emitHeader,
  headerSize,
  parseHex,
  read16,
  read32,
  read8,
  readIp6,
  readMac,
  write16,
  write32,
  write8,
  writeIp6,
  writeMac,
  type Header,
  type Ip6,
  type Mac,
  type ParseFailure,
} from '../src/index.ts';

/** Offset, width in bytes, value. Width 6 is a MAC, 16 an IPv6 address (bigint). */
export type PinnedField = readonly [offset: number, width: 1 | 2 | 4 | 6 | 16, value: number | bigint];

export type Pinned = {
  readonly hex: string;
  readonly value: Header;
  readonly parse: (bytes: Uint8Array, offset: number, end: number) => Header | ParseFailure;
  readonly fields: readonly PinnedField[];
  /** A checksum that emit leaves 0 because it covers more than the header. */
  readonly checksumAt?: number;
};

/** Header bytes are surrounded by this much junk, so that an offset forgotten somewhere shows. */
const BEFORE = 6;
const AFTER = 3;

/** The same bytes four ways: fields read, fields written, header parsed, header emitted over junk. */
export function pinHeader({ hex, value, parse, fields, checksumAt }: Pinned): void {
  const bytes = parseHex(hex);
  assert.ok(bytes !== undefined);
  const inside = new Uint8Array(bytes.length + BEFORE + AFTER).fill(0xa5);
  inside.set(bytes, BEFORE);
  if (value.kind === 'vlan') write16(inside, BEFORE - 2, value.tpid);
  for (const [offset, width, expected] of fields) {
    assert.equal(readField(inside, BEFORE + offset, width), expected, `read at ${offset}`);
    const copy = inside.slice().fill(0x5a, BEFORE + offset, BEFORE + offset + width);
    writeField(copy, BEFORE + offset, width, expected);
    assert.deepEqual(copy, inside, `write at ${offset}`);
  }
  assert.deepEqual(parse(inside, BEFORE, BEFORE + bytes.length), value);
  const out = new Uint8Array(inside.length).fill(0xa5);
  assert.equal(headerSize(value), bytes.length);
  assert.equal(emitHeader(value, out, BEFORE), BEFORE + bytes.length);
  if (checksumAt !== undefined) write16(inside, BEFORE + checksumAt, 0);
  assert.deepEqual(out, inside);
  for (let length = 0; length < bytes.length; length++) {
    parse(inside, BEFORE, BEFORE + length);
  }
  assert.equal(parse(inside, BEFORE, BEFORE + 3).kind, 'malformed');
}

function readField(bytes: Uint8Array, at: number, width: PinnedField[1]): number | bigint {
  switch (width) {
    case 1:
      return read8(bytes, at);
    case 2:
      return read16(bytes, at);
    case 4:
      return read32(bytes, at);
    case 6:
      return readMac(bytes, at);
    case 16:
      return readIp6(bytes, at);
    default:
      return width satisfies never;
  }
}

function writeField(bytes: Uint8Array, at: number, width: PinnedField[1], value: number | bigint): void {
  if (typeof value === 'bigint') writeIp6(bytes, at, value as Ip6);
  else if (width === 6) writeMac(bytes, at, value as Mac);
  else if (width === 4) write32(bytes, at, value);
  else if (width === 2) write16(bytes, at, value);
  else write8(bytes, at, value);
}
