import type { IpAddress } from '@midonet/packet';
import { addressKey, endpointKey } from './port-blocks.ts';

/** What an internal endpoint is translated to, with how many of its connections are. */
export type Mapping = { readonly address: IpAddress; readonly port: number; connections: number };

const PORTS = 0x1_0000;

type Pairing = { readonly address: IpAddress; connections: number };

/**
 * Which external address and port an internal endpoint has (RFC 4787 REQ-1), and which external
 * addresses an internal one has (REQ-2). One entry of each per connection at most.
 */
export class EndpointMappings {
  readonly #byEndpoint = new Map<string, Mapping[]>();
  readonly #byAddress = new Map<string, Pairing[]>();

  get size(): number {
    return this.#byEndpoint.size;
  }

  /** The oldest first: newer ones were made because it was not free towards some destination. */
  of(deviceId: string, proto: number, src: IpAddress, srcPort: number): readonly Mapping[] {
    return this.#byEndpoint.get(endpointKey(deviceId, proto, src, srcPort)) ?? [];
  }

  /** Ports of an internal address that have a mapping. */
  *portsOf(deviceId: string, proto: number, src: IpAddress): Generator<number> {
    // Whatever is fewer: all endpoints, or all ports that this one may have.
    if (this.#byEndpoint.size < PORTS) {
      const prefix = endpointKey(deviceId, proto, src, 0).slice(0, -1);
      for (const key of this.#byEndpoint.keys()) if (key.startsWith(prefix)) yield Number(key.slice(prefix.length));
      return;
    }
    for (let port = 1; port < PORTS; port++) {
      if (this.#byEndpoint.has(endpointKey(deviceId, proto, src, port))) yield port;
    }
  }

  pairedWith(deviceId: string, src: IpAddress): readonly Pairing[] {
    return this.#byAddress.get(`${deviceId} ${addressKey(src)}`) ?? [];
  }

  add(deviceId: string, proto: number, src: IpAddress, srcPort: number, address: IpAddress, port: number): void {
    const endpoint = endpointKey(deviceId, proto, src, srcPort);
    const mappings = this.#byEndpoint.get(endpoint) ?? [];
    const mapping = mappings.find((each) => each.address === address && each.port === port);
    if (mapping === undefined) mappings.push({ address, port, connections: 1 });
    else mapping.connections++;
    this.#byEndpoint.set(endpoint, mappings);
    const internal = `${deviceId} ${addressKey(src)}`;
    const pairings = this.#byAddress.get(internal) ?? [];
    const pairing = pairings.find((each) => each.address === address);
    if (pairing === undefined) pairings.push({ address, connections: 1 });
    else pairing.connections++;
    this.#byAddress.set(internal, pairings);
  }

  remove(deviceId: string, proto: number, src: IpAddress, srcPort: number, address: IpAddress, port: number): void {
    letGo(
      this.#byEndpoint,
      endpointKey(deviceId, proto, src, srcPort),
      (each) => each.address === address && each.port === port,
    );
    letGo(this.#byAddress, `${deviceId} ${addressKey(src)}`, (each) => each.address === address);
  }
}

function letGo<T extends { connections: number }>(
  table: Map<string, T[]>,
  key: string,
  isIt: (each: T) => boolean,
): void {
  const list = table.get(key);
  const at = list?.findIndex(isIt) ?? -1;
  const entry = list?.[at];
  if (list === undefined || entry === undefined || --entry.connections > 0) return;
  list.splice(at, 1);
  if (list.length === 0) table.delete(key);
}
