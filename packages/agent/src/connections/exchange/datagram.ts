import { createHash, hash, timingSafeEqual } from 'node:crypto';

/**
 * One message to another host; integers are big-endian.
 *
 * ```
 *  0 ┌─────────┬──────┬─────────────┬────────────────────────┐
 *    │ version │ kind │ body length │ which key              │
 *  8 ├─────────┴──────┴─────────────┴────────────────────────┤
 *    │ host that sends (UUID, 16 bytes)                      │
 * 24 ├───────────────────────────────────────────────────────┤
 *    │ host that it is for                                   │
 * 40 ├───────────────────────────┬───────────────────────────┤
 *    │ epoch of the sender       │ epoch of the receiver     │  8 bytes each, 0: not known
 * 56 ├─────────────┬─────────────┼───────────────────────────┘
 *    │ stream      │ sequence    │
 * 64 ├─────────────┴─────────────┴───────┬────────────────────┐
 *    │ body                              │ tag, 16 bytes      │
 *    └───────────────────────────────────┴────────────────────┘
 * ```
 *
 * The tag is HMAC-SHA-256 of all before it, cut to half (RFC 2104, section 5). Both epochs are
 * under it: what was recorded before either side started anew fits nobody.
 */
export type Datagram = {
  readonly version: number;
  readonly kind: Kind;
  readonly from: string;
  readonly to: string;
  readonly fromEpoch: number;
  readonly toEpoch: number;
  readonly stream: number;
  readonly sequence: number;
  /** Borrowed from what was received: copy what is to stay. */
  readonly body: Uint8Array;
};

export type Kind = 'hello' | 'data' | 'ack' | 'resync';

export type Refusal = 'malformed' | 'wrongKey';

export type Keys = {
  /** 32 bytes or more as hex; it signs. */
  readonly current: string;
  /** The one before it, or the one to come: it is taken as well. */
  readonly other?: string | undefined;
};

/** What fits in an underlay of 1,500 bytes beside IPv6 and UDP, with room for tunnels below. */
export const LONGEST_DATAGRAM = 1400;
export const HEADER = 64;
const TAG = 16;
/** Bytes that SHA-256 takes in at once, and gives out. */
const [BLOCK, HASH] = [64, 32];
export const LONGEST_BODY = LONGEST_DATAGRAM - HEADER - TAG;

/** Of every hello, for hosts of whatever version. */
export const HELLO_VERSION = 1;
const KINDS = ['hello', 'data', 'ack', 'resync'] as const satisfies readonly Kind[];

/** Both pads of RFC 2104, each with room behind it for what is hashed. */
type Key = { readonly id: number; readonly inner: Buffer; readonly outer: Buffer };

/** Signs and opens datagrams with the cluster's keys. */
export class Sealer {
  #keys: readonly Key[] = [];

  constructor(keys: Keys) {
    this.setKeys(keys);
  }

  /** Throws when a key is not hex of 32 bytes or more. */
  setKeys({ current, other }: Keys): void {
    this.#keys = [parseKey(current), ...(other === undefined ? [] : [parseKey(other)])];
  }

  /** A datagram ready to go, its body in one piece with it. */
  seal(datagram: Datagram): Buffer {
    const { body } = datagram;
    const bytes = Buffer.allocUnsafe(HEADER + body.length + TAG);
    const key = this.#keys[0]!;
    bytes[0] = datagram.version;
    bytes[1] = KINDS.indexOf(datagram.kind) + 1;
    bytes.writeUInt16BE(body.length, 2);
    bytes.writeUInt32BE(key.id, 4);
    bytes.write(datagram.from.replaceAll('-', ''), 8, 'hex');
    bytes.write(datagram.to.replaceAll('-', ''), 24, 'hex');
    bytes.writeUIntBE(0, 40, 2);
    bytes.writeUIntBE(datagram.fromEpoch, 42, 6);
    bytes.writeUIntBE(0, 48, 2);
    bytes.writeUIntBE(datagram.toEpoch, 50, 6);
    bytes.writeUInt32BE(datagram.stream, 56);
    bytes.writeUInt32BE(datagram.sequence, 60);
    bytes.set(body, HEADER);
    tagOf(key, bytes).copy(bytes, bytes.length - TAG, 0, TAG);
    return bytes;
  }

  open(bytes: Uint8Array): Datagram | Refusal {
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (view.length < HEADER + TAG || view.length > LONGEST_DATAGRAM) return 'malformed';
    const kind = KINDS[view[1]! - 1];
    if (kind === undefined || view.readUInt16BE(2) !== view.length - HEADER - TAG) return 'malformed';
    if (view.readUInt16BE(40) !== 0 || view.readUInt16BE(48) !== 0) return 'malformed';
    const id = view.readUInt32BE(4);
    const key = this.#keys.find((each) => each.id === id);
    if (key === undefined) return 'wrongKey';
    if (!timingSafeEqual(tagOf(key, view).subarray(0, TAG), view.subarray(view.length - TAG))) return 'wrongKey';
    return {
      version: view[0]!,
      kind,
      from: uuidAt(view, 8),
      to: uuidAt(view, 24),
      fromEpoch: view.readUIntBE(42, 6),
      toEpoch: view.readUIntBE(50, 6),
      stream: view.readUInt32BE(56),
      sequence: view.readUInt32BE(60),
      // Not a Buffer: slice() of those copies nothing.
      body: new Uint8Array(bytes.buffer, bytes.byteOffset + HEADER, view.length - TAG - HEADER),
    };
  }
}

function parseKey(hex: string): Key {
  const bytes = Buffer.from(hex, 'hex');
  if (bytes.length < 32 || bytes.length * 2 !== hex.length) {
    throw new Error('the key of the state exchange must be hex of 32 bytes or more');
  }
  // Says which key it is and nothing about it.
  const id = createHash('sha256').update('midonet state exchange key id').update(bytes).digest().readUInt32BE(0);
  const block = bytes.length > BLOCK ? createHash('sha256').update(bytes).digest() : bytes;
  return { id, inner: pad(block, 0x36, LONGEST_DATAGRAM), outer: pad(block, 0x5c, HASH) };
}

function pad(key: Buffer, by: number, room: number): Buffer {
  const padded = Buffer.alloc(BLOCK + room);
  for (let i = 0; i < BLOCK; i++) padded[i] = (key[i] ?? 0) ^ by;
  return padded;
}

/** HMAC by its definition, H(outer, H(inner, text)): Node's own makes objects that cost five times what hashing does. */
function tagOf({ inner, outer }: Key, datagram: Uint8Array): Buffer {
  const text = datagram.length - TAG;
  inner.set(datagram.subarray(0, text), BLOCK);
  outer.set(hash('sha256', inner.subarray(0, BLOCK + text), 'buffer'), BLOCK);
  return hash('sha256', outer, 'buffer');
}

function uuidAt(bytes: Buffer, at: number): string {
  const hex = bytes.toString('hex', at, at + 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
