import { KEY_LAYOUT, KEY_WORDS, type DpPort, type FlowKey } from '@midonet/flow';
import type {
  DatapathEvents,
  FlowDump,
  FlowGone,
  FlowId,
  FlowSpec,
  FlowTemplate,
  FlowUsage,
  PutResult,
} from '../../datapath.ts';
import { FlowSlots } from './flow-slots.ts';
import { FlowStats } from './flow-stats.ts';
import { GroupPool } from './group-pool.ts';
import { KernelFlows } from './kernel-flows.ts';
import { KeyIndex } from './key-index.ts';
import { MaskTable } from './mask-table.ts';
import { MAX_PORTS, type KernelObjects } from './objects.ts';
import { nthSmallest } from './select.ts';
import { MadeFlows } from './made-flows.ts';
import { actionsOf, compileActions, outPortOf, sendsBy, type Step, type Targets } from './steps.ts';
import { memberMask, ownMaskOf, TemplateTable } from './template-table.ts';

/** A full table looks for this share of its flows to make room with, and removes them a few at a time. */
const EVICTED_SHARE = 16;
const EVICTED_SHARE_AT_ONCE = 256;
/** One sweep looks at so many slots and removes so many flows at most: packets wait meanwhile. */
/** Of connections that began in the kernel, 512 each: all that its ring holds. */
const BATCHES_AT_ONCE = 18;
const SWEEP_SLOTS = 8192;
const SWEEP_REMOVED = 1024;
/**
 * A flow of one connection that is ending goes when it rests for so long: with thousands of connections a
 * second the table would be full of them. One that is still used, half closed, stays.
 */
const CLOSING_IDLE_MS = 5_000;

/** FIN and RST: the connection ends (RFC 9293 3.1). */
const CLOSING = 0x05;

type Why = FlowGone['why'];

const TOO_MANY_MASKS: PutResult = {
  kind: 'refused',
  reason: 'tooManyMasks',
  detail: 'every mask shape is in use by other flows',
};

/** The flows: the kernel's hash, and what user space must know of each. */
export class FlowTable {
  readonly #targets: Targets;
  readonly #events: DatapathEvents;
  readonly #stats: FlowStats;
  readonly #groups: GroupPool;
  readonly #masks: MaskTable;
  readonly #kernel: KernelFlows;
  readonly #index: KeyIndex;
  readonly #slots: FlowSlots;
  readonly #templates: TemplateTable;
  readonly #made: MadeFlows;
  readonly #$ages: Float64Array;
  /** Slots of the least recently used flows, as of when they were looked for; last first. */
  #victims: number[] = [];
  #victimsUsedNs = 0;
  #nowNs = 0;
  #sweepAt = 0;
  evicted = 0;
  expired = 0;

  constructor(objects: KernelObjects, targets: Targets, events: DatapathEvents) {
    this.#targets = targets;
    this.#events = events;
    this.#stats = new FlowStats(objects);
    this.#groups = new GroupPool(objects);
    this.#masks = new MaskTable(objects);
    this.#kernel = new KernelFlows(objects, this.#groups);
    this.#index = new KeyIndex(objects.capacity);
    this.#slots = new FlowSlots(objects.capacity);
    this.#templates = new TemplateTable(objects);
    this.#made = new MadeFlows(objects, {
      stats: this.#stats,
      masks: this.#masks,
      kernel: this.#kernel,
      index: this.#index,
      slots: this.#slots,
      templates: this.#templates,
      makeRoom: () => this.#evict(),
    });
    this.#$ages = new Float64Array(objects.capacity);
    if (objects.origin !== 'new') this.#adopt();
  }

  get size(): number {
    return this.#slots.size;
  }

  put(flows: readonly FlowSpec[]): PutResult[] {
    this.#nowNs = this.#stats.now();
    const results: PutResult[] = [];
    for (const flow of flows) {
      results.push(flow.template === undefined ? this.#stage(flow) : this.#stageTemplate(flow, flow.template));
    }
    this.#kernel.flush();
    return results;
  }

  delete(ids: readonly FlowId[]): void {
    const slots: number[] = [];
    for (const id of new Set(ids)) {
      const slot = this.#slots.slotOf(id);
      if (slot >= 0) slots.push(slot);
    }
    this.#remove(slots);
  }

  dump(): FlowDump[] {
    const now = this.#stats.now();
    const flows: FlowDump[] = [];
    for (let slot = 0; slot < this.#slots.end; slot++) {
      if (!this.#slots.isUsed(slot) || this.#templates.at(slot) !== undefined) continue;
      const stored = this.#kernel.read(this.#index.keys, slot * KEY_WORDS);
      if (stored === undefined) continue;
      const key = this.#index.keys.slice(slot * KEY_WORDS, (slot + 1) * KEY_WORDS) as FlowKey;
      key[KEY_WORDS - 1] = 0;
      const mask = this.#masks.mask(this.#slots.maskId(slot));
      const { ttlAbove, mtu, idleMs, hardMs, cookie, steps } = stored;
      const spec = { key, mask, ttlAbove, mtu, idleMs, hardMs, cookie, actions: actionsOf(steps) };
      const idleForMs = Math.max(0, (now - this.#lastUsed(slot)) / 1e6);
      flows.push({ ...spec, id: this.#slots.id(slot), ...this.#stats.read(slot), idleForMs });
    }
    return flows;
  }

  usage(id: FlowId): FlowUsage | undefined {
    const slot = this.#slots.slotOf(id);
    return slot < 0 ? undefined : this.#usage(slot, this.#stats.now());
  }

  /** Tells of the connections that began in the kernel since. */
  drainOpened(): void {
    // What comes meanwhile waits for the next time: a flood must not hold user space for ever.
    for (let batch = 0; batch < BATCHES_AT_ONCE; batch++) {
      const opened = this.#made.take(this.#stats.now());
      if (opened === undefined) return;
      if (opened.length > 0) this.#events.onOpened?.(opened);
    }
  }

  close(): void {
    this.#made.close();
  }

  /** Goes round the table, a bounded stretch each time. */
  sweep(): void {
    const now = this.#stats.now();
    const { end } = this.#slots;
    const slots: number[] = [];
    const gone: FlowGone[] = [];
    const closing: { readonly id: FlowId; readonly tcpFlags: number }[] = [];
    for (let left = Math.min(end, SWEEP_SLOTS); left > 0 && gone.length < SWEEP_REMOVED; left--) {
      if (this.#sweepAt >= end) this.#sweepAt = 0;
      const slot = this.#sweepAt++;
      if (!this.#slots.isUsed(slot)) continue;
      const why = this.#slots.expired(slot, now, this.#lastUsed(slot));
      if (why !== undefined) {
        slots.push(slot);
        gone.push(this.#gone(slot, why, now));
      } else if (this.#slots.sees(slot, this.#stats.tcpFlags(slot) & CLOSING)) {
        closing.push({ id: this.#slots.id(slot), tcpFlags: this.#stats.tcpFlags(slot) });
        if (this.#isOfOneConnection(slot)) this.#slots.shorten(slot, CLOSING_IDLE_MS);
      }
    }
    this.expired += gone.length;
    this.#remove(slots, gone);
    if (closing.length > 0) this.#events.onFlowsClosing(closing);
  }

  /** Removes the flows that come in by `port` or leave through it. */
  portGone(port: DpPort): void {
    this.drainOpened();
    const slots: number[] = [];
    for (let slot = 0; slot < this.#slots.end; slot++) {
      if (!this.#slots.isUsed(slot)) continue;
      if (this.#slots.inPort(slot) === port || this.#sendsTo(slot, port)) slots.push(slot);
    }
    this.#remove(slots, this.#goneFrom(slots, 'portGone'));
  }

  #sendsTo(slot: number, port: DpPort): boolean {
    if (this.#slots.group(slot) === 0) return this.#slots.outPort(slot) === port;
    const steps = this.#kernel.read(this.#index.keys, slot * KEY_WORDS)?.steps ?? [];
    return steps.some((step) => sendsBy(step, port));
  }

  #isOfOneConnection(slot: number): boolean {
    return this.#masks.mask(this.#slots.maskId(slot))[KEY_LAYOUT.l4Src.word] === 0xffff_ffff;
  }

  #lastUsed(slot: number): number {
    return Math.max(this.#stats.lastNs(slot), this.#slots.putNs(slot));
  }

  #stage(spec: FlowSpec): PutResult {
    const compiled = compileActions(spec.actions, this.#targets);
    if (compiled.kind === 'refused') return compiled;
    const { steps } = compiled;
    const inPort = spec.mask[0] === 0xffffffff ? spec.key[0]! : 0;
    if (inPort >= MAX_PORTS) return { kind: 'refused', reason: 'badPort', detail: `in-port ${inPort} does not exist` };
    const maskId = this.#masks.find(spec.mask);
    if (maskId < 0) return TOO_MANY_MASKS;
    const { $nextKey } = this.#kernel;
    for (let i = 0; i < KEY_WORDS; i++) $nextKey[i] = spec.key[i]! & spec.mask[i]!;
    $nextKey[KEY_WORDS - 1] = maskId;
    const existing = this.#index.find($nextKey);
    if (existing < 0 && this.#slots.isFull) {
      this.#evict();
      return this.#stage(spec);
    }
    const group = steps.length > 1 ? this.#groups.take(steps) : 0;
    if (group < 0) {
      return { kind: 'refused', reason: 'full', detail: 'too many flows with several outputs; at most 1,984' };
    }
    if (existing >= 0) this.#replace(existing, spec, group, steps);
    const slot = existing >= 0 ? existing : this.#add($nextKey, { spec, maskId, inPort, group, steps });
    const generation = this.#slots.generation(slot);
    this.#kernel.stage({ slot, generation, group, putNs: this.#nowNs, spec, steps, opens: 0 });
    return { kind: existing >= 0 ? 'replaced' : 'stored', id: this.#slots.id(slot) };
  }

  /** A template takes the place of another with its key. */
  #stageTemplate(spec: FlowSpec, template: FlowTemplate): PutResult {
    const compiled = compileActions(spec.actions, this.#targets);
    if (compiled.kind === 'refused') return compiled;
    const { steps } = compiled;
    const inPort = spec.mask[0] === 0xffffffff ? spec.key[0]! : 0;
    if (steps.length !== 1 || inPort === 0 || inPort >= MAX_PORTS) {
      return { kind: 'refused', reason: 'unsupported', detail: 'a template has one in-port and one output' };
    }
    if (this.#templates.isFull || this.#slots.isFull) {
      return { kind: 'refused', reason: 'full', detail: 'every template is in use' };
    }
    const ownMask = this.#masks.find(ownMaskOf({ ...spec, template }));
    if (ownMask < 0) return TOO_MANY_MASKS;
    this.#masks.retain(ownMask, inPort);
    const member = template.kind === 'opens' ? (template.member ?? 0) : 0;
    const maskId = template.kind === 'answers' ? ownMask : this.#masks.find(memberMask(spec.mask, member));
    if (maskId < 0) {
      this.#masks.release(ownMask, inPort);
      return TOO_MANY_MASKS;
    }
    const $key = this.#kernel.$nextKey;
    const $own = spec.key.map((word, i) => word & spec.mask[i]!);
    $own[KEY_WORDS - 1] = maskId;
    $own[KEY_LAYOUT.icmpId.word]! |= member;
    if (template.kind === 'answers') TemplateTable.indexKey(template, $key);
    else $key.set($own);
    const existing = this.#index.find($key);
    if (existing >= 0) {
      this.#masks.retain(maskId, inPort);
      this.#remove([existing], this.#goneFrom([existing], 'evicted'));
      this.#masks.release(maskId, inPort);
      this.#masks.release(ownMask, inPort);
      return this.#stageTemplate(spec, template);
    }
    const slot = this.#add($key, { spec, maskId, inPort, group: 0, steps });
    const generation = this.#slots.generation(slot);
    if (template.kind !== 'answers') {
      const opens =
        template.kind === 'opens'
          ? this.#templates.opens(slot, template, ownMask, steps)
          : this.#templates.chooses(slot, template, ownMask, steps);
      this.#kernel.stage({ slot, generation, group: 0, putNs: this.#nowNs, spec, steps, opens });
    } else {
      this.#templates.answers(slot, template, { $key: $own, spec, steps, putNs: this.#nowNs });
    }
    this.#made.stockUp();
    return { kind: 'stored', id: this.#slots.id(slot) };
  }

  #add(
    $key: Uint32Array,
    flow: { spec: FlowSpec; maskId: number; inPort: number; group: number; steps: readonly Step[] },
  ): number {
    const slot = this.#slots.take();
    const { spec, maskId, inPort, group, steps } = flow;
    const { idleMs, hardMs } = spec;
    const generation = this.#kernel.nextGeneration();
    const outPort = outPortOf(steps);
    this.#slots.fill(slot, { generation, maskId, inPort, group, outPort, putNs: this.#nowNs, idleMs, hardMs });
    this.#index.insert(slot, $key);
    this.#masks.retain(maskId, inPort);
    this.#stats.reset(slot);
    return slot;
  }

  #replace(slot: number, spec: FlowSpec, group: number, steps: readonly Step[]): void {
    const before = this.#slots.group(slot);
    if (before !== 0) this.#groups.give(before);
    this.#slots.send(slot, group, outPortOf(steps));
    this.#slots.renew(slot, this.#nowNs, spec);
  }

  /** Takes the flows in `slots` out of the kernel, then out of everything here, then tells. */
  #remove(slots: readonly number[], gone: readonly FlowGone[] = []): void {
    if (slots.length === 0) return;
    const inKernel = slots.filter((slot) => this.#templates.at(slot)?.kind !== 'answers');
    this.#kernel.delete(inKernel, this.#index.keys);
    for (const slot of slots) {
      const template = this.#templates.at(slot);
      if (template !== undefined) {
        this.#templates.release(template);
        this.#masks.release(template.ownMask, this.#slots.inPort(slot));
      }
      const group = this.#slots.group(slot);
      this.#index.remove(slot);
      this.#masks.release(this.#slots.maskId(slot), this.#slots.inPort(slot));
      if (group !== 0) this.#groups.give(group);
      this.#slots.release(slot);
    }
    if (gone.length > 0) this.#events.onFlowsGone(gone);
  }

  #goneFrom(slots: readonly number[], why: Why): FlowGone[] {
    const now = this.#stats.now();
    return slots.map((slot) => this.#gone(slot, why, now));
  }

  #gone(slot: number, why: Why, now: number): FlowGone {
    return { id: this.#slots.id(slot), why, ...this.#usage(slot, now) };
  }

  #usage(slot: number, now: number): FlowUsage {
    const idleForMs = Math.max(0, (now - this.#lastUsed(slot)) / 1e6);
    return { idleForMs, tcpFlags: this.#stats.tcpFlags(slot), ...this.#stats.read(slot) };
  }

  /** Makes room: flows that were among the least recently used and are still as they were. */
  #evict(): void {
    const wanted = Math.ceil(this.#slots.size / EVICTED_SHARE_AT_ONCE);
    const slots: number[] = [];
    while (slots.length < wanted) {
      const slot = this.#victims.pop();
      if (slot === undefined) {
        if (slots.length > 0) break;
        this.#findVictims();
      } else if (this.#slots.isUsed(slot) && this.#lastUsed(slot) <= this.#victimsUsedNs) slots.push(slot);
    }
    this.evicted += slots.length;
    this.#remove(slots, this.#goneFrom(slots, 'evicted'));
  }

  #findVictims(): void {
    const { end, size } = this.#slots;
    const share = Math.max(1, Math.floor(size / EVICTED_SHARE));
    let count = 0;
    for (let slot = 0; slot < end; slot++) {
      if (this.#slots.isUsed(slot)) this.#$ages[count++] = this.#lastUsed(slot);
    }
    this.#victimsUsedNs = nthSmallest(this.#$ages, count, share - 1);
    for (let slot = 0; slot < end && this.#victims.length < share; slot++) {
      if (this.#slots.isUsed(slot) && this.#lastUsed(slot) <= this.#victimsUsedNs) this.#victims.push(slot);
    }
  }

  /** Reads the flows that an earlier process left in the kernel; its templates are of its own making, and go. */
  #adopt(): void {
    this.#templates.clearAnswers();
    const templates: Uint32Array[] = [];
    this.#kernel.forEach(({ opens }, $key) => {
      if (opens !== 0) templates.push($key.slice());
    });
    for (const $key of templates) this.#kernel.deleteKey($key);
    this.#made.forgetStock();
    this.#kernel.forEach((flow, $key) => {
      const { slot, group, steps } = flow;
      const maskId = $key[KEY_WORDS - 1]!;
      const inPort = this.#masks.mask(maskId)[0] === 0xffffffff ? $key[0]! : 0;
      this.#slots.fill(slot, { ...flow, maskId, inPort, outPort: outPortOf(steps) });
      this.#index.insert(slot, $key);
      this.#masks.retain(maskId, inPort);
      if (group !== 0) this.#groups.claim(group);
    });
    this.#masks.settle();
    this.#slots.settle();
  }
}
