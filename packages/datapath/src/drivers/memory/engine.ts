import { emptyKey, extractKey, getField, type DpPort, type FlowAction, type TunnelKey } from '@midonet/flow';
import { clampMss, emptyPlaces, placesOf, type IpAddress } from '@midonet/packet';
import type { DatapathEvents, Execute, UpcallReason } from '../../datapath.ts';
import type { FabricHost } from './fabric-host.ts';
import type { FabricPacket, FabricSink } from './fabric-sink.ts';
import { FlowTable } from './flow-table.ts';
import { guardOf } from './guard.ts';
import type { MemorySettings } from './options.ts';
import { describePort, PortTable } from './port-table.ts';
import { noDrops } from './tally.ts';
import { UpcallQueue } from './upcall-queue.ts';
import { WorkPacket } from './work-packet.ts';

const PROTO_TCP = 6;
const TCP_FLAGS_AT = 13;

/** Upcalls in one batch at most, as the kernel drivers drain them. */
const BATCH = 64;

type Origin = { readonly inPort: DpPort; readonly tunnelKey: number; readonly gsoSize: number };

/**
 * The forwarding half of the memory datapath: what stays on the host, and goes on forwarding, when
 * the process that controls it closes with 'keep'.
 */
export class MemoryEngine implements FabricSink {
  readonly host: FabricHost;
  readonly settings: MemorySettings;
  readonly flows: FlowTable;
  readonly ports: PortTable;
  readonly drops = noDrops();
  readonly counts = { hits: 0, misses: 0, upcalls: 0, evicted: 0, expired: 0 };
  /** The controlling process; none between a close('keep') and the next open. */
  events: DatapathEvents | undefined;
  /** Who may tunnel to this host; undefined: anybody. */
  peers: ReadonlySet<IpAddress> | undefined;
  readonly #upcalls: UpcallQueue;
  readonly #key = emptyKey();
  readonly #places = emptyPlaces();

  constructor(host: FabricHost, settings: MemorySettings) {
    this.host = host;
    this.settings = settings;
    this.flows = new FlowTable(settings.capacity, settings.maxMasks);
    this.ports = new PortTable(host, this);
    this.#upcalls = new UpcallQueue(settings.upcallLimits, settings.upcallQueue);
  }

  receive({ port: inPort, tunnelKey, frame, from }: FabricPacket): void {
    if (from !== undefined && this.peers?.has(from) === false) {
      this.drops.unknownTunnel++;
      return;
    }
    const port = this.ports.get(inPort);
    if (port === undefined) {
      this.drops.unknownPort++;
      return;
    }
    port.tally.rxPackets++;
    port.tally.rxBytes += frame.length;
    if (port.rx?.take(frame.length, this.settings.clock()) === false) this.drops.meter++;
    else this.#lookup(frame, { inPort, tunnelKey, gsoSize: 0 });
  }

  execute(packet: Execute): void {
    const origin: Origin = { inPort: packet.inPort, tunnelKey: packet.tunnelKey ?? 0, gsoSize: packet.gsoSize };
    const frame = packet.frame.slice();
    if (packet.actions === 'lookup') this.#lookup(frame, origin);
    else if (!this.#extract(frame, origin)) this.drops.malformed++;
    else this.#run(packet.actions, new WorkPacket(frame, false), origin);
  }

  interfaceChanged(name: string): void {
    const port = this.ports.named(name);
    if (port !== undefined) this.events?.onPortChange(describePort(port));
  }

  drain(): boolean {
    const batch = this.#upcalls.take(BATCH);
    if (batch.length > 0) this.events?.onUpcalls(batch);
    return !this.#upcalls.empty;
  }

  forgetPort(port: DpPort): void {
    this.#upcalls.forget(port);
  }

  forgetUpcalls(): void {
    this.#upcalls.clear();
  }

  #extract(frame: Uint8Array, origin: Origin): boolean {
    return extractKey(frame, frame.length, origin.inPort, origin.tunnelKey, this.#key) === 'ok';
  }

  #lookup(frame: Uint8Array, origin: Origin): void {
    if (!this.#extract(frame, origin)) {
      this.drops.malformed++;
      return;
    }
    const entry = this.flows.find(this.#key);
    if (entry === undefined) {
      this.counts.misses++;
      this.#upcall('miss', frame, origin);
      return;
    }
    const guard = guardOf(entry.spec, this.#key, { frame, gsoSize: origin.gsoSize });
    if (guard !== undefined) {
      this.#upcall(guard, frame, origin);
      return;
    }
    this.counts.hits++;
    entry.packets++;
    entry.bytes += frame.length;
    entry.tcpFlags |= this.#tcpFlags(frame);
    this.flows.used(entry, this.settings.clock());
    if (entry.spec.actions.length === 0) this.drops.flowDrop++;
    else this.#run(entry.spec.actions, new WorkPacket(this.#clamped(frame, entry.spec.mtu), true), origin);
  }

  #clamped(frame: Uint8Array, mtu: number): Uint8Array {
    return mtu === 0 ? frame : (clampMss(frame, mtu, this.#places) ?? frame);
  }

  #tcpFlags(frame: Uint8Array): number {
    if (getField(this.#key, 'ipProto') !== PROTO_TCP) return 0;
    const { upper } = placesOf(frame, this.#places);
    return upper < 0 ? 0 : (frame[upper + TCP_FLAGS_AT] ?? 0);
  }

  #run(actions: readonly FlowAction[], packet: WorkPacket, origin: Origin): void {
    for (const action of actions) {
      switch (action.kind) {
        case 'set':
        case 'decTtl':
        case 'pushVlan':
        case 'popVlan':
          packet.rewrite(action);
          break;
        case 'output':
          this.#output(action.port, packet);
          break;
        case 'tunnel':
          this.#tunnel(action.peer, action.key, packet);
          break;
        case 'clone':
          this.#run(action.actions, packet.clone(), origin);
          break;
        case 'userspace': {
          const frame = packet.lend();
          if (this.#extract(frame, origin)) this.#upcall('action', frame, origin);
          break;
        }
        case 'sample':
        case 'meter':
        case 'conntrack':
          // put() and execute() refuse these by name.
          break;
        default:
          action satisfies never;
      }
    }
  }

  #output(number: DpPort, packet: WorkPacket): void {
    const port = this.ports.get(number);
    if (port?.tx?.take(packet.length, this.settings.clock()) === false) {
      this.drops.meter++;
      return;
    }
    if (port?.interface?.deliver(packet.lend()) !== true) {
      this.drops.outputGone++;
      return;
    }
    port.tally.txPackets++;
    port.tally.txBytes += packet.length;
  }

  #tunnel(peer: IpAddress, key: TunnelKey, packet: WorkPacket): void {
    const port = this.ports.tunnel();
    if (port?.spec.kind !== 'tunnel' || !this.host.fabric.tunnel(port.spec.local, peer, key, packet.lend())) {
      this.drops.encapFailed++;
      return;
    }
    port.tally.txPackets++;
    port.tally.txBytes += packet.length;
  }

  /** Of the packet whose key was extracted last. */
  #upcall(reason: UpcallReason, frame: Uint8Array, origin: Origin): void {
    const packet = { inPort: origin.inPort, frame, gsoSize: origin.gsoSize };
    const dropped = this.#upcalls.offer(reason, this.#key, packet, this.settings.clock());
    if (dropped !== undefined) {
      this.drops[dropped]++;
      return;
    }
    this.counts.upcalls++;
    this.host.fabric.wantDrain(this);
  }
}
