import type { DpPort } from '@midonet/flow';
import type { IpAddress } from '@midonet/packet';
import {
  DatapathError,
  type Capabilities,
  type Datapath,
  type DatapathCounters,
  type DatapathEvents,
  type DatapathPort,
  type Execute,
  type FlowDump,
  type FlowGone,
  type FlowId,
  type FlowSpec,
  type FlowUsage,
  type PortCounters,
  type PortLimits,
  type PortSpec,
  type PutResult,
} from '../../datapath.ts';
import { refusal } from './action-check.ts';
import type { MemoryEngine } from './engine.ts';
import type { FlowEntry } from './flow-entry.ts';
import type { MemorySettings } from './options.ts';
import { describePort, type MemoryPort } from './port-table.ts';

/** As the kernel drivers have room for. */
const MAX_PEERS = 65_536;

export class MemoryDatapath implements Datapath {
  readonly capabilities: Capabilities;
  readonly #engine: MemoryEngine;
  readonly #events: DatapathEvents;
  #open = true;

  constructor(engine: MemoryEngine, events: DatapathEvents) {
    this.#engine = engine;
    this.#events = events;
    this.capabilities = capabilitiesOf(engine.settings);
  }

  addPort(spec: PortSpec): DatapathPort {
    return describePort(this.#engine.ports.add(spec));
  }

  removePort(port: DpPort): void {
    const engine = this.#engine;
    const removed = engine.ports.remove(port);
    if (removed === undefined) return;
    engine.forgetPort(port);
    const now = this.#engine.settings.clock();
    const gone: FlowGone[] = [];
    for (const entry of engine.flows.entries()) {
      if (concerns(entry, removed)) gone.push(goneOf(entry, 'portGone', now));
    }
    this.#remove(gone);
  }

  ports(): readonly DatapathPort[] {
    return Array.from(this.#engine.ports.values(), describePort);
  }

  setPeers(addresses: Iterable<IpAddress>): void {
    const peers = new Set(addresses);
    if (peers.size > MAX_PEERS) {
      throw new DatapathError('full', `${peers.size} tunnel peers; at most ${MAX_PEERS} can be known`);
    }
    this.#engine.peers = peers;
  }

  setPortLimits(port: DpPort, limits: PortLimits): void {
    this.#engine.ports.limit(port, limits);
  }

  put(flows: readonly FlowSpec[]): readonly PutResult[] {
    const now = this.#engine.settings.clock();
    const evicted: FlowGone[] = [];
    const results = flows.map((spec): PutResult => {
      const refused = refusal(spec.actions, this.capabilities, (port) => this.#engine.ports.get(port) !== undefined);
      if (refused !== undefined) return refused;
      if (spec.template !== undefined) {
        return { kind: 'refused', reason: 'unsupported', detail: 'the memory driver makes no flows by itself' };
      }
      const stored = this.#engine.flows.put(spec, now);
      if (stored === 'tooManyMasks') {
        const detail = `${this.#engine.settings.maxMasks} masks are in use: widen this one to one of them`;
        return { kind: 'refused', reason: stored, detail };
      }
      if (stored.evicted !== undefined) evicted.push(goneOf(stored.evicted, 'evicted', now));
      return { kind: stored.kind, id: stored.entry.id };
    });
    this.#engine.counts.evicted += evicted.length;
    if (evicted.length > 0) this.#events.onFlowsGone(evicted);
    return results;
  }

  delete(ids: readonly FlowId[]): void {
    for (const id of ids) {
      const entry = this.#engine.flows.get(id);
      if (entry !== undefined) this.#engine.flows.remove(entry);
    }
  }

  dump(): readonly FlowDump[] {
    const now = this.#engine.settings.clock();
    return Array.from(this.#engine.flows.entries(), (entry) => ({
      ...entry.spec,
      id: entry.id,
      packets: entry.packets,
      bytes: entry.bytes,
      idleForMs: now - entry.usedAt,
    }));
  }

  usage(id: FlowId): FlowUsage | undefined {
    const entry = this.#engine.flows.get(id);
    return entry && usageOf(entry, this.#engine.settings.clock());
  }

  execute(packets: readonly Execute[]): void {
    const hasPort = (): boolean => true;
    for (const packet of packets) {
      const actions = packet.actions === 'lookup' ? [] : packet.actions;
      const refused = refusal(actions, this.capabilities, hasPort);
      if (refused !== undefined) throw new DatapathError('io', `execute: ${refused.detail}`);
      this.#engine.execute(packet);
    }
  }

  counters(): DatapathCounters {
    const { counts, drops, flows } = this.#engine;
    return { flows: flows.size, ...counts, drops: { ...drops } };
  }

  portCounters(port: DpPort): PortCounters | undefined {
    const found = this.#engine.ports.get(port);
    return found && { ...found.tally };
  }

  openSources(): undefined {
    return undefined;
  }

  closeSources(): void {}

  openChoices(): undefined {
    return undefined;
  }

  closeChoices(): void {}

  /** Nothing begins here without a simulation. */
  drainOpened(): void {}

  sweep(): void {
    const now = this.#engine.settings.clock();
    const gone: FlowGone[] = [];
    const closing: { readonly id: FlowId; readonly tcpFlags: number }[] = [];
    for (const entry of this.#engine.flows.entries()) {
      const { id, spec, putAt, usedAt, tcpFlags } = entry;
      if (spec.hardMs > 0 && now - putAt >= spec.hardMs) gone.push(goneOf(entry, 'hard', now));
      else if (spec.idleMs > 0 && now - usedAt >= spec.idleMs) gone.push(goneOf(entry, 'idle', now));
      else if (!entry.closing && (tcpFlags & CLOSING) !== 0) {
        entry.closing = true;
        closing.push({ id, tcpFlags });
      }
    }
    this.#engine.counts.expired += gone.length;
    this.#remove(gone);
    if (closing.length > 0) this.#events.onFlowsClosing(closing);
  }

  async close(how: 'keep' | 'remove'): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    const engine = this.#engine;
    engine.events = undefined;
    engine.forgetUpcalls();
    if (how === 'keep') return;
    for (const { port } of [...engine.ports.values()]) engine.ports.remove(port);
    for (const entry of [...engine.flows.entries()]) engine.flows.remove(entry);
    engine.host.sink = undefined;
  }

  #remove(gone: readonly FlowGone[]): void {
    if (gone.length === 0) return;
    this.delete(gone.map(({ id }) => id));
    this.#events.onFlowsGone(gone);
  }
}

/** FIN and RST (RFC 9293 3.1). */
const CLOSING = 0x05;

function usageOf({ usedAt, tcpFlags, packets, bytes }: FlowEntry, now: number): FlowUsage {
  return { idleForMs: now - usedAt, tcpFlags, packets, bytes };
}

function goneOf(entry: FlowEntry, why: FlowGone['why'], now: number): FlowGone {
  return { id: entry.id, why, ...usageOf(entry, now) };
}

function capabilitiesOf(settings: MemorySettings): Capabilities {
  return {
    name: 'memory',
    maskedFlows: true,
    ipv6Underlay: true,
    encapsulations: ['vxlan', 'gre'],
    actions: new Set(['set', 'decTtl', 'pushVlan', 'popVlan', 'output', 'tunnel', 'clone', 'userspace']),
    maxFlows: settings.capacity,
    maxOutputs: settings.maxOutputs,
    templates: false,
  };
}

/** The flow takes packets from this port alone, or sends some to it. */
function concerns({ spec }: FlowEntry, removed: MemoryPort): boolean {
  const comesIn = spec.mask[0] !== 0 && spec.key[0] === removed.port;
  return comesIn || spec.actions.some((action) => sends(action, removed));
}

/** Whether the action sends by the port: out of it, or through the tunnel that it is. */
function sends(action: FlowSpec['actions'][number], removed: MemoryPort): boolean {
  const { port, spec } = removed;
  if (action.kind === 'output') return action.port === port;
  if (action.kind === 'tunnel') return spec.kind === 'tunnel' && typeof spec.local === typeof action.peer;
  return action.kind === 'clone' && action.actions.some((inner) => sends(inner, removed));
}
