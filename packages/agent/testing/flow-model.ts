import type { Topic, WatchItem } from '@midonet/contract';
import type { FlowId } from '@midonet/datapath';
import { isConnectionTag, printActions, type DpPort, type FlowAction, type FlowKey, type Outcome } from '@midonet/flow';
import { TestConnections } from '@midonet/simulation/testing';
import {
  decodeKeyed,
  isDecodeFailure,
  type BridgeId,
  type HostId,
  type PortId,
  type RouterId,
  type TopologyItem,
} from '@midonet/topology';
import type { Connections } from '../src/connections/connections.ts';
import { FlowTable, type Invalidation } from '../src/flows/flow-table.ts';
import { FlowWriter, type FlowRequest } from '../src/flows/flow-writer.ts';
import { LocalPorts } from '../src/host/local-ports.ts';
import { LiveTraces } from '../src/live-traces/live-traces.ts';
import { RuleLog } from '../src/rule-log/rule-log.ts';
import { DropCounters } from '../src/status/drop-counters.ts';
import { RuleCounters } from '../src/status/rule-counters.ts';
import type { Packet } from '../src/upcalls/packet.ts';
import { PacketProcessor } from '../src/upcalls/packet-processor.ts';
import { Parking } from '../src/upcalls/parking.ts';
import { Knowledge } from '../src/view/knowledge.ts';
import { RowWriter } from '../src/watch/row-writer.ts';
import { ManualClock } from '../src/manual-clock.ts';

/** A packet that comes in by a port of this host. */
export type Incoming = { readonly portId: PortId; readonly key: FlowKey; readonly frame: Uint8Array };

/** A flow as installed: what it does and counts, in words, and the packet that it was made of. */
export type ModelFlow = {
  readonly id: FlowId;
  readonly of: Incoming;
  readonly outcome: Outcome;
  readonly does: string;
};

/**
 * What an agent knows and which flows it has, without datapath, wire or clock: the agent's own modules for
 * all that decides when a flow goes, thousands of changes a second.
 */
export class FlowModel {
  readonly knowledge: Knowledge;
  readonly connections = new TestConnections();
  readonly #table = new FlowTable();
  readonly #ports = new LocalPorts();
  readonly #processor: PacketProcessor;
  readonly #flows = new Map<FlowId, ModelFlow>();
  /** What was told last, as text. */
  #told = new Map<string, string>();
  #next = 1;

  constructor(hostId: HostId) {
    this.knowledge = new Knowledge(hostId, () => 0);
    const [now, drops] = [() => 0, new DropCounters()];
    const flows = new FlowWriter(() => {
      throw new Error('there is no datapath');
    });
    const nothing = (): void => undefined;
    const rows = new RowWriter(() => false, new ManualClock(), nothing);
    const { knowledge } = this;
    this.#processor = new PacketProcessor(
      {
        // The simulation looks at them; nothing else that is used here does.
        connections: this.connections as unknown as Connections,
        ...{ knowledge, ports: this.#ports, flows, drops, now, wall: now },
        parking: new Parking(nothing),
        rules: new RuleCounters(),
        ruleLog: new RuleLog('', nothing),
        traces: new LiveTraces({ hostId, rows, ports: this.#ports, now, wall: now }),
      },
      {
        onProposals: () => false,
        ...{
          onMissing: nothing,
          onTemplate: nothing,
          onHealthAnswer: nothing,
          onSolicited: nothing,
          onInstance: nothing,
        },
      },
    );
  }

  /** All there is, now: what is otherwise than before has its consequences. */
  tell(items: readonly WatchItem[]): void {
    const now = new Map(items.map(({ key, value }) => [key, JSON.stringify(value)]));
    const changes: TopologyItem[] = [];
    for (const { key, value } of items) if (this.#told.get(key) !== now.get(key)) changes.push(decoded(key, value));
    for (const key of this.#told.keys()) if (!now.has(key)) changes.push({ key, value: undefined });
    this.#told = now;
    this.#apply(changes);
  }

  /** Whole tables are known of these devices. */
  load(bridges: Iterable<BridgeId>, routers: Iterable<RouterId>): void {
    const topics: Topic[] = [
      ...[...bridges].map((id) => ({ kind: 'macTable', id }) as const),
      ...[...routers].map((id) => ({ kind: 'neighbours', id }) as const),
    ];
    for (const topic of topics) this.#apply([], topic);
  }

  /** A port of this host runs, as the datapath's port of that number. */
  plug(portId: PortId, n: number, mtu?: number): void {
    const dpPort = n as DpPort; // brand: a test's own numbers
    this.#ports.add({ portId, interfaceName: `tap${n}`, dpPort, tunnelKey: n as never });
    this.#take(this.knowledge.setRunningHere(portId, { tunnelKey: n, mtu }, undefined));
  }

  /** Flows that depend on it go. */
  #take(invalidation: Invalidation): void {
    for (const id of this.#table.take(invalidation)) this.#flows.delete(id);
  }

  #apply(changes: readonly TopologyItem[], loaded?: Topic): void {
    this.#take(this.knowledge.apply(changes, loaded).tags);
  }

  /** What a packet like that meets now. */
  simulate(incoming: Incoming): Outcome {
    return this.#processor.simulate(this.#packet(incoming), false);
  }

  /** Takes a packet in: what it teaches, connections that it begins, its flow; undefined when none may be made. */
  install(of: Incoming): ModelFlow | undefined {
    let outcome = this.simulate(of);
    for (let i = 0; i < 4 && this.#learns(outcome); i++) outcome = this.simulate(of);
    if (!outcome.installable || outcome.fragments.length > 0) return undefined;
    const request = this.#request(of, outcome);
    if (request === undefined) return undefined;
    // What begins connections and comes by the same device twice may be given one port for both.
    const devices = request.tags.filter(isConnectionTag).map((tag) => tag.split(':')[1]);
    if (outcome.opened.length > 0 && new Set(devices).size < devices.length) return undefined;
    this.connections.take(outcome);
    this.#take({ tags: [], routes: [], connections: outcome.opened });
    const id = this.#next++ as FlowId; // brand: as the datapath would
    this.#table.set({ id, tags: request.tags, connections: request.connections });
    const flow = { id, of, outcome, does: this.does(of, outcome) };
    this.#flows.set(id, flow);
    return flow;
  }

  /** All that an outcome means to packets, to counters and to who looks on. */
  does(of: Incoming, outcome: Outcome): string {
    const { verdict, mtu, rules, logged, traced } = outcome;
    const request = verdict.kind === 'forward' || verdict.kind === 'drop' ? this.#request(of, outcome) : undefined;
    const counts = request?.counts?.map((count) => JSON.stringify({ ...count, packets: 0, bytes: 0 }));
    const ends = verdict.kind === 'forward' ? 'forward' : plain(verdict);
    return [
      ends,
      printActions(request?.spec.actions ?? NO_ACTIONS),
      plain({ mtu, rules, logged, traced, counts }),
    ].join(' | ');
  }

  get flows(): readonly ModelFlow[] {
    return [...this.#flows.values()];
  }

  has(flow: ModelFlow): boolean {
    return this.#flows.has(flow.id);
  }

  /** A connection is over. */
  end(connection: Outcome['opened'][number]): void {
    this.connections.close(connection);
    this.#take({ tags: [], routes: [], connections: [connection] });
  }

  tagsOf({ id }: ModelFlow): readonly string[] {
    return this.#table.get(id)?.tags ?? [];
  }

  #learns({ proposals }: Outcome): boolean {
    const tags = proposals.flatMap((proposal) => {
      const { knowledge } = this;
      // The vocabulary names objects by plain text.
      const portId = proposal.portId as PortId;
      const tag =
        proposal.kind === 'learnMac'
          ? knowledge.learnMac(proposal.bridgeId as BridgeId, proposal.vlan, proposal.mac, portId)
          : knowledge.learnNeighbour(proposal.routerId as RouterId, portId, proposal.ip, proposal.mac);
      return tag ?? [];
    });
    this.#take({ tags, routes: [] });
    return tags.length > 0;
  }

  #request(of: Incoming, outcome: Outcome): FlowRequest | undefined {
    // Without a frame nothing is sent or counted.
    return this.#processor.flowFor({ ...this.#packet(of), frame: NO_FRAME, fullLength: 0 }, outcome);
  }

  #packet({ portId, key, frame }: Incoming): Packet {
    const inPort = this.#ports.get(portId)?.dpPort ?? (0 as DpPort);
    const common = { direction: 'in', portId, inPort, gsoSize: 0, depth: 0 } as const;
    return { ...common, key, frame, fullLength: frame.length };
  }
}

const NO_FRAME = new Uint8Array(0);
const NO_ACTIONS: readonly FlowAction[] = [];

function decoded(key: string, value: unknown): TopologyItem {
  const item = decodeKeyed(key, value);
  if (isDecodeFailure(item)) throw new Error(`${key}: ${item.message}`);
  return { key, value: item };
}

function plain(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => (typeof each === 'bigint' ? `${each}` : each));
}
