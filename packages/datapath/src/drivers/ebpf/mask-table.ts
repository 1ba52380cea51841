import { KEY_WORDS, type FlowMask } from '@midonet/flow';
import { structOf } from './artefact.ts';
import { MAX_MASKS, MAX_PORTS, type KernelObjects } from './objects.ts';

const SHAPE_WORDS = KEY_WORDS - 1;

/**
 * The mask shapes in use, by number, and for each port the list of shapes that its flows have: a
 * packet tries only those. Shapes that do not match the in-port exactly are on every port's list.
 */
export class MaskTable {
  readonly #shared: Uint32Array;
  readonly #ports: DataView;
  readonly #at;
  /** The shapes as they were put, last word included; a dump gives them back. */
  readonly #masks: (FlowMask | undefined)[] = [];
  readonly #references = new Uint32Array(MAX_MASKS);
  readonly #portReferences = new Uint32Array(MAX_PORTS * MAX_MASKS);
  #last = 0;

  constructor(objects: KernelObjects) {
    const memory = objects.shared('masks');
    this.#shared = new Uint32Array(memory.bytes.buffer, 0, MAX_MASKS * KEY_WORDS);
    this.#ports = objects.shared('ports').view;
    this.#at = structOf(objects.artefact, 'port', ['masks', 'mask']);
  }

  /** Shape `id`; not to be changed. */
  mask(id: number): FlowMask {
    return (this.#masks[id] ??= this.#shared.slice(id * KEY_WORDS, (id + 1) * KEY_WORDS) as FlowMask);
  }

  /** Number of the shape, taking a free one when it is new; -1 when none is free. */
  find(mask: FlowMask): number {
    if (this.#references[this.#last]! > 0 && this.#same(this.#last, mask)) return this.#last;
    let free = -1;
    for (let id = 0; id < MAX_MASKS; id++) {
      if (this.#references[id] === 0) {
        if (free < 0) free = id;
      } else if (this.#same(id, mask)) {
        return (this.#last = id);
      }
    }
    if (free >= 0) {
      this.#masks[free] = mask.slice() as FlowMask;
      this.#shared.set(mask.subarray(0, SHAPE_WORDS), free * KEY_WORDS);
      this.#shared[free * KEY_WORDS + SHAPE_WORDS] = 0;
    }
    return free;
  }

  /** A flow of in-port `port` uses the shape from now on. */
  retain(id: number, port: number): void {
    this.#references[id]!++;
    if (!this.#hasPort(id)) {
      if (this.#references[id] === 1) for (let other = 0; other < MAX_PORTS; other++) this.#list(other, id);
    } else if (this.#portReferences[port * MAX_MASKS + id]!++ === 0) this.#list(port, id);
  }

  release(id: number, port: number): void {
    this.#references[id]!--;
    if (!this.#hasPort(id)) {
      if (this.#references[id] === 0) for (let other = 0; other < MAX_PORTS; other++) this.#unlist(other, id);
    } else if (--this.#portReferences[port * MAX_MASKS + id]! === 0) this.#unlist(port, id);
  }

  /** Takes shapes without flows off all lists: once, after the flows of an earlier process were counted. */
  settle(): void {
    for (let port = 0; port < MAX_PORTS; port++) {
      const count = this.#ports.getUint32(port * this.#at.size + this.#at.masks, true);
      for (let i = count - 1; i >= 0; i--) {
        const id = this.#ports.getUint8(port * this.#at.size + this.#at.mask + i);
        const used = this.#hasPort(id) ? this.#portReferences[port * MAX_MASKS + id]! : this.#references[id]!;
        if (used === 0) this.#unlist(port, id);
      }
    }
  }

  #hasPort(id: number): boolean {
    return this.#shared[id * KEY_WORDS] === 0xffffffff;
  }

  #same(id: number, mask: FlowMask): boolean {
    const base = id * KEY_WORDS;
    for (let i = 0; i < SHAPE_WORDS; i++) if (this.#shared[base + i] !== mask[i]) return false;
    return true;
  }

  #list(port: number, id: number): void {
    const base = port * this.#at.size;
    const count = this.#ports.getUint32(base + this.#at.masks, true);
    for (let i = 0; i < count; i++) if (this.#ports.getUint8(base + this.#at.mask + i) === id) return;
    this.#ports.setUint8(base + this.#at.mask + count, id);
    this.#ports.setUint32(base + this.#at.masks, count + 1, true);
  }

  #unlist(port: number, id: number): void {
    const base = port * this.#at.size;
    const count = this.#ports.getUint32(base + this.#at.masks, true);
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const other = this.#ports.getUint8(base + this.#at.mask + i);
      if (other !== id) this.#ports.setUint8(base + this.#at.mask + kept++, other);
    }
    this.#ports.setUint32(base + this.#at.masks, kept, true);
  }
}
