import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Address } from './state-exchange.ts';

export type UdpEvents = {
  readonly onDatagram: (bytes: Uint8Array) => void;
  /** A datagram that could not be sent, or the socket's own trouble. */
  readonly onError: (error: Error) => void;
};

export type UdpSocket = {
  readonly port: number;
  /** The kernel has the datagram before the next event is handled: Node's `send` ends in a next tick. */
  send(bytes: Uint8Array, to: Address): void;
  close(): void;
};

/** Room for a burst of a full window of several peers. */
const BUFFER = 4 * 1024 * 1024;

/** Binds to an address of this host alone. Rejects when it is not there or the port is taken. */
export async function openUdpSocket({ address, port }: Address, events: UdpEvents): Promise<UdpSocket> {
  const family = isIPv6(address) ? 6 : 4;
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    // Addresses are numbers already. Node's own look-up answers in a later turn, after the packet went.
    lookup: (host, _options, done) => done(null, host, family),
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, address, () => {
      socket.off('error', reject);
      resolve();
    });
  });
  socket.on('error', (error) => events.onError(error));
  socket.on('message', (bytes) => events.onDatagram(bytes));
  setBuffers();
  return {
    port: socket.address().port,
    send: (bytes, to) => {
      socket.send(bytes, to.port, to.address, (error) => {
        if (error !== null) events.onError(error);
      });
    },
    close: () => socket.close(),
  };

  function setBuffers(): void {
    try {
      socket.setRecvBufferSize(BUFFER);
      socket.setSendBufferSize(BUFFER);
    } catch (error) {
      events.onError(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
