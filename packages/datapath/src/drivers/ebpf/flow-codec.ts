import { ETHERTYPE_IPV6, getField, type FlowKey } from '@midonet/flow';
import type { FlowSpec } from '../../datapath.ts';
import { structOf } from './artefact.ts';
import type { GroupPool } from './group-pool.ts';
import type { KernelObjects } from './objects.ts';
import { StepCodec } from './step-codec.ts';
import type { Step } from './steps.ts';

export type StoredFlow = {
  readonly slot: number;
  readonly generation: number;
  readonly group: number;
  readonly putNs: number;
  readonly ttlAbove: number;
  readonly mtu: number;
  readonly idleMs: number;
  readonly hardMs: number;
  readonly cookie: number;
  /** Number of its template; 0: none. */
  readonly opens: number;
  readonly steps: readonly Step[];
};

/** Writes and reads struct flow. */
export class FlowCodec {
  readonly size: number;
  readonly #at;
  readonly #steps: StepCodec;
  readonly #config: DataView;
  readonly #generationAt: number;

  constructor(objects: KernelObjects) {
    const { artefact } = objects;
    this.#at = structOf(artefact, 'flow', [
      'slot',
      'generation',
      'mtu',
      'ttl_above',
      'steps',
      'group',
      'idle_ms',
      'hard_ms',
      'opens',
      'put_ns',
      'cookie',
      'first',
    ]);
    this.size = this.#at.size;
    this.#steps = new StepCodec(artefact);
    this.#config = objects.shared('config').view;
    this.#generationAt = structOf(artefact, 'config', ['next_generation']).next_generation;
  }

  /** A number no flow of this table had, in this process or an earlier one. */
  nextGeneration(): number {
    const at = this.#generationAt;
    // Two words: this runs for every new flow, and big numbers are objects.
    const low = (this.#config.getUint32(at, true) + 1) >>> 0;
    if (low === 0) this.#config.setUint32(at + 4, this.#config.getUint32(at + 4, true) + 1, true);
    this.#config.setUint32(at, low, true);
    return low;
  }

  write(
    view: DataView,
    base: number,
    flow: {
      readonly slot: number;
      readonly generation: number;
      readonly group: number;
      readonly putNs: number;
      readonly spec: FlowSpec;
      readonly steps: readonly Step[];
      readonly opens: number;
    },
  ): void {
    const at = this.#at;
    const { spec, steps } = flow;
    view.setUint32(base + at.slot, flow.slot, true);
    view.setUint32(base + at.generation, flow.generation % 0x1_0000_0000, true);
    view.setUint16(base + at.mtu, Math.min(spec.mtu, 0xffff), true);
    view.setUint8(base + at.ttl_above, Math.min(spec.ttlAbove, 255));
    view.setUint8(base + at.steps, steps.length);
    view.setUint32(base + at.group, flow.group, true);
    view.setUint32(base + at.idle_ms, Math.min(spec.idleMs, 0xffffffff), true);
    view.setUint32(base + at.hard_ms, Math.min(spec.hardMs, 0xffffffff), true);
    view.setUint32(base + at.opens, flow.opens, true);
    view.setFloat64(base + at.put_ns, flow.putNs, true);
    view.setFloat64(base + at.cookie, spec.cookie, true);
    const first = steps[0];
    if (first !== undefined) this.#steps.write(view, base + at.first, first);
  }

  /** `key` tells the family of address rewrites; `groups` has the steps when there are several. */
  read(view: DataView, base: number, key: FlowKey, groups: GroupPool): StoredFlow {
    const at = this.#at;
    const count = view.getUint8(base + at.steps);
    const group = view.getUint32(base + at.group, true);
    const is6 = getField(key, 'ethType') === ETHERTYPE_IPV6;
    return {
      slot: view.getUint32(base + at.slot, true),
      generation: view.getUint32(base + at.generation, true),
      group,
      putNs: view.getFloat64(base + at.put_ns, true),
      ttlAbove: view.getUint8(base + at.ttl_above),
      mtu: view.getUint16(base + at.mtu, true),
      idleMs: view.getUint32(base + at.idle_ms, true),
      hardMs: view.getUint32(base + at.hard_ms, true),
      cookie: view.getFloat64(base + at.cookie, true),
      opens: view.getUint32(base + at.opens, true),
      steps: count > 1 ? groups.read(group, count, is6) : [this.#steps.read(view, base + at.first, is6)],
    };
  }
}
