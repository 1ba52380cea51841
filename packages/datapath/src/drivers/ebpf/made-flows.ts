import { KEY_WORDS } from '@midonet/flow';
import type { FlowId, Opened } from '../../datapath.ts';
import type { FlowSlots } from './flow-slots.ts';
import type { FlowStats } from './flow-stats.ts';
import type { KernelFlows } from './kernel-flows.ts';
import type { KeyIndex } from './key-index.ts';
import type { MaskTable } from './mask-table.ts';
import type { KernelObjects } from './objects.ts';
import { OpenedReader, type OpenedRecord } from './opened-reader.ts';
import { Stock } from './stock.ts';
import type { TemplateTable } from './template-table.ts';

export type MadeFlowsModules = {
  readonly stats: FlowStats;
  readonly masks: MaskTable;
  readonly kernel: KernelFlows;
  readonly index: KeyIndex;
  readonly slots: FlowSlots;
  readonly templates: TemplateTable;
  /** Removes flows that were not used lately, a few. */
  readonly makeRoom: () => void;
};

/** Connections that may begin before user space looks again; a share of a small table. */
const STOCKED = 1024;
const STOCKED_SHARE = 8;
const BATCH = 512;

/**
 * Flows that the programs made themselves. They have no memory to get: a stock of free slots is kept
 * for them, and each slot taken comes back with the record that tells what for.
 */
export class MadeFlows {
  readonly #modules: MadeFlowsModules;
  readonly #reader: OpenedReader;
  /** Of earlier programs, which tell until the last interface is switched over. */
  readonly #earlier: OpenedReader | undefined;
  readonly #stock: Stock;
  readonly #stocked: Uint8Array;
  readonly #wanted: number;
  #isStocked = false;

  constructor(objects: KernelObjects, modules: MadeFlowsModules) {
    this.#modules = modules;
    this.#reader = new OpenedReader(objects);
    const { earlierOpened } = objects;
    this.#earlier = earlierOpened === undefined ? undefined : new OpenedReader(objects, earlierOpened);
    this.#stock = new Stock(objects.artefact, objects.shared('free_slots'), 0);
    this.#stocked = new Uint8Array(objects.capacity);
    this.#wanted = Math.min(STOCKED, Math.floor(objects.capacity / STOCKED_SHARE));
  }

  /** Gives the programs slots, from the first template on. */
  stockUp(): void {
    this.#isStocked = true;
    const { slots, stats } = this.#modules;
    // Never the last ones: what is put by name goes first.
    if (slots.freeCount <= this.#wanted * 2) this.#modules.makeRoom();
    while (this.#stock.count < this.#wanted && slots.freeCount > this.#wanted) {
      const slot = slots.take();
      stats.reset(slot);
      this.#stocked[slot] = 1;
      this.#stock.give(slot);
    }
  }

  /** The stock of an earlier process: its slots are free like all others. */
  forgetStock(): void {
    this.#stock.clear();
  }

  /** A batch of what the programs told, each flow made taken into the table; undefined when there is nothing. */
  take(nowNs: number): Opened[] | undefined {
    const opened: Opened[] = [];
    const earlier = this.#earlier?.read(BATCH) ?? [];
    const isEarlier = earlier.length > 0;
    const records = isEarlier ? earlier : this.#reader.read(BATCH);
    if (records.length === 0) return undefined;
    for (const record of records) {
      const flow = isEarlier ? this.#adopted(record) : this.#flow(record, nowNs);
      // A port that was taken for a connection that did not begin is given back.
      if (record.kind === 'not' && record.chosen === 0) continue;
      const { kind, token, peer, port, chosen, tcpFlags } = record;
      opened.push({ kind, token, flow, class: record.class, peer, port, chosen, tcpFlags });
    }
    if (this.#isStocked) this.stockUp();
    return opened;
  }

  close(): void {
    this.#reader.close();
    this.#earlier?.close();
  }

  /** Its slot is one of the earlier table's: only what was copied from there is here. */
  #adopted({ kind, token, slot, key }: OpenedRecord): FlowId | undefined {
    const { index, slots } = this.#modules;
    if (kind === 'not' || token === 0 || slot === undefined || index.find(key) !== slot) return undefined;
    return slots.id(slot);
  }

  #flow({ kind, token, slot, key }: OpenedRecord, putNs: number): FlowId | undefined {
    if (slot === undefined) return undefined;
    const { index, slots, masks, templates, kernel } = this.#modules;
    const isOurs = this.#stocked[slot] === 1;
    this.#stocked[slot] = 0;
    const existing = kind === 'not' || token === 0 ? -1 : index.find(key);
    // Made before a restart, and adopted.
    if (existing === slot) return slots.id(slot);
    if (!isOurs) return undefined;
    if (kind === 'not' || token === 0 || existing >= 0) {
      slots.giveBack(slot);
      return undefined;
    }
    const entry = templates.ofToken(token);
    const maskId = key[KEY_WORDS - 1]!;
    const inPort = masks.mask(maskId)[0] === 0xffffffff ? key[0]! : 0;
    const generation = kernel.nextGeneration();
    const [idleMs, outPort] = [entry?.idleMs ?? 1, entry?.outPort ?? 0];
    slots.fill(slot, { generation, maskId, inPort, group: 0, outPort, putNs, idleMs, hardMs: 0 });
    index.insert(slot, key);
    masks.retain(maskId, inPort);
    return slots.id(slot);
  }
}
