import type { Datapath, Execute, FlowGone, FlowId, FlowSpec, FlowUsage, PutResult } from '@midonet/datapath';
import {
  connectionTag,
  emptyMask,
  isConnectionTag,
  type FlowAction,
  type FlowKey,
  type FlowMask,
  type Found,
  type Tag,
} from '@midonet/flow';
import { splitOutputs } from '../upcalls/translate.ts';
import { addTo, CountedFlows, type Count } from './counted-flows.ts';
import { FlowTable, type ConnectionEnds, type Invalidation, type MadeFlow } from './flow-table.ts';

/** A flow on its way into the datapath, and the packet that asked for it. */
export type FlowRequest = {
  readonly spec: FlowSpec;
  readonly tags: readonly Tag[];
  readonly packet: Execute | undefined;
  /** Connections whose packets the flow carries. */
  readonly connections?: readonly Found[] | undefined;
  /** Where the packets count that the flow takes: why it drops them, whose copies it loses, what rules applied. */
  readonly counts?: readonly Count[] | undefined;
  readonly onStored?: ((id: FlowId) => void) | undefined;
};

const NO_COUNTS: readonly Count[] = [];

export type FlowWriterCounters = {
  installed: number;
  replaced: number;
  refused: number;
  invalidated: number;
  /** By the datapath itself. */
  made: number;
  executed: number;
};

/**
 * Puts flows and packets into the datapath in batches, flows first, and keeps the table of what
 * depends on what in step. Between a simulation and its put nothing else runs, and what changes
 * inside a batch is first written and then taken out again: no stale flow can stay.
 */
export class FlowWriter {
  readonly table = new FlowTable();
  readonly counted: CountedFlows;
  readonly counters: FlowWriterCounters = {
    installed: 0,
    replaced: 0,
    refused: 0,
    invalidated: 0,
    made: 0,
    executed: 0,
  };
  readonly #datapath: () => Datapath;
  /** How long ago a flow that goes was used, for the connections whose packets it carried. */
  onUsed: ((connections: readonly Found[], usage: FlowUsage) => void) | undefined;
  readonly #templates = new Set<FlowId>();
  /** Connection tags of flows that are not written yet. */
  readonly #unwritten = new Set<Tag>();
  #requests: FlowRequest[] = [];
  #packets: Execute[] = [];
  /** Ids that went while a put was under way: their records must not be made. */
  #goneMeanwhile: Set<FlowId> | undefined;

  constructor(datapath: () => Datapath) {
    this.#datapath = datapath;
    this.counted = new CountedFlows((id) => datapath().usage(id));
  }

  add(request: FlowRequest): void {
    this.#requests.push(request);
    for (const tag of request.tags) if (isConnectionTag(tag)) this.#unwritten.add(tag);
  }

  /** True when some flow, written or not, depends on a connection being there, or not. */
  usesConnection(connection: ConnectionEnds): boolean {
    if (this.table.usesConnection(connection)) return true;
    if (this.#unwritten.size === 0) return false;
    const { device, original, reply } = connection;
    return this.#unwritten.has(connectionTag(device, original)) || this.#unwritten.has(connectionTag(device, reply));
  }

  /** What flows that depend on a connection, and perhaps one or two of others, have carried, and of which. */
  *usages(of: ConnectionEnds): Generator<{ readonly usage: FlowUsage; readonly connections: readonly Found[] }> {
    for (const id of this.table.ofConnection(of)) {
      const usage = this.#datapath().usage(id);
      if (usage !== undefined) yield { usage, connections: this.table.connectionsOf(id) };
    }
  }

  /** The datapath made a flow by itself. */
  made(flow: MadeFlow, counts: readonly Count[]): void {
    this.counters.made++;
    this.table.setMade(flow);
    this.counted.set(flow.id, counts);
  }

  /** Removes flows, known or not. */
  drop(ids: readonly FlowId[]): void {
    for (const id of ids) this.table.remove(id);
    this.#delete(ids);
  }

  /** Sends a packet without a flow. */
  send(packet: Execute): void {
    if (packet.actions === 'lookup') {
      this.#packets.push(packet);
      return;
    }
    const max = this.#datapath().capabilities.maxOutputs;
    for (const actions of splitOutputs(packet.actions, max)) this.#packets.push({ ...packet, actions });
  }

  flush(): void {
    if (this.#requests.length > 0) this.#put();
    if (this.#packets.length === 0) return;
    const packets = this.#packets;
    this.#packets = [];
    this.counters.executed += packets.length;
    this.#datapath().execute(packets);
  }

  /** Removes exactly the flows that depend on what changed. */
  invalidate(invalidation: Invalidation): number {
    if (this.#requests.length > 0) this.#put();
    const ids = this.table.take(invalidation, (id, connections) => {
      const usage = this.#datapath().usage(id);
      if (usage !== undefined) this.onUsed?.(connections, usage);
    });
    const isTemplate = ids.some((id) => this.#templates.has(id));
    this.#delete(ids);
    this.counters.invalidated += ids.length;
    // What a template made a moment ago is out of date like itself.
    if (isTemplate) this.#datapath().drainOpened();
    return ids.length;
  }

  /** Removes all flows that are known. */
  forgetAll(): void {
    this.drop([...this.table.ids()]);
  }

  #delete(ids: readonly FlowId[]): void {
    if (ids.length === 0) return;
    for (const id of ids) {
      this.counted.gone(id);
      this.#templates.delete(id);
    }
    this.#datapath().delete(ids);
  }

  /** The driver removed flows on its own. */
  gone(flows: Iterable<FlowGone>): void {
    for (const { id, ...usage } of flows) {
      const connections = this.table.connectionsOf(id);
      if (connections.length > 0) this.onUsed?.(connections, usage);
      this.counted.gone(id, usage);
      this.#templates.delete(id);
      this.table.remove(id);
      this.#goneMeanwhile?.add(id);
    }
  }

  #put(): void {
    const requests = this.#requests;
    this.#requests = [];
    this.#unwritten.clear();
    const gone = new Set<FlowId>();
    this.#goneMeanwhile = gone;
    const datapath = this.#datapath();
    const { maskedFlows } = datapath.capabilities;
    const specs = requests.map(({ spec }) => (maskedFlows ? spec : exact(spec)));
    const results = datapath.put(specs);
    for (const [i, request] of requests.entries()) this.#note(request, results[i], gone);
    this.#goneMeanwhile = undefined;
  }

  #note(request: FlowRequest, result: PutResult | undefined, gone: ReadonlySet<FlowId>): void {
    let answer = result;
    if (request.spec.template !== undefined && answer?.kind !== 'stored') return;
    if (answer?.kind === 'refused' && answer.reason === 'tooManyMasks') {
      answer = this.#datapath().put([exact(request.spec)])[0];
    }
    const { packet } = request;
    if (answer === undefined || answer.kind === 'refused') {
      this.counters.refused++;
      if (packet === undefined || request.spec.actions.length === 0) return;
      // What was to be counted by the flow.
      if (packet.actions === 'lookup') addTo(request.counts ?? NO_COUNTS, 1, packet.frame.length);
      this.send({ ...packet, actions: request.spec.actions });
      return;
    }
    if (answer.kind === 'stored') this.counters.installed++;
    else this.counters.replaced++;
    if (!gone.has(answer.id)) {
      this.table.set({ id: answer.id, tags: request.tags, connections: request.connections });
      request.onStored?.(answer.id);
      if (request.spec.template !== undefined) this.#templates.add(answer.id);
      const counts = request.counts ?? NO_COUNTS;
      if (answer.kind === 'stored') this.counted.set(answer.id, counts);
      else this.counted.replace(answer.id, counts);
    }
    if (packet !== undefined) this.send(packet);
  }
}

/** The same flow for this one packet's key alone; what no field can tell stays out of the mask. */
export function exact(spec: FlowSpec): FlowSpec {
  const mask = emptyMask();
  mask.fill(0xffffffff);
  return { ...spec, mask };
}

/** A flow's key with only the bits that its mask keeps. */
export function maskedKey(key: FlowKey, mask: FlowMask): FlowKey {
  const masked = key.slice() as FlowKey;
  for (let i = 0; i < masked.length; i++) masked[i] = (masked[i] ?? 0) & (mask[i] ?? 0);
  return masked;
}

export const NO_ACTIONS: readonly FlowAction[] = [];
