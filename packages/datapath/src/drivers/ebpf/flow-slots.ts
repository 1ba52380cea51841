import type { FlowId } from '../../datapath.ts';

/** FlowId = generation · 2^22 + slot; a generation keeps the id a safe integer. */
const SLOT_RANGE = 1 << 22;
const GENERATIONS = 2 ** 31;

/** What user space looks at when it walks over all flows; everything else is in the kernel. */
export type SlotFlow = {
  readonly generation: number;
  readonly maskId: number;
  /** Datapath port the flow's packets come in by; 0 when it takes those of several. */
  readonly inPort: number;
  /** Step list in the group pool; 0 when there is one step. */
  readonly group: number;
  /** Where the one step sends; 0 for nowhere, or with a group. */
  readonly outPort: number;
  readonly putNs: number;
  readonly idleMs: number;
  readonly hardMs: number;
};

/**
 * The flows of a table as columns, a row a slot. A table of objects costs kilobytes a flow and the
 * garbage collector's time with every new one.
 */
export class FlowSlots {
  readonly #generation: Float64Array;
  readonly #used: Uint8Array;
  readonly #maskId: Uint8Array;
  readonly #inPort: Uint16Array;
  readonly #outPort: Uint16Array;
  readonly #group: Uint16Array;
  readonly #putNs: Float64Array;
  readonly #idleMs: Uint32Array;
  readonly #hardMs: Uint32Array;
  /** TCP flags that were told of. */
  readonly #seen: Uint8Array;
  /** Stack of unused slots, the lowest on top. */
  readonly #free: Int32Array;
  #freeCount = 0;
  #end = 0;
  #count = 0;

  constructor(capacity: number) {
    this.#generation = new Float64Array(capacity);
    this.#used = new Uint8Array(capacity);
    this.#maskId = new Uint8Array(capacity);
    this.#inPort = new Uint16Array(capacity);
    this.#outPort = new Uint16Array(capacity);
    this.#group = new Uint16Array(capacity);
    this.#putNs = new Float64Array(capacity);
    this.#idleMs = new Uint32Array(capacity);
    this.#hardMs = new Uint32Array(capacity);
    this.#seen = new Uint8Array(capacity);
    this.#free = new Int32Array(capacity);
    this.settle();
  }

  get size(): number {
    return this.#count;
  }

  /** Slots from here on were never used. */
  get end(): number {
    return this.#end;
  }

  get isFull(): boolean {
    return this.#freeCount === 0;
  }

  /** A free slot, which fill() must take next. */
  take(): number {
    return this.#free[--this.#freeCount]!;
  }

  fill(slot: number, flow: SlotFlow): void {
    this.#used[slot] = 1;
    this.#generation[slot] = flow.generation % GENERATIONS;
    this.#maskId[slot] = flow.maskId;
    this.#inPort[slot] = flow.inPort;
    this.#putNs[slot] = flow.putNs;
    this.#idleMs[slot] = flow.idleMs;
    this.#hardMs[slot] = flow.hardMs;
    this.#seen[slot] = 0;
    this.send(slot, flow.group, flow.outPort);
    this.#count++;
    if (slot >= this.#end) this.#end = slot + 1;
  }

  /** Another destination for the flow in `slot`. */
  send(slot: number, group: number, outPort: number): void {
    this.#group[slot] = group;
    this.#outPort[slot] = outPort;
  }

  /** Other lifetimes for the flow in `slot`. */
  renew(slot: number, putNs: number, spec: { readonly idleMs: number; readonly hardMs: number }): void {
    this.#putNs[slot] = putNs;
    this.#idleMs[slot] = spec.idleMs;
    this.#hardMs[slot] = spec.hardMs;
  }

  /** It goes when it rests for so long, if it would not sooner. */
  shorten(slot: number, idleMs: number): void {
    if (this.#idleMs[slot]! > idleMs) this.#idleMs[slot] = idleMs;
  }

  release(slot: number): void {
    this.#used[slot] = 0;
    this.#free[this.#freeCount++] = slot;
    this.#count--;
  }

  /** A slot that was taken and is not to be filled. */
  giveBack(slot: number): void {
    this.#free[this.#freeCount++] = slot;
  }

  get freeCount(): number {
    return this.#freeCount;
  }

  /** Counts the free slots anew, after flows of an earlier process were filled in. */
  settle(): void {
    this.#freeCount = 0;
    for (let slot = this.#used.length - 1; slot >= 0; slot--) {
      if (this.#used[slot] === 0) this.#free[this.#freeCount++] = slot;
    }
  }

  isUsed(slot: number): boolean {
    return this.#used[slot] === 1;
  }

  id(slot: number): FlowId {
    return (this.#generation[slot]! * SLOT_RANGE + slot) as FlowId;
  }

  /** Slot of a flow that is there, or -1. */
  slotOf(id: FlowId): number {
    const slot = id % SLOT_RANGE;
    return this.#used[slot] === 1 && this.id(slot) === id ? slot : -1;
  }

  maskId(slot: number): number {
    return this.#maskId[slot]!;
  }

  inPort(slot: number): number {
    return this.#inPort[slot]!;
  }

  outPort(slot: number): number {
    return this.#outPort[slot]!;
  }

  group(slot: number): number {
    return this.#group[slot]!;
  }

  generation(slot: number): number {
    return this.#generation[slot]!;
  }

  putNs(slot: number): number {
    return this.#putNs[slot]!;
  }

  /** True the first time that the flow has one of these flags. */
  sees(slot: number, flags: number): boolean {
    if ((flags & ~this.#seen[slot]!) === 0) return false;
    this.#seen[slot]! |= flags;
    return true;
  }

  /** Why a flow's time is over at `now`, when it is. */
  expired(slot: number, now: number, lastUsedNs: number): 'idle' | 'hard' | undefined {
    const hardMs = this.#hardMs[slot]!;
    if (hardMs > 0 && now - this.#putNs[slot]! >= hardMs * 1e6) return 'hard';
    const idleMs = this.#idleMs[slot]!;
    return idleMs > 0 && now - lastUsedNs >= idleMs * 1e6 ? 'idle' : undefined;
  }
}
