import { mapMemory, unmapMemory, type Memory } from './libc.ts';

const PAGE = 4096;
const BUSY = 0x8000_0000;
const DISCARDED = 0x4000_0000;
const RECORD_HEADER = 8;

/**
 * Reader of a BPF ring buffer. Layout: a page with the consumer's position (ours to write), a page
 * with the producer's, then the data twice in a row, so that no record is ever split. The data is
 * mapped read-only: writing to a record would kill the process.
 */
export class RingBuffer {
  readonly #consumer: Memory;
  readonly #producer: Memory;
  readonly #consumed: BigInt64Array;
  readonly #produced: BigInt64Array;
  readonly #headers: Int32Array;
  readonly #mask: number;

  /** The whole data area; records are at the offsets that `drain` gives. */
  readonly data: DataView;
  readonly bytes: Uint8Array;

  constructor(fd: number, size: number) {
    this.#consumer = mapMemory(fd, { length: PAGE, offset: 0, writable: true });
    this.#producer = mapMemory(fd, { length: PAGE + 2 * size, offset: PAGE, writable: false });
    const { buffer } = this.#producer.bytes;
    this.#consumed = new BigInt64Array(this.#consumer.bytes.buffer, 0, 1);
    this.#produced = new BigInt64Array(buffer, 0, 1);
    this.#headers = new Int32Array(buffer, PAGE);
    this.data = new DataView(buffer, PAGE);
    this.bytes = new Uint8Array(buffer, PAGE);
    this.#mask = size - 1;
  }

  /**
   * Calls `take` with offset and length of at most `limit` records. They stay valid until drain()
   * returns. Returns how many there were.
   */
  drain(limit: number, take: (offset: number, length: number) => void): number {
    let position = Number(Atomics.load(this.#consumed, 0));
    const end = Number(Atomics.load(this.#produced, 0));
    let count = 0;
    while (position < end && count < limit) {
      const at = position % (this.#mask + 1);
      const header = Atomics.load(this.#headers, at >>> 2) >>> 0;
      if ((header & BUSY) !== 0) break;
      const length = header & 0x3fff_ffff;
      if ((header & DISCARDED) === 0) {
        take(at + RECORD_HEADER, length);
        count++;
      }
      position += (length + RECORD_HEADER + 7) & ~7;
    }
    Atomics.store(this.#consumed, 0, BigInt(position));
    return count;
  }

  close(): void {
    unmapMemory(this.#consumer);
    unmapMemory(this.#producer);
  }
}
