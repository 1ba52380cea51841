/**
 * Ids as bytes. A UUID takes a 0 and its 16 bytes, any other text its length and UTF-8:
 *
 * ```
 *  ┌───┬─────────────────┐   ┌────────┬──────────────────┐
 *  │ 0 │ UUID, 16 bytes  │   │ 1..64  │ that many bytes  │
 *  └───┴─────────────────┘   └────────┴──────────────────┘
 * ```
 *
 * The same few ids come again and again, so both ways remember some thousands of them; what is read
 * twice is then one string in memory.
 */
export class IdCodec {
  readonly #written = new Map<string, Uint8Array>();
  readonly #read: (Read | undefined)[] = [];

  /** The bytes of an id; undefined when it is empty or longer than 64 bytes. */
  bytesOf(id: string): Uint8Array | undefined {
    const known = this.#written.get(id);
    if (known !== undefined) return known;
    const bytes = encode(id);
    if (bytes === undefined) return undefined;
    if (this.#written.size >= REMEMBERED) this.#written.clear();
    this.#written.set(id, bytes);
    return bytes;
  }

  /** The id at `at`, with its `length` in bytes; undefined when it does not lie before `end`. */
  read(bytes: Uint8Array, at: number, end: number): Read | undefined {
    if (at >= end) return undefined;
    const length = bytes[at] === 0 ? UUID_LENGTH : bytes[at]! + 1;
    if (length > LONGEST + 1 || at + length > end) return undefined;
    let hash = 0;
    for (let i = at; i < at + length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x0100_0193) ^ (hash >>> 15);
    const slot = hash & (REMEMBERED - 1);
    const known = this.#read[slot];
    if (known !== undefined && sameBytes(known.bytes, bytes, at, length)) return known;
    const own = bytes.slice(at, at + length);
    const id = decode(own);
    if (id === undefined) return undefined;
    const read = { id, length, bytes: own };
    this.#read[slot] = read;
    return read;
  }
}

type Read = { readonly id: string; readonly length: number; readonly bytes: Uint8Array };

/** A power of two. */
const REMEMBERED = 4096;
const UUID_LENGTH = 17;
const LONGEST = 64;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function encode(id: string): Uint8Array | undefined {
  if (UUID.test(id)) return Buffer.from(`00${id.replaceAll('-', '')}`, 'hex');
  const text = Buffer.from(id, 'utf8');
  return text.length === 0 || text.length > LONGEST ? undefined : Buffer.concat([Uint8Array.of(text.length), text]);
}

/** Undefined when another text would give these bytes. */
function decode(bytes: Uint8Array): string | undefined {
  const rest = Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.length - 1);
  if (bytes[0] === 0) {
    const hex = rest.toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }
  const text = rest.toString('utf8');
  const again = encode(text);
  return again !== undefined && sameBytes(again, bytes, 0, bytes.length) ? text : undefined;
}

function sameBytes(a: Uint8Array, b: Uint8Array, at: number, length: number): boolean {
  if (a.length !== length) return false;
  for (let i = 0; i < length; i++) if (a[i] !== b[at + i]) return false;
  return true;
}
