const ETHERNET = 14;
const TAG = 4;
const TAG_TYPES: ReadonlySet<number> = new Set([0x8100, 0x88a8]);
const TYPE_IP4 = 0x0800;
const TYPE_IP6 = 0x86dd;
const IP6_HEADER = 40;
const PROTO_TCP = 6;
const PROTO_UDP = 17;
/** Bytes that tell datagrams apart. */
const PAYLOAD = 24;
/** Of frames that are no IP. */
const OTHER = 64;

/**
 * What tells one packet from the next and stays as it is through a tunnel, checksum offload and the
 * cutting of a train of segments: addresses, identification, and of what follows neither length nor
 * checksum. A short text, equal for different packets only by chance. A frame may be cut short.
 */
export function packetIdentity(frame: Uint8Array): string {
  const hash = new Hash(frame);
  let at = ETHERNET;
  while (at < ETHERNET + 2 * TAG && TAG_TYPES.has(word(frame, at - 2))) at += TAG;
  const type = word(frame, at - 2);
  if (type === TYPE_IP4) addIp4(hash, frame, at);
  else if (type === TYPE_IP6) addIp6(hash, frame, at);
  else hash.add(0, OTHER);
  return hash.text();
}

function addIp4(hash: Hash, frame: Uint8Array, at: number): void {
  hash.add(at + 4, 4); // identification and fragment
  hash.add(at + 9, 1);
  hash.add(at + 12, 8);
  addUpper(hash, frame[at + 9] ?? 0, at + ((frame[at] ?? 0) & 15) * 4);
}

function addIp6(hash: Hash, frame: Uint8Array, at: number): void {
  hash.add(at + 6, 1);
  hash.add(at + 8, 32);
  addUpper(hash, frame[at + 6] ?? 0, at + IP6_HEADER);
}

/** TCP up to the acknowledgement; of UDP the ports, of ICMP type and code, and what is behind the checksum. */
function addUpper(hash: Hash, protocol: number, at: number): void {
  if (protocol === PROTO_TCP) {
    hash.add(at, 12);
    return;
  }
  hash.add(at, protocol === PROTO_UDP ? 4 : 2);
  hash.add(at + (protocol === PROTO_UDP ? 8 : 4), PAYLOAD);
}

function word(frame: Uint8Array, at: number): number {
  return ((frame[at] ?? 0) << 8) | (frame[at + 1] ?? 0);
}

/** FNV-1a over two halves with different starts: 64 bits. */
class Hash {
  readonly #bytes: Uint8Array;
  #a = 0x811c9dc5;
  #b = 0x01000193;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  add(from: number, length: number): void {
    const end = Math.min(from + length, this.#bytes.length);
    for (let i = from; i < end; i++) {
      const byte = this.#bytes[i] ?? 0;
      this.#a = Math.imul(this.#a ^ byte, 0x01000193) >>> 0;
      this.#b = Math.imul(this.#b ^ byte ^ 0x5a, 0x85ebca6b) >>> 0;
    }
  }

  text(): string {
    return [this.#a, this.#b].map((half) => half.toString(16).padStart(8, '0')).join('');
  }
}
