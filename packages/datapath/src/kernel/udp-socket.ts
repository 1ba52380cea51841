import { isIPv6 } from 'node:net';
import { packAddress } from './socket-address.ts';
import { allocate, checked, EAGAIN, EINTR, errno, libc, SystemError, type Memory } from './libc.ts';
import { pollReadable } from './poll.ts';

export type UdpAddress = { readonly address: string; readonly port: number };

export type UdpEvents = {
  /** The bytes are the socket's own: they stay as they are until this returns. */
  readonly onDatagram: (bytes: Uint8Array) => void;
  /** A datagram that could not be sent, or the socket's own trouble. */
  readonly onError: (error: Error) => void;
};

/**
 * A datagram socket without Node's queues: send() has given the datagram to the kernel when it returns, and receive()
 * takes what is there now. So the order between datagrams and packets of a datapath is the caller's to choose.
 */
export type UdpSocket = {
  readonly port: number;
  send(bytes: Uint8Array, to: UdpAddress): void;
  /** Hands out all that has come; the event loop does so, too, when the caller does not. */
  receive(): void;
  close(): void;
};

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0x80000;
const SOCK_NONBLOCK = 0x800;
const SOL_SOCKET = 1;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
/** Room for a burst of a full window of several peers. */
const BUFFER = 4 * 1024 * 1024;
const LONGEST = 65_536;
/** Datagrams in one go: others want their turn of the loop. */
const MOST_AT_ONCE = 4096;

/** Arguments and what is sent; calls are synchronous. */
const [name, number, outgoing] = [allocate(28), allocate(4), allocate(LONGEST)];
/** Buffers of sockets that were closed: memory outside the heap is never given back. */
const spare: Memory[] = [];

/**
 * Binds to an address of this host in the calling thread's namespace; port 0 takes a free one. Throws SystemError
 * when the address is not there (EADDRNOTAVAIL) or the port is taken (EADDRINUSE).
 */
export function openUdpSocket(at: UdpAddress, events: UdpEvents): UdpSocket {
  const family = isIPv6(at.address) ? AF_INET6 : AF_INET;
  const fd = checked('a UDP socket', libc.socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  try {
    for (const option of [SO_SNDBUFFORCE, SO_RCVBUFFORCE]) setBuffer(option);
    checked(`UDP ${at.address} port ${at.port}`, libc.bind(fd, name.address, packAddress(at, name)));
    number.view.setUint32(0, 28, true);
    checked('the name of a UDP socket', libc.getsockname(fd, name.address, number.address));
  } catch (error) {
    libc.close(fd);
    throw error;
  }
  const port = name.view.getUint16(2);
  const incoming = spare.pop() ?? allocate(LONGEST);
  let isOpen = true;
  let isReceiving = false;
  const stop = pollReadable(fd, receive, fail);
  return { port, send, receive, close };

  function send(bytes: Uint8Array, to: UdpAddress): void {
    if (!isOpen) return;
    outgoing.bytes.set(bytes);
    const length = packAddress(to, name);
    if (libc.sendto(fd, outgoing.address, bytes.length, 0, name.address, length) < 0) {
      events.onError(new SystemError(`sending to ${to.address} port ${to.port}`, errno()));
    }
  }

  function receive(): void {
    // Whoever is handed a datagram may ask for the rest; it gets it when this one is done with.
    if (isReceiving) return;
    isReceiving = true;
    try {
      for (let i = 0; i < MOST_AT_ONCE && isOpen; i++) {
        const length = libc.recv(fd, incoming.address, LONGEST, 0);
        if (length >= 0) events.onDatagram(incoming.bytes.subarray(0, length));
        else if (errno() === EAGAIN) return;
        // Others are what the network said of an earlier datagram: the next read goes on.
        else if (errno() !== EINTR) events.onError(new SystemError('receiving a datagram', errno()));
      }
    } finally {
      isReceiving = false;
    }
  }

  function close(): void {
    if (!isOpen) return;
    isOpen = false;
    stop();
    libc.close(fd);
    spare.push(incoming);
  }

  function fail(error: unknown): void {
    events.onError(error instanceof Error ? error : new Error(String(error)));
  }

  /** Past the system's limit, which takes CAP_NET_ADMIN; smaller ones do, with more datagrams sent again. */
  function setBuffer(option: number): void {
    number.view.setUint32(0, BUFFER, true);
    libc.setsockopt(fd, SOL_SOCKET, option, number.address, 4);
  }
}
