import type { Connection } from '@midonet/flow';
import { formatIp } from '@midonet/packet';
import { parseId, type HostId } from '@midonet/topology';
import type { Clock } from '../clock.ts';
import type { StateDir } from '../host/state-dir.ts';
import type { Logger } from '../logger.ts';
import type { Knowledge } from '../view/knowledge.ts';
import type { Told } from './connection-codec.ts';
import type { ConnectionKey } from './connection-table.ts';
import type { Keys } from './exchange/datagram.ts';
import { nextEpoch, type Epoch } from './exchange/epoch.ts';
import { ExchangeSockets, type OpenUdpSocket } from './exchange/exchange-sockets.ts';
import { EXCHANGE_PORT, StateExchange, type Address, type StateExchangeModules } from './exchange/state-exchange.ts';
import { NearHosts } from './near-hosts.ts';

export type PeersModules = {
  readonly clock: Clock;
  readonly wall: () => number;
  readonly logger: Logger;
  readonly state: StateDir;
  readonly knowledge: Knowledge;
  readonly openSocket: OpenUdpSocket;
};

export type PeersEvents = Omit<StateExchangeModules, 'clock' | 'send' | 'addressOf' | 'onMet'> & {
  readonly onGreeted: (host: HostId) => void;
  /** It has answered: what is said from now on is told at once. */
  readonly onMet: (host: HostId) => void;
};

const KEY_FILE = 'exchange-keys.json';

/**
 * The other hosts, as far as connections go. There is an exchange once a controller has said with
 * which keys; the last ones are kept (0600), so that a restart does not need a controller.
 */
export class Peers {
  readonly sockets: ExchangeSockets;
  readonly #modules: PeersModules;
  readonly #events: PeersEvents;
  readonly #epoch: Epoch;
  #exchange: StateExchange | undefined;
  #keys = '';
  readonly #near = new NearHosts();
  /** Each is greeted once; what becomes of that is the exchange's. */
  readonly #greeted = new Set<HostId>();

  constructor(modules: PeersModules, events: PeersEvents) {
    const { logger, state, wall, openSocket } = modules;
    this.#modules = modules;
    this.#events = events;
    this.#epoch = nextEpoch(state, wall());
    this.sockets = new ExchangeSockets({
      open: openSocket,
      port: EXCHANGE_PORT,
      receive: (bytes) => this.#exchange?.receive(bytes),
      warn: (error, address) =>
        logger.warn({ err: error, address, port: EXCHANGE_PORT }, 'cannot exchange connections with other hosts'),
    });
    const keys = readKeys(state.read(KEY_FILE));
    if (keys !== undefined) this.setKeys(keys);
  }

  get exchange(): StateExchange | undefined {
    return this.#exchange;
  }

  setKeys(keys: Keys): void {
    const text = JSON.stringify(keys);
    if (text === this.#keys) return;
    const { clock, knowledge, logger, state } = this.#modules;
    try {
      if (this.#exchange === undefined) {
        this.#exchange = new StateExchange(
          { hostId: knowledge.hostId, epoch: this.#epoch.number, keys },
          {
            ...this.#events,
            clock,
            send: (bytes, to) => this.sockets.send(bytes, to),
            addressOf: (host) => this.#addressOf(host),
            onMet: (host) => {
              const id = parseId<HostId>(host);
              if (id !== undefined) this.#events.onMet(id);
            },
          },
        );
      } else this.#exchange.setKeys(keys);
      this.#keys = text;
      state.write(KEY_FILE, text);
    } catch (error) {
      logger.error({ err: error }, 'cannot use the keys of the state exchange');
    }
    this.reconcile();
  }

  /** Ports are at these hosts: before a packet goes to one it has been greeted, so that connections are told at once. */
  meet(hosts: Iterable<HostId>): void {
    if (this.#near.add(hosts, this.#modules.knowledge.underlay.peers)) this.#greet();
  }

  /** The underlay changed: sockets follow this host's addresses, and hosts that are new are greeted. */
  reconcile(): void {
    const { underlay } = this.#modules.knowledge;
    if (this.#exchange !== undefined) this.sockets.reconcile(underlay.local.map(({ address }) => address));
    for (const host of this.#greeted) if (!underlay.peers.has(host)) this.#greeted.delete(host);
    this.#greet();
  }

  /**
   * Those of an earlier run greet everybody, whose connections it knew: what has stayed in touch with that
   * run tells this one all again.
   */
  #greet(): void {
    if (this.#exchange === undefined) return;
    const { peers } = this.#modules.knowledge.underlay;
    const strangers: HostId[] = [];
    for (const host of this.#epoch.isFirst ? this.#near : peers.keys()) {
      if (peers.has(host) && !this.#greeted.has(host)) strangers.push(host);
    }
    for (const host of strangers) {
      this.#greeted.add(host);
      this.#events.onGreeted(host);
    }
    this.#exchange.greet(strangers);
  }

  share(told: Told, hosts: readonly string[]): void {
    this.#exchange?.share(told, hosts);
  }

  hearsOfClasses(host: string): boolean {
    return this.#exchange?.hearsOfClasses(host) === true;
  }

  shareClass(number: number, members: readonly Connection[], host: string): void {
    this.#exchange?.shareClass(number, members, host);
  }

  close(key: ConnectionKey, hosts: readonly string[]): void {
    this.#exchange?.close(key, hosts);
  }

  handOver(port: string, told: readonly Told[], host: string): void {
    this.#exchange?.handOver(port, told, host);
  }

  flush(): void {
    this.#exchange?.flush();
  }

  stop(): void {
    this.#exchange?.stop();
    this.sockets.close();
  }

  #addressOf(host: string): Address | undefined {
    const id = parseId<HostId>(host);
    const address = id === undefined ? undefined : this.#modules.knowledge.underlay.peer(id);
    return address === undefined ? undefined : { address: formatIp(address), port: EXCHANGE_PORT };
  }
}

/** Undefined when there are none, or none that can be read: a controller will say. */
function readKeys(text: string | undefined): Keys | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const current: unknown = Reflect.get(value, 'current');
    const other: unknown = Reflect.get(value, 'other');
    if (typeof current !== 'string') return undefined;
    return typeof other === 'string' ? { current, other } : { current };
  } catch {
    return undefined;
  }
}
