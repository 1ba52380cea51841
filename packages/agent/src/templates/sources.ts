import type { Datapath, SourceTable } from '@midonet/datapath';
import type { SourceRequest } from '@midonet/flow';
import type { IpAddress } from '@midonet/packet';
import type { PortAllocator } from '../nat/port-allocator.ts';

export type SourcesModules = {
  readonly datapath: () => Datapath;
  readonly allocator: () => PortAllocator;
};

/** One internal address at a device that translates it, as the datapath does it for new connections. */
export type Client = {
  readonly key: string;
  readonly request: SourceRequest;
  /** The one external address of all its ports. */
  readonly address: IpAddress;
  readonly table: SourceTable;
  /** Ports that the datapath was given and has not told of. */
  readonly reserved: Set<number>;
  /** Which port of the client has an external one. */
  readonly owners: Map<number, number>;
  users: number;
};

/** Ports at hand for new connections of a client, and when they are made up to that. */
const RESERVED = 256;
const LOW = 192;

/**
 * Ports that the datapath may choose for the connections it opens: reserved beforehand, and only where
 * the client's port has none yet. What is known here of a port's mapping the datapath is told at once.
 */
export class Sources {
  readonly #modules: SourcesModules;
  readonly #clients = new Map<string, Client>();

  constructor(modules: SourcesModules) {
    this.#modules = modules;
  }

  get size(): number {
    return this.#clients.size;
  }

  /** The client of a request whose source became `address`, for one more user; undefined when it cannot be had. */
  hold(request: SourceRequest, address: IpAddress): Client | undefined {
    const key = keyOf(request.device, request.original.proto, request.original.src);
    const known = this.#clients.get(key);
    if (known !== undefined) {
      if (known.address !== address) return undefined;
      known.users++;
      return known;
    }
    const table = this.#modules.datapath().openSources();
    if (table === undefined) return undefined;
    const parts = { key, request, address, table };
    const client: Client = { ...parts, reserved: new Set(), owners: new Map(), users: 1 };
    this.#clients.set(key, client);
    for (const port of this.#modules.allocator().mappedPorts(request)) this.#map(client, port);
    this.refill();
    return client;
  }

  letGo(client: Client): void {
    client.users--;
    if (client.users > 0) return;
    this.#clients.delete(client.key);
    for (const port of client.table.takeBack()) this.#unreserve(client, port);
    // Those that were taken and not told of: nothing more will tell.
    for (const port of [...client.reserved]) this.#unreserve(client, port);
    this.#modules.datapath().closeSources(client.table);
  }

  /** The datapath gave a port of the client this one. */
  chosen(client: Client, port: number): void {
    this.#unreserve(client, port);
  }

  /** Nothing began with what it gave. */
  unused(client: Client, from: number, port: number): void {
    this.#unreserve(client, port);
    this.#map(client, from);
  }

  /** So that the datapath need not ask for the next connections. */
  refill(): void {
    for (const client of this.#clients.values()) {
      if (client.table.count >= LOW) continue;
      const wanted = RESERVED - client.table.count;
      for (const port of this.#modules.allocator().reserve(client.request, client.address, wanted)) {
        client.reserved.add(port);
        client.table.give(port);
      }
    }
  }

  /** An internal port got another external one, or has none any more. */
  mapped(device: string, proto: number, src: IpAddress, port: number): void {
    if (this.#clients.size === 0) return;
    const client = this.#clients.get(keyOf(device, proto, src));
    if (client !== undefined) this.#map(client, port);
  }

  /** An external port has more than one owner now: who may use it towards whom, the datapath cannot say. */
  shared(device: string, proto: number, address: IpAddress, port: number): void {
    for (const client of this.#clients.values()) {
      const { request } = client;
      if (request.device !== device || request.original.proto !== proto || client.address !== address) continue;
      const owner = client.owners.get(port);
      if (owner === undefined) continue;
      const mapping = this.#modules.allocator().mappingOf(request, owner);
      if (typeof mapping === 'object' && mapping.port === port) client.table.map(owner, 'ask');
      else client.owners.delete(port);
    }
  }

  /** Its ports are another host's from now on. Gives those whose templates must go. */
  lost(device: string, address: IpAddress): Client[] {
    return [...this.#clients.values()].filter(
      (client) => client.request.device === device && client.address === address,
    );
  }

  #map(client: Client, port: number): void {
    const { request, address, table, owners } = client;
    const mapping = this.#modules.allocator().mappingOf(request, port);
    if (mapping === undefined) table.map(port, undefined);
    else if (mapping === 'several' || mapping.address !== address || mapping.isShared) table.map(port, 'ask');
    else {
      table.map(port, mapping.port);
      owners.set(mapping.port, port);
    }
  }

  #unreserve(client: Client, port: number): void {
    if (!client.reserved.delete(port)) return;
    this.#modules.allocator().unreserve(client.request, client.address, port);
  }
}

function keyOf(device: string, proto: number, src: IpAddress): string {
  return `${device} ${proto} ${src}`;
}
