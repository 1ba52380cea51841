import type { DpPort } from '@midonet/flow';
import type { IpAddress } from '@midonet/packet';
import { FabricHost } from './fabric-host.ts';
import type { FabricPacket, FabricSink } from './fabric-sink.ts';

export type FabricOptions = {
  /**
   * Runs the fabric when there is something to do, soon but not at once. `manual` leaves it to
   * calls of run(), for tests that want every step in their own hands. Default: setImmediate.
   */
  readonly schedule?: ((run: () => void) => void) | 'manual';
  /** Packets under way at most; more are lost and counted. */
  readonly capacity?: number;
};

/** Receives what hosts send to an address through their tunnels. */
export type TunnelReceiver = (packet: {
  readonly from: IpAddress;
  readonly tunnelKey: number;
  readonly frame: Uint8Array;
}) => void;

type Address =
  | { readonly kind: 'datapath'; readonly sink: FabricSink; readonly port: DpPort }
  | { readonly kind: 'receiver'; readonly receive: TunnelReceiver };

/** Packets handled in one scheduled turn before other work gets its chance. */
const TURN = 4096;

/**
 * The underlay that joins simulated hosts. Nothing is delivered inside a send: packets wait in one
 * queue, in order, so that two hosts that answer each other take turns instead of stack frames.
 */
export class MemoryFabric {
  readonly #schedule: ((run: () => void) => void) | 'manual';
  readonly #capacity: number;
  readonly #hosts = new Map<string, FabricHost>();
  readonly #addresses = new Map<IpAddress, Address>();
  readonly #draining = new Set<FabricSink>();
  #queue: FabricPacket[] = [];
  #head = 0;
  #scheduled = false;
  #running = false;
  #lost = 0;
  #overflow = 0;

  constructor(options: FabricOptions = {}) {
    this.#schedule = options.schedule ?? setImmediate;
    this.#capacity = options.capacity ?? 65_536;
  }

  host(name: string): FabricHost {
    let found = this.#hosts.get(name);
    if (found === undefined) this.#hosts.set(name, (found = new FabricHost(this, name)));
    return found;
  }

  /** Packets that went nowhere (`lost`) and that found the queue full (`overflow`). */
  counters(): { readonly lost: number; readonly overflow: number; readonly queued: number } {
    return { lost: this.#lost, overflow: this.#overflow, queued: this.#queue.length - this.#head };
  }

  /** A tunnel end that is no datapath, e.g. a test's. Undefined removes it. */
  receiver(address: IpAddress, receive: TunnelReceiver | undefined): void {
    if (receive === undefined) this.#addresses.delete(address);
    else this.#addresses.set(address, { kind: 'receiver', receive });
  }

  /** Sends a frame through a tunnel; false when nobody has the address. The frame is given away. */
  tunnel(from: IpAddress, to: IpAddress, tunnelKey: number, frame: Uint8Array): boolean {
    const address = this.#addresses.get(to);
    if (address === undefined) {
      this.#lost++;
      return false;
    }
    if (address.kind === 'receiver') address.receive({ from, tunnelKey, frame });
    else this.enqueue({ sink: address.sink, port: address.port, tunnelKey, frame, from });
    return true;
  }

  /** Handles packets and upcalls until nothing is left or `steps` were made; answers how many. */
  run(steps = Number.MAX_SAFE_INTEGER): number {
    if (this.#running) return 0;
    this.#running = true;
    let done = 0;
    try {
      while (done < steps && this.#step()) done++;
    } finally {
      this.#running = false;
    }
    if (this.#busy()) this.#wake();
    return done;
  }

  /** For datapaths: owns `address` from now on; undefined gives it up. */
  claim(address: IpAddress, owner: { readonly sink: FabricSink; readonly port: DpPort } | undefined): void {
    if (owner === undefined) this.#addresses.delete(address);
    else this.#addresses.set(address, { kind: 'datapath', ...owner });
  }

  enqueue(packet: FabricPacket): void {
    if (this.#queue.length - this.#head >= this.#capacity) {
      this.#overflow++;
      return;
    }
    this.#queue.push(packet);
    this.#wake();
  }

  /** For datapaths: upcalls wait to be drained. */
  wantDrain(sink: FabricSink): void {
    this.#draining.add(sink);
    this.#wake();
  }

  countLost(): void {
    this.#lost++;
  }

  /** Packets go before upcalls: that fills batches, as a busy host's do. */
  #step(): boolean {
    const packet = this.#queue[this.#head];
    if (packet !== undefined) {
      this.#head++;
      if (this.#head === this.#queue.length) this.#rewind();
      else if (this.#head >= TURN) this.#compact();
      packet.sink.receive(packet);
      return true;
    }
    for (const sink of this.#draining) {
      this.#draining.delete(sink);
      if (sink.drain()) this.#draining.add(sink);
      return true;
    }
    return false;
  }

  #rewind(): void {
    this.#queue = [];
    this.#head = 0;
  }

  #compact(): void {
    this.#queue = this.#queue.slice(this.#head);
    this.#head = 0;
  }

  #busy(): boolean {
    return this.#head < this.#queue.length || this.#draining.size > 0;
  }

  #wake(): void {
    if (this.#scheduled || this.#running || this.#schedule === 'manual') return;
    this.#scheduled = true;
    this.#schedule(() => {
      this.#scheduled = false;
      this.run(TURN);
    });
  }
}
