import type { Upcall } from '@midonet/datapath';
import {
  dpPortTag,
  emptyKey,
  emptyMask,
  extractKey,
  getField,
  type DpPort,
  type Emission,
  type FlowKey,
} from '@midonet/flow';
import type { PortId } from '@midonet/topology';
import { NO_ACTIONS, type FlowWriter } from '../flows/flow-writer.ts';
import type { Connections } from '../connections/connections.ts';
import type { LocalPorts } from '../host/local-ports.ts';
import type { LiveTraces } from '../live-traces/live-traces.ts';
import { isMarked, unmarked } from '../live-traces/trace-mark.ts';
import type { DropCounters } from '../status/drop-counters.ts';
import { COOKIES, LIFETIMES } from './flow-lifetimes.ts';
import type { QueuedEmission } from './emission-queue.ts';
import type { Packet } from './packet.ts';
import { tunnelIngressFlow, type PacketProcessor } from './packet-processor.ts';
import type { Parking } from './parking.ts';

const MADE_HERE = 0 as DpPort; // brand: no datapath port has number 0

export type LoopModules = {
  readonly connections: Connections;
  readonly ports: LocalPorts;
  readonly flows: FlowWriter;
  readonly processor: PacketProcessor;
  readonly parking: Parking;
  readonly drops: DropCounters;
  readonly traces: LiveTraces;
  /** Packets meet this port of this host. Called for each: must be cheap. */
  readonly onMet: (port: PortId) => void;
  /** Before a batch is looked at: what began in the datapath before it came up. */
  readonly onBatch: () => void;
  /** A tunnelled frame for no port of this host. True when somebody else here took it. */
  readonly onOtherKey: (key: number, frame: Uint8Array) => boolean;
};

/**
 * Every packet that needs the agent comes through here, in batches: packets that missed, packets
 * that waited and packets that devices made. A batch ends with one put and one execute.
 */
export class UpcallLoop {
  readonly #modules: LoopModules;
  readonly #arrived = new Set<string>();
  #running = false;
  upcalls = 0;

  constructor(modules: LoopModules) {
    this.#modules = modules;
  }

  upcall(batch: readonly Upcall[]): void {
    this.upcalls += batch.length;
    // What another host told of a connection was sent before the packet whose answer may be in this batch.
    this.#modules.connections.receive();
    this.#modules.onBatch();
    // Whoever wants to settle meanwhile is served with the batch.
    this.#running = true;
    try {
      for (const upcall of batch) this.#upcall(upcall);
    } finally {
      this.#running = false;
    }
    this.settle();
  }

  /** Something came that packets may wait for; they go on when the loop settles. */
  arrived(key: string): void {
    this.#arrived.add(key);
  }

  emit(emission: Emission): void {
    this.#modules.processor.emissions.push(emission, 1);
  }

  /** A router of this port made the frame, and routes it. */
  route(emission: Emission): void {
    this.#modules.processor.emissions.push(emission, 1, 'routed');
  }

  /** Works until nothing is left to do but wait, then writes everything out. */
  settle(): void {
    if (this.#running) return;
    this.#running = true;
    const { connections, processor, parking, flows } = this.#modules;
    try {
      while (this.#arrived.size > 0 || processor.emissions.size > 0) {
        for (const emission of processor.emissions.take()) this.#emission(emission);
        const arrived = [...this.#arrived];
        this.#arrived.clear();
        for (const key of arrived) for (const packet of parking.wake(key)) this.#again(packet);
      }
    } finally {
      this.#running = false;
    }
    // Where the answer comes in it must be known before the packet that it answers is there.
    connections.flush();
    flows.flush();
  }

  #upcall({ reason, inPort, key, frame, fullLength, gsoSize }: Upcall): void {
    const { ports, processor } = this.#modules;
    if (ports.isTunnel(inPort)) {
      this.#fromTunnel({ direction: 'in', portId: '' as PortId, inPort, key, frame, fullLength, gsoSize, depth: 0 });
      return;
    }
    const local = ports.at(inPort);
    if (local === undefined) this.#unbound(inPort, key);
    else {
      this.#modules.onMet(local.portId);
      const givenUp = reason !== 'miss';
      const packet = { inPort, key, frame, fullLength, gsoSize, givenUp } as const;
      processor.process({ ...packet, direction: 'in', portId: local.portId, depth: 0 });
    }
  }

  #fromTunnel(packet: Packet): void {
    const { ports, flows, drops } = this.#modules;
    const written = getField(packet.key, 'tunnelKey');
    const tunnelKey = unmarked(written);
    const local = ports.ofKey(tunnelKey);
    if (local !== undefined && isMarked(written)) {
      this.#traced(packet, local);
      return;
    }
    if (local === undefined && this.#modules.onOtherKey(tunnelKey, packet.frame)) return;
    const request = tunnelIngressFlow(packet, local);
    if (local !== undefined) {
      this.#modules.onMet(local.portId);
      flows.add(request);
      return;
    }
    const drop = drops.at('unknownTunnelKey', `dp ${packet.inPort}`);
    drop.packets++;
    flows.add({ ...request, counts: [drop] });
  }

  /** It has no flow: the next one is to be seen too. */
  #traced(packet: Packet, { portId, dpPort }: { readonly portId: PortId; readonly dpPort: DpPort }): void {
    const { flows, onMet, traces } = this.#modules;
    onMet(portId);
    const { frame, fullLength, inPort, gsoSize } = packet;
    traces.arrived(portId, frame, fullLength);
    flows.send({ frame, inPort, gsoSize, actions: [{ kind: 'output', port: dpPort }] });
  }

  #unbound(inPort: DpPort, key: FlowKey): void {
    const drop = this.#modules.drops.at('notBound', `dp ${inPort}`);
    drop.packets++;
    const mask = emptyMask();
    mask[0] = 0xffffffff;
    const spec = { key, mask, ttlAbove: 0, mtu: 0, actions: NO_ACTIONS, ...LIFETIMES.drop, cookie: COOKIES.drop };
    this.#modules.flows.add({ spec, tags: [dpPortTag(inPort)], packet: undefined, counts: [drop] });
  }

  /** The binding may have gone while the packet waited. */
  #again(packet: Packet): void {
    const { ports, drops, processor } = this.#modules;
    if (packet.direction === 'in' && ports.at(packet.inPort)?.portId !== packet.portId)
      drops.count('notBound', packet.portId);
    else processor.process(packet);
  }

  #emission({ portId, frame, depth, direction }: QueuedEmission): void {
    const key = emptyKey();
    if (extractKey(frame, frame.length, MADE_HERE, 0, key) === 'malformed') return;
    this.#modules.processor.process({
      direction,
      // The vocabulary names ports by plain text; they come from the topology.
      portId: portId as PortId,
      inPort: MADE_HERE,
      key,
      frame,
      fullLength: frame.length,
      gsoSize: 0,
      depth,
    });
  }
}
