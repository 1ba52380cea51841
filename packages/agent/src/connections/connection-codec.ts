import { reversed, sameTuple, type Connection, type Tuple } from '@midonet/flow';
import type { Progress } from './connection-lifetimes.ts';
import type { ConnectionKey } from './connection-table.ts';
import { IdCodec } from './id-codec.ts';

/** A connection with how far it is. */
export type Told = { readonly connection: Connection; readonly progress: Progress };

/** Of the encoding below; whoever stores or sends it says which it is. */
export const CODEC_VERSION = 1;

/** What no connection's bytes exceed. */
export const LONGEST_CONNECTION = 1200;

/**
 * Connections as bytes, for the journal and for other hosts; integers are big-endian.
 *
 * ```
 *  ┌───────┬──────────┬────────┬──────────┬──────────┐
 *  │ flags │ protocol │ device │ original │ reply    │  the key, all there is when something closed
 *  └───────┴──────────┴────────┴──────────┴──────────┘
 *  ┌──────────┬───────────────┬──────────────┬────────┬────────┐
 *  │ progress │ egress ports, │ ingress port │ egress │ member │  the rest
 *  │ 2 bytes  │ their count   │              │ ports  │        │
 *  └──────────┴───────────────┴──────────────┴────────┴────────┘
 *
 *  flags   1 original is IPv6    2 reply is IPv6    4 reply is the original turned round, left out
 *          8 ingress port       16 member
 *  tuple   source and destination (4 or 16 bytes each), source port, destination port
 *  device, ports, member: ids, see IdCodec
 * ```
 */
export class ConnectionCodec {
  readonly #ids = new IdCodec();
  /** Where the last one written ended. */
  #at = 0;
  #limit = 0;
  #bytes: Uint8Array = new Uint8Array(0);

  /** Writes at `at`, where LONGEST_CONNECTION bytes must be free; gives the end, or 0 for what has no encoding. */
  write(bytes: Uint8Array, at: number, { connection, progress }: Told): number {
    const { ingressPort, egressPorts, member } = connection;
    if (egressPorts.length > MOST_PORTS) return 0;
    const flags = (ingressPort === undefined ? 0 : HAS_INGRESS) | (member === undefined ? 0 : HAS_MEMBER);
    if (this.#key(bytes, at, connection, flags) === 0) return 0;
    this.#byte(progress.original);
    this.#byte(progress.reply);
    this.#byte(egressPorts.length);
    if (ingressPort !== undefined && !this.#id(ingressPort)) return 0;
    for (const port of egressPorts) if (!this.#id(port)) return 0;
    if (member !== undefined && !this.#id(member)) return 0;
    return this.#at;
  }

  /** As `write`, of what tells it from others alone. */
  writeKey(bytes: Uint8Array, at: number, key: ConnectionKey): number {
    return this.#key(bytes, at, key, 0);
  }

  /** An id alone. */
  writeId(bytes: Uint8Array, at: number, id: string): number {
    this.#begin(bytes, at);
    return this.#id(id) ? this.#at : 0;
  }

  /** What lies at `at`, and where it ends; undefined for bytes that are none, or reach over `end`. */
  read(bytes: Uint8Array, at: number, end: number): { readonly told: Told; readonly end: number } | undefined {
    const head = this.readKey(bytes, at, end, HAS_INGRESS | HAS_MEMBER);
    if (head === undefined || head.end + 3 > end) return undefined;
    const flags = bytes[at]!;
    const progress = { original: bytes[head.end]!, reply: bytes[head.end + 1]! };
    const count = bytes[head.end + 2]!;
    if (count > MOST_PORTS) return undefined;
    const ids: string[] = [];
    const wanted = count + ((flags & HAS_INGRESS) === 0 ? 0 : 1) + ((flags & HAS_MEMBER) === 0 ? 0 : 1);
    let next = head.end + 3;
    while (ids.length < wanted) {
      const id = this.#ids.read(bytes, next, end);
      if (id === undefined) return undefined;
      ids.push(id.id);
      next += id.length;
    }
    const member = (flags & HAS_MEMBER) === 0 ? undefined : ids.pop();
    const ingressPort = (flags & HAS_INGRESS) === 0 ? undefined : ids.shift();
    const common = { ...head.key, ingressPort, egressPorts: ids };
    const connection = member === undefined ? common : { ...common, member };
    return { told: { connection, progress }, end: next };
  }

  /** As `read`, of what `writeKey` wrote. */
  readKey(
    bytes: Uint8Array,
    at: number,
    end: number,
    more = 0,
  ): { readonly key: ConnectionKey; readonly end: number } | undefined {
    if (at + 2 > end) return undefined;
    const [flags, proto] = [bytes[at]!, bytes[at + 1]!];
    if ((flags & ~(SIX | SIX_REPLY | TURNED | more)) !== 0) return undefined;
    const device = this.#ids.read(bytes, at + 2, end);
    if (device === undefined) return undefined;
    let next = at + 2 + device.length;
    const original = readTuple(bytes, next, end, proto, (flags & SIX) !== 0);
    if (original === undefined) return undefined;
    next += lengthOf(flags & SIX);
    if ((flags & TURNED) !== 0) {
      if ((flags & SIX_REPLY) !== 0) return undefined;
      return { key: { device: device.id, original, reply: reversed(original) }, end: next };
    }
    const reply = readTuple(bytes, next, end, proto, (flags & SIX_REPLY) !== 0);
    if (reply === undefined) return undefined;
    return { key: { device: device.id, original, reply }, end: next + lengthOf(flags & SIX_REPLY) };
  }

  /** The id that `writeId` wrote. */
  readId(bytes: Uint8Array, at: number, end: number): { readonly id: string; readonly length: number } | undefined {
    return this.#ids.read(bytes, at, end);
  }

  #key(bytes: Uint8Array, at: number, { device, original, reply }: ConnectionKey, flags: number): number {
    if (original.proto !== reply.proto) return 0;
    const turned = sameTuple(reversed(original), reply);
    this.#begin(bytes, at);
    const six = isSix(original) ? SIX : 0;
    this.#byte(flags | six | (turned ? TURNED : isSix(reply) ? SIX_REPLY : 0));
    this.#byte(original.proto);
    if (!this.#id(device)) return 0;
    this.#tuple(original);
    if (!turned) this.#tuple(reply);
    return this.#at;
  }

  #begin(bytes: Uint8Array, at: number): void {
    this.#bytes = bytes;
    this.#at = at;
    this.#limit = at + LONGEST_CONNECTION;
  }

  #byte(value: number): void {
    this.#bytes[this.#at++] = value;
  }

  #id(id: string): boolean {
    const bytes = this.#ids.bytesOf(id);
    if (bytes === undefined || this.#at + bytes.length > this.#limit) return false;
    // Too short for a call of `set` to pay.
    for (let i = 0; i < bytes.length; i++) this.#bytes[this.#at + i] = bytes[i]!;
    this.#at += bytes.length;
    return true;
  }

  #tuple(tuple: Tuple): void {
    for (const address of [tuple.src, tuple.dst]) {
      if (typeof address === 'number' && !isSix(tuple)) this.#word(address);
      else {
        const [high, low] = [BigInt(address) >> 64n, BigInt.asUintN(64, BigInt(address))];
        for (const half of [high, low]) {
          this.#word(Number(half >> 32n));
          this.#word(Number(half & 0xffff_ffffn));
        }
      }
    }
    this.#word(tuple.srcPort * 0x1_0000 + tuple.dstPort);
  }

  #word(value: number): void {
    const bytes = this.#bytes;
    bytes[this.#at++] = value >>> 24;
    bytes[this.#at++] = value >>> 16;
    bytes[this.#at++] = value >>> 8;
    bytes[this.#at++] = value;
  }
}

const SIX = 1;
const SIX_REPLY = 2;
const TURNED = 4;
const HAS_INGRESS = 8;
const HAS_MEMBER = 16;

export const MOST_PORTS = 60;

function isSix({ src, dst }: Tuple): boolean {
  return typeof src !== 'number' || typeof dst !== 'number';
}

function lengthOf(six: number): number {
  return six === 0 ? 12 : 36;
}

function readTuple(bytes: Uint8Array, at: number, end: number, proto: number, six: boolean): Tuple | undefined {
  const length = lengthOf(six ? 1 : 0);
  if (at + length > end) return undefined;
  const [src, dst] = six ? [wide(bytes, at), wide(bytes, at + 16)] : [wordAt(bytes, at), wordAt(bytes, at + 4)];
  const ports = wordAt(bytes, at + length - 4);
  // Any 32 or 128 bits are an address.
  return {
    proto,
    src: src as Tuple['src'],
    dst: dst as Tuple['dst'],
    srcPort: ports >>> 16,
    dstPort: ports & 0xffff,
  };
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

function wide(bytes: Uint8Array, at: number): bigint {
  let value = 0n;
  for (let i = 0; i < 16; i += 4) value = (value << 32n) | BigInt(wordAt(bytes, at + i));
  return value;
}
