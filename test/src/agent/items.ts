import type { WatchItem } from '@midonet/contract';
import { parseCidr, parseIp, parseMac, type Cidr, type IpAddress, type Mac } from '@midonet/packet';
import {
  encodeEntity,
  encodeRow,
  entityKey,
  sharedRowKey,
  type BridgeId,
  type Entity,
  type HostId,
  type PortId,
  type RouteId,
  type RouterId,
  type SharedRow,
} from '@midonet/topology';

/** A UUID of a kind and a number, for topologies written by hand. */
export function uuid(kind: number, n: number): string {
  return `${kind.toString(16).padStart(8, '0')}-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
}

export const bridgeId = (n: number): BridgeId => uuid(1, n) as BridgeId;
export const routerId = (n: number): RouterId => uuid(2, n) as RouterId;
export const portId = (n: number): PortId => uuid(3, n) as PortId;

export function item(entity: Entity): WatchItem {
  return { key: entityKey(entity), value: encodeEntity(entity) };
}

export function row(value: SharedRow): WatchItem {
  return { key: sharedRowKey(value), value: encodeRow(value) };
}

export function bridge(n: number): Entity {
  return { kind: 'bridge', id: bridgeId(n), tenantId: 't', name: `bridge ${n}`, adminStateUp: true };
}

export function router(n: number, adminStateUp = true): Entity {
  return { kind: 'router', id: routerId(n), tenantId: 't', name: `router ${n}`, adminStateUp };
}

export type PortOptions = {
  readonly peer?: number;
  readonly bound?: readonly [HostId, string];
  readonly adminStateUp?: boolean;
};

export function bridgePort(n: number, of: number, options: PortOptions = {}): Entity {
  return { kind: 'port', type: 'bridge', id: portId(n), bridgeId: bridgeId(of), ...common(options) };
}

export function routerPort(
  n: number,
  of: number,
  address: string,
  hardware: string,
  options: PortOptions = {},
): Entity {
  const identity = { kind: 'port', type: 'router', id: portId(n), routerId: routerId(of) } as const;
  return { ...identity, mac: mac(hardware), addresses: [cidr(address)], ...common(options) };
}

export function route(n: number, of: number, destination: string, port: number): Entity {
  return {
    kind: 'route',
    type: 'normal',
    id: uuid(4, n) as RouteId,
    routerId: routerId(of),
    source: cidr('0.0.0.0/0'),
    destination: cidr(destination),
    weight: 100,
    learned: false,
    nextHopPort: portId(port),
  };
}

function common({ peer, bound, adminStateUp = true }: PortOptions) {
  const binding = bound === undefined ? undefined : { hostId: bound[0], interfaceName: bound[1] };
  return { adminStateUp, peerId: peer === undefined ? undefined : portId(peer), binding };
}

export function mac(text: string): Mac {
  const parsed = parseMac(text);
  if (parsed === undefined) throw new Error(`'${text}' is no MAC`);
  return parsed;
}

export function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (parsed === undefined) throw new Error(`'${text}' is no prefix`);
  return parsed;
}

export function ip(text: string): IpAddress {
  const parsed = parseIp(text);
  if (parsed === undefined) throw new Error(`'${text}' is no address`);
  return parsed;
}
