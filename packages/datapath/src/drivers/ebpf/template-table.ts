import { KEY_LAYOUT, KEY_WORDS, type FlowMask } from '@midonet/flow';
import type { FlowSpec, FlowTemplate } from '../../datapath.ts';
import { mapDelete, mapNextKey, mapUpdate } from '../../kernel/bpf.ts';
import { allocate, errno, SystemError } from '../../kernel/libc.ts';
import { structOf } from './artefact.ts';
import { FlowCodec } from './flow-codec.ts';
import { MAX_TEMPLATES, type KernelObjects } from './objects.ts';
import { NumberPool } from './number-pool.ts';
import { writeAddress } from './step-codec.ts';
import { outPortOf, type Step } from './steps.ts';

/** What user space must know of a template, by its token and by its slot. */
export type TemplateEntry = {
  readonly slot: number;
  readonly kind: FlowTemplate['kind'];
  readonly token: number;
  /** Shape of the flows it makes. */
  readonly ownMask: number;
  readonly idleMs: number;
  readonly outPort: number;
  /** Of `templates`, where it opens; 0 otherwise. */
  readonly number: number;
  /** Of `answers`, where it answers. */
  readonly answerKey: Uint8Array | undefined;
};

/** Where the number of a member stands in keys of flows that open. */
const MEMBER_WORD = KEY_LAYOUT.icmpId.word;
const MEMBER_BITS = 0xffff;

const TELL = { here: 1, peer: 2 } as const;

/** Templates: the programs' maps of them, and which slots they have. */
export class TemplateTable {
  readonly #objects: KernelObjects;
  readonly #flows: FlowCodec;
  readonly #view: DataView;
  readonly #at;
  readonly #answerAt;
  readonly #answerKey;
  readonly #key;
  readonly #value;
  readonly #numbers = new NumberPool(MAX_TEMPLATES);
  readonly #bySlot = new Map<number, TemplateEntry>();
  readonly #byToken = new Map<number, TemplateEntry>();

  constructor(objects: KernelObjects) {
    const { artefact } = objects;
    this.#objects = objects;
    this.#flows = new FlowCodec(objects);
    this.#view = objects.shared('templates').view;
    this.#at = structOf(artefact, 'template', [
      'token',
      'mask',
      'idle_ms',
      'tell',
      'class',
      'source',
      'choices',
      'choice_mask',
      'base',
      'dst_port',
    ]);
    this.#answerAt = structOf(artefact, 'answer', ['key', 'flow', 'token']);
    this.#answerKey = structOf(artefact, 'answer_key', ['peer', 'class']);
    this.#key = allocate(this.#answerKey.size);
    this.#value = allocate(this.#answerAt.size);
  }

  get isFull(): boolean {
    return this.#numbers.isEmpty || this.#bySlot.size >= MAX_TEMPLATES - 1;
  }

  at(slot: number): TemplateEntry | undefined {
    return this.#bySlot.size === 0 ? undefined : this.#bySlot.get(slot);
  }

  ofToken(token: number): TemplateEntry | undefined {
    return this.#byToken.get(token);
  }

  /** Number of a template that opens, whose flow must name it. Not when it `isFull`. */
  opens(
    slot: number,
    template: FlowTemplate & { readonly kind: 'opens' },
    ownMask: number,
    steps: readonly Step[],
  ): number {
    const number = this.#numbers.take() ?? 0;
    const base = number * this.#at.size;
    this.#view.setUint32(base + this.#at.token, template.token, true);
    this.#view.setUint32(base + this.#at.mask, ownMask, true);
    this.#view.setUint32(base + this.#at.idle_ms, template.idleMs, true);
    this.#view.setUint32(base + this.#at.tell, TELL[template.tell], true);
    this.#view.setUint32(base + this.#at.class, template.class, true);
    this.#view.setUint32(base + this.#at.source, template.source?.number ?? 0, true);
    this.#view.setUint32(base + this.#at.choices, 0, true);
    this.#add({ slot, ...partsOf(template, ownMask, steps), number, answerKey: undefined });
    return number;
  }

  /** As `opens`, of one that says which other opens: `choiceMask` is the others' shape. */
  chooses(
    slot: number,
    template: FlowTemplate & { readonly kind: 'chooses' },
    choiceMask: number,
    steps: readonly Step[],
  ): number {
    const number = this.#numbers.take() ?? 0;
    const base = number * this.#at.size;
    this.#view.setUint32(base + this.#at.token, template.token, true);
    this.#view.setUint32(base + this.#at.choices, template.choices.number, true);
    this.#view.setUint32(base + this.#at.choice_mask, choiceMask, true);
    this.#view.setUint32(base + this.#at.base, template.hash, true);
    this.#view.setUint32(base + this.#at.dst_port, template.dstPort, true);
    const { kind, token } = template;
    const entry = { slot, kind, token, ownMask: choiceMask, idleMs: 0, outPort: outPortOf(steps) };
    this.#add({ ...entry, number, answerKey: undefined });
    return number;
  }

  /** `$key` is the key of the flows made, masked, without the port, their shape in the last word. */
  answers(
    slot: number,
    template: FlowTemplate & { readonly kind: 'answers' },
    flow: { readonly $key: Uint32Array; readonly spec: FlowSpec; readonly steps: readonly Step[]; putNs: number },
  ): void {
    const at = this.#answerAt;
    this.#writeKey(template);
    const { view, bytes } = this.#value;
    bytes.fill(0);
    for (let word = 0; word < KEY_WORDS; word++) view.setUint32(at.key + word * 4, flow.$key[word]!, true);
    const { spec, steps, putNs } = flow;
    const made = { ...spec, idleMs: template.idleMs, template: undefined };
    this.#flows.write(view, at.flow, { slot, generation: 0, group: 0, putNs, spec: made, steps, opens: 0 });
    view.setUint32(at.token, template.token, true);
    if (mapUpdate(this.#objects.map('answers'), this.#key.address, this.#value.address) < 0) {
      throw new SystemError('storing a template of answers', errno());
    }
    const ownMask = flow.$key[KEY_WORDS - 1]!;
    this.#add({ slot, ...partsOf(template, ownMask, steps), number: 0, answerKey: this.#key.bytes.slice() });
  }

  /** Forgets the template of a slot; the flow of one that opens is the caller's. */
  release(entry: TemplateEntry): void {
    this.#bySlot.delete(entry.slot);
    if (this.#byToken.get(entry.token) === entry) this.#byToken.delete(entry.token);
    if (entry.number !== 0) this.#numbers.give(entry.number);
    if (entry.answerKey === undefined) return;
    this.#key.bytes.set(entry.answerKey);
    mapDelete(this.#objects.map('answers'), this.#key.address);
  }

  /** Removes what an earlier process left. */
  clearAnswers(): void {
    const fd = this.#objects.map('answers');
    for (let left = MAX_TEMPLATES; left > 0 && mapNextKey(fd, 0n, this.#key.address) === 0; left--) {
      mapDelete(fd, this.#key.address);
    }
  }

  /** Stands for a template of answers in the index of keys. */
  static indexKey(template: FlowTemplate & { readonly kind: 'answers' }, $words: Uint32Array): void {
    $words.fill(0);
    const bytes = new DataView(new ArrayBuffer(16));
    if (template.peer !== undefined) writeAddress(bytes, 0, template.peer);
    $words[0] = 0xffff_ffff;
    $words[1] = template.class;
    for (let i = 0; i < 4; i++) $words[2 + i] = bytes.getUint32(i * 4);
    $words[KEY_WORDS - 1] = 0xffff_ffff;
  }

  #writeKey(template: FlowTemplate & { readonly kind: 'answers' }): void {
    const { bytes, view } = this.#key;
    bytes.fill(0);
    if (template.peer !== undefined) writeAddress(view, this.#answerKey.peer, template.peer);
    view.setUint32(this.#answerKey.class, template.class, true);
  }

  #add(entry: TemplateEntry): void {
    this.#bySlot.set(entry.slot, entry);
    this.#byToken.set(entry.token, entry);
  }
}

function partsOf(
  { kind, token, idleMs }: FlowTemplate & { readonly kind: 'opens' | 'answers' },
  ownMask: number,
  steps: readonly Step[],
): Omit<TemplateEntry, 'slot' | 'number' | 'answerKey'> {
  return { kind, token, ownMask, idleMs, outPort: outPortOf(steps) };
}

/** The mask of the flows that a template makes, or chooses among. */
export function ownMaskOf(spec: FlowSpec & { readonly template: FlowTemplate }): FlowMask {
  const mask = spec.mask.slice() as FlowMask;
  const { kind } = spec.template;
  if (kind === 'chooses') mask[MEMBER_WORD]! |= MEMBER_BITS;
  else {
    const { word, shift } = KEY_LAYOUT[kind === 'opens' ? 'l4Src' : 'l4Dst'];
    mask[word]! |= 0xffff << shift;
    mask[MEMBER_WORD]! &= ~MEMBER_BITS;
  }
  return mask;
}

/** The mask of flows of one member each, where there is one. */
export function memberMask(mask: FlowMask, member: number): FlowMask {
  if (member === 0) return mask;
  const own = mask.slice() as FlowMask;
  own[MEMBER_WORD]! |= MEMBER_BITS;
  return own;
}
