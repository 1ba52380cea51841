import type { Cidr } from '@midonet/packet';
import type { Dhcp6Host, Dhcp6Subnet, DhcpHost, DhcpSubnet, Port, Route, StaticArp, StaticMac } from './entities.ts';
import type { BridgeId, L2InsertionId, PortId, RouteId, RouterId, TraceRequestId } from './ids.ts';
import type { L2Insertion } from './insertion-entities.ts';
import type { TraceRequest } from './trace-entities.ts';

/** Entities filed by the device they belong to, so a device is derived from its own parts alone. */
export class DeviceParts {
  readonly ports = new Map<PortId, Port>();
  readonly portsOfBridge = new Grouped<BridgeId, PortId, Port>();
  readonly portsOfRouter = new Grouped<RouterId, PortId, Port>();
  /** Ports by the port they name as their peer. */
  readonly linkedTo = new Grouped<PortId, PortId, Port>();
  readonly routes = new Grouped<RouterId, RouteId, Route>();
  readonly dhcpSubnets = new Grouped<BridgeId, string, DhcpSubnet>();
  readonly dhcpHosts = new Grouped<BridgeId, string, DhcpHost>();
  readonly dhcp6Subnets = new Grouped<BridgeId, string, Dhcp6Subnet>();
  readonly dhcp6Hosts = new Grouped<BridgeId, string, Dhcp6Host>();
  readonly staticMacs = new Grouped<BridgeId, string, StaticMac>();
  readonly staticArps = new Grouped<BridgeId, string, StaticArp>();

  /** By the bridge or router, those of its ports among them. */
  readonly traces = new Grouped<BridgeId | RouterId, TraceRequestId, TraceRequest>();

  /** By the bridges of both their ports. */
  readonly insertions = new Grouped<BridgeId, L2InsertionId, L2Insertion>();

  putPort(port: Port): void {
    this.dropPort(port.id);
    this.ports.set(port.id, port);
    if (port.type === 'bridge') this.portsOfBridge.put(port.bridgeId, port.id, port);
    else this.portsOfRouter.put(port.routerId, port.id, port);
    if (port.peerId !== undefined) this.linkedTo.put(port.peerId, port.id, port);
  }

  dropPort(id: PortId): void {
    const port = this.ports.get(id);
    if (port === undefined) return;
    this.ports.delete(id);
    if (port.type === 'bridge') this.portsOfBridge.drop(port.bridgeId, id);
    else this.portsOfRouter.drop(port.routerId, id);
    if (port.peerId !== undefined) this.linkedTo.drop(port.peerId, id);
  }
}

/** A map of maps without empty inner ones. */
export class Grouped<G, K, V> {
  readonly #groups = new Map<G, Map<K, V>>();

  put(group: G, key: K, value: V): void {
    let rows = this.#groups.get(group);
    if (rows === undefined) this.#groups.set(group, (rows = new Map<K, V>()));
    rows.set(key, value);
  }

  drop(group: G, key: K): void {
    const rows = this.#groups.get(group);
    if (rows?.delete(key) === true && rows.size === 0) this.#groups.delete(group);
  }

  of(group: G): IterableIterator<V> {
    return (this.#groups.get(group) ?? new Map<K, V>()).values();
  }
}

/** The older map when both hold the same, so that identity tells what changed. */
export function keepMap<K, V>(old: ReadonlyMap<K, V> | undefined, now: ReadonlyMap<K, V>): ReadonlyMap<K, V> {
  if (old?.size !== now.size) return now;
  for (const [key, value] of now) if (old.get(key) !== value) return now;
  return old;
}

/** The older list when both hold the same objects in the same order. */
export function keepList<V>(old: readonly V[] | undefined, now: readonly V[]): readonly V[] {
  return old?.length === now.length && now.every((value, i) => value === old[i]) ? old : now;
}

/** True when the two prefixes are the same text: address with host bits and length. */
export function sameCidr(a: Cidr, b: Cidr): boolean {
  return a.address === b.address && a.length === b.length;
}
