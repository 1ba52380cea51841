import { emptyKey, KEY_WORDS, type DpPort, type FlowKey } from '@midonet/flow';
import { RingBuffer } from '../../kernel/ring-buffer.ts';
import { UPCALL_REASONS, type Upcall } from '../../datapath.ts';
import { structOf } from './artefact.ts';
import { mapEntries, type KernelObjects } from './objects.ts';

/** Frames of a batch are copied here; records of the ring are read-only and a write would be fatal. */
const ARENA_BYTES = 1 << 20;

type Slot = { -readonly [K in keyof Upcall]: Upcall[K] };

/** Takes upcalls from the ring, in batches of reused objects. */
export class UpcallReader {
  readonly #ring: RingBuffer;
  readonly #words: Uint32Array;
  readonly #at;
  readonly #pool: Slot[] = [];
  readonly #keys: FlowKey[] = [];
  readonly #batch: Slot[] = [];
  readonly #arena = new Uint8Array(ARENA_BYTES);
  readonly #limit: number;
  #used = 0;

  constructor(objects: KernelObjects, limit: number) {
    const fd = objects.map('upcalls');
    this.#ring = new RingBuffer(fd, mapEntries(fd));
    this.#words = new Uint32Array(this.#ring.data.buffer, this.#ring.data.byteOffset);
    this.#at = structOf(objects.artefact, 'upcall', [
      'reason',
      'in_port',
      'full_length',
      'captured',
      'gso_size',
      'key',
      'frame',
    ]);
    this.#limit = limit;
    for (let i = 0; i < limit; i++) {
      const key = emptyKey();
      this.#keys.push(key);
      this.#pool.push({ reason: 'miss', inPort: 0 as DpPort, key, frame: this.#arena, fullLength: 0, gsoSize: 0 });
    }
  }

  /** At most one batch; empty when there is nothing. Borrowed until the next call. */
  read(): readonly Upcall[] {
    this.#batch.length = 0;
    this.#used = 0;
    this.#ring.drain(this.#limit, (offset) => this.#take(offset));
    return this.#batch;
  }

  #take(offset: number): void {
    const { data, bytes } = this.#ring;
    const at = this.#at;
    const index = this.#batch.length;
    const slot = this.#pool[index]!;
    const key = this.#keys[index]!;
    const captured = data.getUint32(offset + at.captured, true);
    const keyWord = (offset + at.key) >>> 2;
    for (let i = 0; i < KEY_WORDS; i++) key[i] = this.#words[keyWord + i]!;
    slot.reason = UPCALL_REASONS[data.getUint32(offset + at.reason, true)] ?? 'miss';
    slot.inPort = data.getUint32(offset + at.in_port, true) as DpPort;
    slot.fullLength = data.getUint32(offset + at.full_length, true);
    slot.gsoSize = data.getUint32(offset + at.gso_size, true);
    const source = bytes.subarray(offset + at.frame, offset + at.frame + captured);
    if (this.#used + captured > ARENA_BYTES) {
      slot.frame = source.slice();
    } else {
      slot.frame = this.#arena.subarray(this.#used, this.#used + captured);
      slot.frame.set(source);
      this.#used += (captured + 7) & ~7;
    }
    this.#batch.push(slot);
  }

  close(): void {
    this.#ring.close();
  }
}
