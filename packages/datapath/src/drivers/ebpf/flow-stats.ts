import { structOf } from './artefact.ts';
import type { KernelObjects } from './objects.ts';

const HIGH = 0x1_0000_0000;

/** Packets, bytes and time of last use of each flow slot, shared with the programs. */
export class FlowStats {
  readonly #words: Uint32Array;
  readonly #stride: number;
  readonly #packets: number;
  readonly #bytes: number;
  readonly #last: number;
  readonly #flags: number;

  constructor(objects: KernelObjects) {
    const at = structOf(objects.artefact, 'flow_stats', ['packets', 'bytes', 'last_ns', 'tcp_flags']);
    this.#words = new Uint32Array(objects.shared('stats').bytes.buffer);
    this.#stride = at.size / 4;
    this.#packets = at.packets / 4;
    this.#bytes = at.bytes / 4;
    this.#last = at.last_ns / 4;
    this.#flags = at.tcp_flags / 4;
  }

  /** Nanoseconds of CLOCK_MONOTONIC, which the programs stamp with. */
  now(): number {
    return Number(process.hrtime.bigint());
  }

  reset(slot: number): void {
    this.#words.fill(0, slot * this.#stride, (slot + 1) * this.#stride);
  }

  lastNs(slot: number): number {
    return this.#at(slot * this.#stride + this.#last);
  }

  tcpFlags(slot: number): number {
    return this.#words[slot * this.#stride + this.#flags]!;
  }

  read(slot: number): { packets: number; bytes: number } {
    const base = slot * this.#stride;
    return { packets: this.#at(base + this.#packets), bytes: this.#at(base + this.#bytes) };
  }

  #at(word: number): number {
    return this.#words[word]! + this.#words[word + 1]! * HIGH;
  }
}
