import { TCP_FLAG, tcp, type IpAddress, type Tcp } from '@midonet/packet';
import type { PortId } from '@midonet/topology';
import { GuestConnection, type ConnectionModules } from './guest-connection.ts';
import { tcpToGuest, type Guest } from './guest-segment.ts';

/** Connections of one port, and of all together. */
const MOST_OF_PORT = 32;
const MOST = 2_048;
const NOTHING = new Uint8Array(0);

export type GuestConnectionsModules = Omit<ConnectionModules, 'send'> & {
  readonly send: (portId: PortId, frame: Uint8Array) => void;
  /** A connection was opened; it ends itself when nobody takes it. */
  readonly onOpened: (connection: GuestConnection, servicePort: number) => void;
};

/** The TCP connections between instances of this host and the services that its agent offers them. */
export class GuestConnections {
  readonly #modules: GuestConnectionsModules;
  readonly #byPort = new Map<PortId, Map<string, GuestConnection>>();
  #size = 0;
  readonly counters = { opened: 0, refused: 0 };

  constructor(modules: GuestConnectionsModules) {
    this.#modules = modules;
  }

  get size(): number {
    return this.#size;
  }

  receive(guest: Guest, header: Tcp, data: Uint8Array): void {
    const key = `${addressKey(guest.ip)} ${header.srcPort} ${addressKey(guest.service)} ${header.dstPort}`;
    const known = this.#byPort.get(guest.portId)?.get(key);
    if (known !== undefined) {
      if (!known.receive(header, data)) return;
      this.counters.opened++;
      this.#modules.onOpened(known, header.dstPort);
      return;
    }
    const { flags } = header;
    if ((flags & TCP_FLAG.rst) !== 0) return;
    if ((flags & (TCP_FLAG.syn | TCP_FLAG.ack)) === TCP_FLAG.syn && this.#makeRoom(guest.portId)) {
      this.#open(guest, header, key);
    } else this.#refuse(guest, header, data.length);
  }

  close(): void {
    for (const ofPort of this.#byPort.values()) for (const connection of [...ofPort.values()]) connection.destroy();
  }

  #open(guest: Guest, syn: Tcp, key: string): void {
    const { clock, random, send } = this.#modules;
    const { portId } = guest;
    const connection = new GuestConnection(guest, syn, { clock, random, send: (frame) => send(portId, frame) });
    const ofPort = this.#byPort.get(portId) ?? new Map<string, GuestConnection>();
    this.#byPort.set(portId, ofPort.set(key, connection));
    this.#size++;
    // What goes wrong with a connection ends it, and is nobody else's concern.
    connection.on('error', () => undefined);
    connection.once('close', () => {
      if (ofPort.get(key) === connection) ofPort.delete(key);
      this.#size--;
      if (ofPort.size === 0 && this.#byPort.get(portId) === ofPort) this.#byPort.delete(portId);
    });
  }

  /** A port that has too many gives up its oldest that was never opened, so that half-open ones keep nobody out. */
  #makeRoom(portId: PortId): boolean {
    const ofPort = this.#byPort.get(portId);
    if ((ofPort?.size ?? 0) < MOST_OF_PORT) return this.#size < MOST;
    for (const [key, connection] of ofPort ?? []) {
      if (connection.isOpen) continue;
      ofPort?.delete(key);
      connection.destroy();
      return true;
    }
    return false;
  }

  /** RFC 9293 3.5.2: a reset that the sender believes. */
  #refuse(guest: Guest, { srcPort, dstPort, flags, sequence, acknowledgment }: Tcp, size: number): void {
    this.counters.refused++;
    const ports = { srcPort: dstPort, dstPort: srcPort, window: 0 };
    const taken = size + ((flags & TCP_FLAG.syn) === 0 ? 0 : 1) + ((flags & TCP_FLAG.fin) === 0 ? 0 : 1);
    const header =
      (flags & TCP_FLAG.ack) !== 0
        ? tcp({ ...ports, sequence: acknowledgment, flags: TCP_FLAG.rst })
        : tcp({ ...ports, acknowledgment: (sequence + taken) >>> 0, flags: TCP_FLAG.rst | TCP_FLAG.ack });
    this.#modules.send(guest.portId, tcpToGuest(guest, header, NOTHING));
  }
}

function addressKey(ip: IpAddress): string {
  return `${typeof ip === 'number' ? 4 : 6}:${ip}`;
}
