import type { UdpEvents, UdpSocket } from '@midonet/datapath/kernel';
import { formatIp, type IpAddress } from '@midonet/packet';
import type { Address } from './state-exchange.ts';

/** Throws when the address is not there or the port is taken. */
export type OpenUdpSocket = (address: Address, events: UdpEvents) => UdpSocket;

export type ExchangeSocketsModules = {
  readonly open: OpenUdpSocket;
  readonly port: number;
  readonly receive: (bytes: Uint8Array) => void;
  readonly warn: (error: unknown, address: string) => void;
};

/** One socket for each address of this host in its tunnel zones, and nowhere else. */
export class ExchangeSockets {
  readonly #modules: ExchangeSocketsModules;
  readonly #sockets = new Map<string, { readonly socket: UdpSocket; readonly isSix: boolean }>();
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
    for (const [address, { socket }] of [...this.#sockets]) {
      if (wanted.has(address)) continue;
      socket.close();
      this.#sockets.delete(address);
    }
    for (const address of this.problems.keys()) if (!wanted.has(address)) this.problems.delete(address);
    for (const address of wanted) if (!this.#sockets.has(address)) this.#open(address);
  }

  /** From this host's address of the same family; it is with the kernel when this returns. */
  send(bytes: Uint8Array, to: Address): void {
    const toSix = to.address.includes(':');
    for (const { socket, isSix } of this.#sockets.values()) {
      if (isSix !== toSix) continue;
      this.counters.sent += 1;
      socket.send(bytes, to);
      return;
    }
    this.counters.nowhere += 1;
  }

  /** Takes in what has come by now. */
  receive(): void {
    for (const { socket } of this.#sockets.values()) socket.receive();
  }

  close(): void {
    this.#closed = true;
    for (const { socket } of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  }

  #open(address: string): void {
    const { open, port, receive, warn } = this.#modules;
    // What one datagram cannot do must cost neither those behind it nor the packets that wait for them.
    const onDatagram = (bytes: Uint8Array): void => {
      try {
        receive(bytes);
      } catch (error) {
        this.counters.failed += 1;
        warn(error, address);
      }
    };
    try {
      const socket = open({ address, port }, { onDatagram, onError: () => (this.counters.failed += 1) });
      this.#sockets.set(address, { socket, isSix: address.includes(':') });
      this.problems.delete(address);
    } catch (error) {
      if (!this.problems.has(address)) warn(error, address);
      this.problems.set(address, error instanceof Error ? error.message : String(error));
    }
  }
}
