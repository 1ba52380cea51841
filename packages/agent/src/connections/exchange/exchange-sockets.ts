import { formatIp, parseIp, type IpAddress } from '@midonet/packet';
import type { Address } from './state-exchange.ts';
import type { UdpEvents, UdpSocket } from './udp-socket.ts';

export type OpenUdpSocket = (address: Address, events: UdpEvents) => Promise<UdpSocket>;

export type ExchangeSocketsModules = {
  readonly open: OpenUdpSocket;
  readonly port: number;
  readonly receive: (bytes: Uint8Array) => void;
  readonly warn: (error: unknown, address: string) => void;
};

type Slot = { socket: UdpSocket | undefined; isOpening: boolean };

/** One socket for each address of this host in its tunnel zones, and nowhere else. */
export class ExchangeSockets {
  readonly #modules: ExchangeSocketsModules;
  readonly #slots = new Map<string, Slot>();
  readonly problems = new Map<string, string>();
  readonly counters = { sent: 0, failed: 0, nowhere: 0 };
  #closed = false;

  constructor(modules: ExchangeSocketsModules) {
    this.#modules = modules;
  }

  /** Opens and closes until there is one for each of `addresses`; those that failed are tried again. */
  reconcile(addresses: Iterable<IpAddress>): void {
    if (this.#closed) return;
    const wanted = new Set([...addresses].map(formatIp));
    for (const [address, slot] of [...this.#slots]) {
      if (wanted.has(address)) continue;
      slot.socket?.close();
      this.#slots.delete(address);
      this.problems.delete(address);
    }
    for (const address of wanted) {
      const slot = this.#slots.get(address) ?? { socket: undefined, isOpening: false };
      this.#slots.set(address, slot);
      if (slot.socket === undefined && !slot.isOpening) void this.#open(address, slot);
    }
  }

  /** From this host's address of the same family. */
  send(bytes: Uint8Array, to: Address): void {
    const isSix = typeof parseIp(to.address) === 'bigint';
    for (const [address, { socket }] of this.#slots) {
      if (socket === undefined || (typeof parseIp(address) === 'bigint') !== isSix) continue;
      this.counters.sent += 1;
      socket.send(bytes, to);
      return;
    }
    this.counters.nowhere += 1;
  }

  close(): void {
    this.#closed = true;
    for (const { socket } of this.#slots.values()) socket?.close();
    this.#slots.clear();
  }

  async #open(address: string, slot: Slot): Promise<void> {
    const { open, port, receive, warn } = this.#modules;
    slot.isOpening = true;
    try {
      const socket = await open({ address, port }, { onDatagram: receive, onError: () => (this.counters.failed += 1) });
      // Not wanted any more by now.
      if (this.#slots.get(address) === slot && !this.#closed) slot.socket = socket;
      else socket.close();
      this.problems.delete(address);
    } catch (error) {
      if (!this.problems.has(address)) warn(error, address);
      this.problems.set(address, error instanceof Error ? error.message : String(error));
    } finally {
      slot.isOpening = false;
    }
  }
}
