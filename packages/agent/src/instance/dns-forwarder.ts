import type { PortId } from '@midonet/topology';
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIPv6, type Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import { answers, failure, readQuery, truncated, withId } from './dns-message.ts';
import type { GuestConnection } from './guest-connection.ts';
import { PortRate } from './port-rate.ts';

/** A resolver that this host asks. */
export type Resolver = { readonly address: string; readonly port: number };

export type DnsForwarderModules = {
  readonly resolvers: () => readonly Resolver[];
  readonly clock: Clock;
  /** Bytes of a UDP answer that fit one packet to an instance. */
  readonly room: () => number;
};

/** Of a port. */
const RATE = { perSecond: 200, burst: 400 };
/** Queries under way at a time. */
const MOST_OF_PORT = 64;
const MOST = 512;
/** As many resolvers are tried, one after the other. */
const TRIES = 3;
const TRY_MS = 2_000;
const TCP_OF_PORT = 8;
const TCP_MS = 20_000;
/** What one connection may carry each way. */
const MOST_TCP = 1024 * 1024;

/**
 * Asks the host's resolvers what instances want to know. Each query has a socket of its own, so that the
 * kernel chooses its port, and an id of its own at random: who cannot see the query cannot answer it.
 */
export class DnsForwarder {
  readonly #modules: DnsForwarderModules;
  readonly #rate: PortRate;
  readonly #underWay = new Map<PortId, number>();
  readonly #tcp = new Map<PortId, number>();
  readonly #closing = new Set<() => void>();
  #all = 0;
  readonly counters = { queries: 0, answered: 0, failed: 0, refused: 0, malformed: 0, tcp: 0 };

  constructor(modules: DnsForwarderModules) {
    this.#modules = modules;
    this.#rate = new PortRate(RATE, () => modules.clock.now());
  }

  /** A query by UDP; `reply` is called at most once. */
  ask(portId: PortId, data: Uint8Array, reply: (answer: Uint8Array) => void): void {
    const query = Buffer.from(data);
    const read = readQuery(query);
    this.counters.queries++;
    if (read === undefined) {
      this.counters.malformed++;
      return;
    }
    const { id, questionEnd } = read;
    if (this.#modules.resolvers().length === 0) {
      this.counters.failed++;
      reply(failure(query, questionEnd));
      return;
    }
    const ofPort = this.#underWay.get(portId) ?? 0;
    if (this.#all >= MOST || ofPort >= MOST_OF_PORT || !this.#rate.allows(portId)) {
      // Silence: the client asks again later, as after a loss.
      this.counters.refused++;
      return;
    }
    this.#all++;
    add(this.#underWay, portId, 1);
    this.#try(query, questionEnd, 0, (answer) => {
      this.#all--;
      add(this.#underWay, portId, -1);
      if (answer === undefined) this.counters.failed++;
      else this.counters.answered++;
      const told = answer === undefined ? failure(query, questionEnd) : withId(answer, id);
      reply(told.length > this.#modules.room() ? truncated(told, questionEnd) : told);
    });
  }

  /** A connection of an instance: what it says goes to a resolver, what that says comes back. */
  take(connection: GuestConnection): void {
    const { portId } = connection.guest;
    const resolvers = this.#modules.resolvers();
    if (resolvers.length === 0 || (this.#tcp.get(portId) ?? 0) >= TCP_OF_PORT || !this.#rate.allows(portId)) {
      this.counters.refused++;
      connection.destroy();
      return;
    }
    this.counters.tcp++;
    add(this.#tcp, portId, 1);
    connection.once('close', () => add(this.#tcp, portId, -1));
    this.#dial(connection, 0);
  }

  close(): void {
    for (const close of [...this.#closing]) close();
  }

  #try(query: Buffer, questionEnd: number, tried: number, done: (answer: Buffer | undefined) => void): void {
    const { clock } = this.#modules;
    const resolvers = this.#modules.resolvers();
    const resolver = resolvers[tried % resolvers.length];
    if (resolver === undefined || tried >= TRIES) {
      done(undefined);
      return;
    }
    const id = randomInt(0x10000);
    const socket = createSocket(isIPv6(resolver.address) ? 'udp6' : 'udp4');
    socket.unref();
    let isOver = false;
    const close = (): void => {
      isOver = true;
      timer.cancel();
      this.#closing.delete(close);
      socket.close();
    };
    this.#closing.add(close);
    const next = (): void => {
      if (isOver) return;
      close();
      this.#try(query, questionEnd, tried + 1, done);
    };
    const timer = clock.after(TRY_MS, next);
    socket.on('error', next);
    socket.on('message', (message) => {
      if (isOver || !answers(message, query, questionEnd, id)) return;
      close();
      done(message);
    });
    // Connected: the kernel takes answers of this resolver alone.
    socket.connect(resolver.port, resolver.address, () => {
      if (!isOver) socket.send(withId(query, id));
    });
  }

  #dial(connection: GuestConnection, tried: number): void {
    const { clock } = this.#modules;
    const resolvers = this.#modules.resolvers();
    const resolver = resolvers[tried];
    if (resolver === undefined || tried >= TRIES) {
      connection.destroy();
      return;
    }
    const socket = connect({ host: resolver.address, port: resolver.port });
    let isConnected = false;
    const timer = clock.after(TRY_MS, () => socket.destroy());
    const close = (): void => void socket.destroy();
    this.#closing.add(close);
    connection.once('close', close);
    socket.once('connect', () => {
      isConnected = true;
      timer.cancel();
      this.#join(connection, socket);
    });
    socket.on('error', () => undefined);
    socket.once('close', () => {
      timer.cancel();
      this.#closing.delete(close);
      connection.off('close', close);
      if (connection.destroyed) return;
      if (!isConnected) this.#dial(connection, tried + 1);
      else if (!connection.writableEnded) connection.destroy();
    });
  }

  #join(connection: GuestConnection, socket: Socket): void {
    const timer = this.#modules.clock.after(TCP_MS, () => connection.destroy());
    connection.once('close', () => timer.cancel());
    let carried = 0;
    for (const stream of [connection, socket]) {
      stream.on('data', (chunk: Buffer) => {
        carried += chunk.length;
        if (carried > MOST_TCP) connection.destroy();
      });
    }
    connection.pipe(socket);
    socket.pipe(connection);
  }
}

function add(counts: Map<PortId, number>, portId: PortId, by: 1 | -1): void {
  const now = (counts.get(portId) ?? 0) + by;
  if (now > 0) counts.set(portId, now);
  else counts.delete(portId);
}
