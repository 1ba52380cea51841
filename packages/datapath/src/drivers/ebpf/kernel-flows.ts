import { KEY_BYTES, KEY_WORDS, type FlowKey } from '@midonet/flow';
import { mapDelete, mapDeleteBatch, mapLookup, mapNextKey, mapUpdateBatch } from '../../kernel/bpf.ts';
import { allocate, errno, SystemError } from '../../kernel/libc.ts';
import type { FlowSpec } from '../../datapath.ts';
import { FlowCodec, type StoredFlow } from './flow-codec.ts';
import type { GroupPool } from './group-pool.ts';
import type { KernelObjects } from './objects.ts';
import type { Step } from './steps.ts';

const BATCH = 256;

/** The kernel's hash of flows, written and deleted in batches of one system call each. */
export class KernelFlows {
  readonly #fd: number;
  readonly #capacity: number;
  readonly #codec: FlowCodec;
  readonly #groups: GroupPool;
  readonly #keys = allocate(BATCH * KEY_BYTES);
  readonly #keyWords = new Uint32Array(this.#keys.bytes.buffer, 0, BATCH * KEY_WORDS);
  /** Views of the batch's keys. */
  readonly #key: readonly Uint32Array[];
  readonly #values;
  #staged = 0;

  constructor(objects: KernelObjects, groups: GroupPool) {
    this.#fd = objects.map('flows');
    this.#capacity = objects.capacity;
    this.#codec = new FlowCodec(objects);
    this.#groups = groups;
    this.#values = allocate(BATCH * this.#codec.size);
    this.#key = Array.from({ length: BATCH }, (_, i) => this.#keyWords.subarray(i * KEY_WORDS, (i + 1) * KEY_WORDS));
  }

  /** A number no flow of this table had. */
  nextGeneration(): number {
    return this.#codec.nextGeneration();
  }

  /** The next key of the batch, to be written by the caller before it calls stage(). */
  get $nextKey(): Uint32Array {
    if (this.#staged === BATCH) this.flush();
    return this.#key[this.#staged]!;
  }

  /** Takes the flow whose key is in `$nextKey` into the batch. */
  stage(flow: {
    readonly slot: number;
    readonly generation: number;
    readonly group: number;
    readonly putNs: number;
    readonly spec: FlowSpec;
    readonly steps: readonly Step[];
    readonly opens: number;
  }): void {
    this.#codec.write(this.#values.view, this.#staged * this.#codec.size, flow);
    this.#staged++;
  }

  /** Writes what is staged. */
  flush(): void {
    const count = this.#staged;
    if (count === 0) return;
    this.#staged = 0;
    const batch = { fd: this.#fd, keys: this.#keys.address, values: this.#values.address, count };
    if (mapUpdateBatch(batch) !== count) throw new SystemError('storing flows', errno());
  }

  /** Deletes the flows in `slots`, whose keys are in `keys` by slot. */
  delete(slots: readonly number[], keys: Uint32Array): void {
    this.flush();
    for (let from = 0; from < slots.length; from += BATCH) {
      const count = Math.min(BATCH, slots.length - from);
      for (let i = 0; i < count; i++) {
        const base = slots[from + i]! * KEY_WORDS;
        for (let word = 0; word < KEY_WORDS; word++) this.#keyWords[i * KEY_WORDS + word] = keys[base + word]!;
      }
      this.#deleteStaged(count);
    }
  }

  /** A batch stops at a key that is not there; the rest goes one by one. */
  #deleteStaged(count: number): void {
    const { address } = this.#keys;
    const done = mapDeleteBatch({ fd: this.#fd, keys: address, values: 0n, count });
    for (let i = done; i < count; i++) mapDelete(this.#fd, address + BigInt(i * KEY_BYTES));
  }

  /** Deletes the flow of a key alone. */
  deleteKey($key: Uint32Array): void {
    this.flush();
    this.#keyWords.set($key);
    mapDelete(this.#fd, this.#keys.address);
  }

  /** What the kernel has under a key; `$key` is at `at` in `keys`. */
  read(keys: Uint32Array, at: number): StoredFlow | undefined {
    this.flush();
    this.#keyWords.set(keys.subarray(at, at + KEY_WORDS));
    if (mapLookup(this.#fd, this.#keys.address, this.#values.address) < 0) return undefined;
    return this.#codec.read(this.#values.view, 0, this.#key[0] as FlowKey, this.#groups);
  }

  /** Calls `take` for all flows; `$key` (mask number included) is borrowed. */
  forEach(take: (flow: StoredFlow, $key: Uint32Array) => void): void {
    const [current, next] = [allocate(KEY_BYTES), allocate(KEY_BYTES)];
    const $key = new Uint32Array(next.bytes.buffer, 0, KEY_WORDS);
    let previous = 0n;
    for (let left = this.#capacity; left > 0 && mapNextKey(this.#fd, previous, next.address) === 0; left--) {
      current.bytes.set(next.bytes);
      previous = current.address;
      if (mapLookup(this.#fd, next.address, this.#values.address) < 0) continue;
      take(this.#codec.read(this.#values.view, 0, $key as FlowKey, this.#groups), $key);
    }
  }
}
