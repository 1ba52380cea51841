import type { VersionRange } from '@midonet/contract';
import type { Connection } from '@midonet/flow';
import { StateExchange, type Address } from '../src/connections/exchange/state-exchange.ts';
import type { ConnectionKey } from '../src/connections/connection-table.ts';
import type { Told } from '../src/connections/connection-codec.ts';
import type { Keys } from '../src/connections/exchange/datagram.ts';
import { ManualClock } from '../src/manual-clock.ts';
import { sampleId } from './connection-samples.ts';

export const TEST_KEYS: Keys = { current: '17'.repeat(32) };

type InFlight = { readonly bytes: Uint8Array; readonly to: number };

/** Exchanges on a network that loses, doubles and mixes up what the test tells it to. */
export class SimulatedNetwork {
  readonly clock = new ManualClock();
  inFlight: InFlight[] = [];
  /** Everything that was ever sent, for who would send it again. */
  readonly recorded: InFlight[] = [];
  readonly hosts: SimulatedHost[] = [];

  constructor(
    count: number,
    keys: (host: number) => Keys = () => TEST_KEYS,
    versions: (host: number) => VersionRange | undefined = () => undefined,
  ) {
    for (let i = 0; i < count; i++) this.hosts.push(new SimulatedHost(this, i, keys(i), versions(i)));
  }

  send(bytes: Uint8Array, to: Address): void {
    const datagram = { bytes: Uint8Array.from(bytes), to: to.port };
    this.inFlight.push(datagram);
    this.recorded.push(datagram);
  }

  /** One datagram of those on their way arrives, stays on its way as well, or is lost. */
  step(choice: number): void {
    const at = choice % Math.max(this.inFlight.length, 1);
    const datagram = this.inFlight[at];
    if (datagram === undefined) return;
    const fate = Math.floor(choice / 7) % 10;
    if (fate !== 0) this.inFlight.splice(at, 1);
    if (fate > 2) this.hosts[datagram.to]!.exchange.receive(datagram.bytes);
  }

  deliver(): void {
    while (this.inFlight.length > 0) {
      for (const { bytes, to } of this.inFlight.splice(0)) this.hosts[to]!.exchange.receive(bytes);
    }
  }

  /** Lets time go by on a network that works. */
  settle(ms: number): void {
    for (let passed = 0; passed < ms; passed += 10) {
      this.deliver();
      this.clock.advance(10);
    }
    this.deliver();
  }
}

/** A host with its own connections, and what it heard of others. */
export class SimulatedHost {
  readonly id: string;
  readonly index: number;
  readonly keys: Keys;
  readonly network: SimulatedNetwork;
  /** Its own, with the hosts they concern. */
  readonly own = new Map<string, { readonly told: Told; readonly hosts: readonly string[] }>();
  readonly classes = new Map<string, readonly Connection[]>();
  readonly heard = new Map<string, { readonly told: Told; readonly from: string; doubted: boolean }>();
  readonly moved: { readonly port: string; readonly connection: Connection }[] = [];
  exchange: StateExchange;
  versions: VersionRange | undefined;
  #epoch = 1000;

  constructor(network: SimulatedNetwork, index: number, keys: Keys, versions: VersionRange | undefined) {
    this.versions = versions;
    this.network = network;
    this.index = index;
    this.keys = keys;
    this.id = sampleId(1000 + index);
    this.exchange = this.#start();
  }

  open(told: Told, hosts: readonly string[]): void {
    this.own.set(keyOf(told.connection), { told, hosts });
    this.exchange.share(told, hosts);
    this.exchange.flush();
  }

  close(connection: Connection): void {
    const known = this.own.get(keyOf(connection));
    if (known === undefined) return;
    this.own.delete(keyOf(connection));
    this.exchange.close(connection, known.hosts);
    this.exchange.flush();
  }

  /** Another run of the agent, with what it had on disk. */
  restart(): void {
    this.exchange.stop();
    this.#epoch += 1;
    this.exchange = this.#start();
    this.exchange.greet(this.network.hosts.filter((host) => host !== this).map(({ id }) => id));
  }

  /** The keys of what it heard from another and holds. */
  heardFrom(host: SimulatedHost): string[] {
    return [...this.heard].flatMap(([key, { from }]) => (from === host.id ? [key] : [])).sort();
  }

  /** The keys of what concerns another. */
  concerning(host: SimulatedHost): string[] {
    return [...this.own].flatMap(([key, { hosts }]) => (hosts.includes(host.id) ? [key] : [])).sort();
  }

  #start(): StateExchange {
    const { network, own, heard } = this;
    return new StateExchange(
      { hostId: this.id, epoch: this.#epoch, keys: this.keys, versions: this.versions },
      {
        clock: network.clock,
        send: (bytes, to) => network.send(bytes, to),
        addressOf: (id) => {
          const port = network.hosts.findIndex((host) => host.id === id);
          return port < 0 ? undefined : { address: '127.0.0.1', port };
        },
        *concerning(id) {
          for (const { told, hosts } of own.values()) yield hosts.includes(id) ? told : undefined;
        },
        onOpened: (told, from) => {
          for (const one of told) heard.set(keyOf(one.connection), { told: one, from, doubted: false });
        },
        onClass: (number, members, from) => this.classes.set(`${from} ${number}`, members),
        onClosed: (keys) => {
          for (const key of keys) heard.delete(keyOf(key));
        },
        onMoved: (port, told) => this.moved.push(...told.map(({ connection }) => ({ port, connection }))),
        doubt: (from) => {
          for (const one of heard.values()) if (one.from === from) one.doubted = true;
        },
        doubted: (from) =>
          [...heard.values()].flatMap((one) => (one.from === from && one.doubted ? [one.told.connection] : [])),
      },
    );
  }
}

export function keyOf({ device, original, reply }: ConnectionKey): string {
  return [device, ...Object.values(original), ...Object.values(reply)].join(' ');
}
