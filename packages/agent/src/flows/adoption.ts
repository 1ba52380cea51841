import type { Datapath, FlowDump } from '@midonet/datapath';
import { getField, KEY_LAYOUT, setField, type Missing, type Outcome } from '@midonet/flow';
import type { PortId } from '@midonet/topology';
import type { LocalPorts } from '../host/local-ports.ts';
import type { Packet } from '../upcalls/packet.ts';
import { tunnelIngressFlow, type PacketProcessor } from '../upcalls/packet-processor.ts';
import { maskedKey, type FlowWriter } from './flow-writer.ts';

export type AdoptionModules = {
  readonly datapath: () => Datapath;
  readonly ports: LocalPorts;
  readonly flows: FlowWriter;
  readonly processor: PacketProcessor;
};

const NO_FRAME = new Uint8Array(0);
const ANY_TTL = 255;
const TTL_BITS = 0xff << KEY_LAYOUT.ipTtl.shift;

/**
 * Flows found in the datapath at start go on forwarding. Each is simulated again from its own masked
 * key (the mask promises that no other bit matters), so that it is as of now and its tags are known;
 * what cannot be decided yet is left as it is until it can.
 */
export class Adoption {
  readonly #modules: AdoptionModules;
  readonly #onMissing: (missing: readonly Missing[], outcome: Outcome) => void;
  #waiting: FlowDump[] = [];

  constructor(modules: AdoptionModules, onMissing: (missing: readonly Missing[], outcome: Outcome) => void) {
    this.#modules = modules;
    this.#onMissing = onMissing;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  start(): void {
    this.#waiting = [...this.#modules.datapath().dump()];
    this.retry();
  }

  /** Something new is known: some of the waiting flows may be decided now. */
  retry(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waiting = waiting.filter((flow) => !this.#adopt(flow));
  }

  /** What is still undecided will not be: packets that need it come up again. */
  giveUp(): number {
    const ids = this.#waiting.map(({ id }) => id);
    this.#waiting = [];
    if (ids.length > 0) this.#modules.datapath().delete(ids);
    return ids.length;
  }

  #adopt(flow: FlowDump): boolean {
    const { datapath, ports, flows, processor } = this.#modules;
    const packet = this.#packetOf(flow);
    if (ports.isTunnel(packet.inPort)) {
      const local = ports.ofKey(getField(packet.key, 'tunnelKey'));
      if (local === undefined) return false;
      flows.add({ ...tunnelIngressFlow(packet, local), packet: undefined });
    } else {
      if (packet.portId === '') return false;
      const outcome = processor.simulate(packet, false);
      if (outcome.verdict.kind === 'blocked') {
        this.#onMissing(outcome.verdict.on, { ...outcome, emissions: [] });
        return false;
      }
      // A connection that nobody remembers: its next packet opens it.
      const isKnown = outcome.opened.length === 0 && outcome.fragments.length === 0;
      const stays = outcome.installable && isKnown && !processor.isTraced(outcome);
      const request = stays ? processor.flowFor(packet, outcome) : undefined;
      if (request !== undefined) flows.add({ ...request, packet: undefined });
    }
    flows.flush();
    // Under another mask it is another flow; it is in place before the old one goes.
    if (flows.table.get(flow.id) === undefined) datapath().delete([flow.id]);
    return true;
  }

  #packetOf(flow: FlowDump): Packet {
    const key = maskedKey(flow.key, flow.mask);
    if (((flow.mask[KEY_LAYOUT.ipTtl.word] ?? 0) & TTL_BITS) === 0) setField(key, 'ipTtl', ANY_TTL);
    const inPort = getField(key, 'inPort') as Packet['inPort']; // brand: the datapath's own number
    const portId = this.#modules.ports.at(inPort)?.portId ?? ('' as PortId);
    return { direction: 'in', portId, inPort, key, frame: NO_FRAME, fullLength: 0, gsoSize: 0, depth: 0 };
  }
}
