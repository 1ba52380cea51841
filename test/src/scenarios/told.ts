import type { Topic, WatchItem } from '@midonet/contract';
import type { NetworkParts } from '@midonet/simulation/testing';
import {
  encodeEntity,
  encodeRow,
  entityKey,
  ownerOf,
  sharedRowKey,
  type BridgeId,
  type ChainId,
  type Entity,
  type HostId,
  type IpAddrGroupId,
  type L2Insertion,
  type LoadBalancerId,
  type MirrorId,
  type Port,
  type PortGroupId,
  type PortId,
  type QosPolicyId,
  type SharedRow,
  type TraceRequest,
  type TunnelZoneId,
} from '@midonet/topology';
import type { IpAddress } from '@midonet/packet';

/** Where an exterior port is: the number of its host and of the interface there. */
export type Place = { readonly host: number; readonly tap: number };
export type Site = { readonly id: HostId; readonly address: IpAddress };

const HEALTH_HOST = '00000000-0000-4000-9000-000000000002' as HostId;
const ZONE = '00000000-0000-4000-9000-000000000001' as TunnelZoneId;

/** What a controller tells the agents of `sites` of a network whose exterior ports are at `places`. */
export class Told {
  readonly #parts: Readonly<NetworkParts>;
  readonly #sites: readonly Site[];
  readonly #places: ReadonlyMap<PortId, Place>;
  readonly #rows = new Map<string, WatchItem>();
  /** Hosts that are in no tunnel zone. */
  readonly apart = new Set<HostId>();

  constructor(parts: Readonly<NetworkParts>, sites: readonly Site[], places: ReadonlyMap<PortId, Place>) {
    // What a judge learns later is not known here.
    this.#parts = { ...parts, learned: copied(parts.learned), neighbours: copied(parts.neighbours) };
    this.#sites = sites;
    this.#places = places;
  }

  /** A row was written; without a value it goes. */
  row(item: WatchItem): void {
    this.#rows.set(item.key, item);
  }

  /** All there is. */
  everything(): readonly WatchItem[] {
    const { bridges, routers, chains, portGroups, ipAddrGroups, balancers, qosPolicies, mirrors } = this.#parts;
    const of = (kind: Topic['kind'], ids: Iterable<string>): Topic[] => [...ids].map((id) => ({ kind, id }) as Topic);
    const topics = [
      ...of(
        'host',
        this.#sites.slice(0, 1).map(({ id }) => id),
      ),
      ...of('bridge', bridges.keys()),
      ...of('router', routers.keys()),
      ...of('macTable', bridges.keys()),
      ...of('neighbours', routers.keys()),
      ...of('chain', chains.keys()),
      ...of('portGroup', portGroups.keys()),
      ...of('ipAddrGroup', ipAddrGroups.keys()),
      ...of('balancer', balancers.keys()),
      ...of('qosPolicy', qosPolicies.keys()),
      ...of('mirror', mirrors.keys()),
    ];
    const items = new Map(topics.flatMap((topic) => this.items(topic)).map((item) => [item.key, item]));
    return [...items.values()];
  }

  /** The closure of a topic, as the watch protocol defines it. */
  items(topic: Topic): readonly WatchItem[] {
    const parts = this.#parts;
    switch (topic.kind) {
      case 'conf':
        return [];
      case 'host': {
        const bound = [...parts.ports.values()].filter(({ id }) => this.#hostOf(id) === topic.id);
        return [...this.#ports(bound), ...this.#zone()];
      }
      case 'bridge': {
        const mine = (row: { readonly bridgeId: string }): boolean => row.bridgeId === topic.id;
        const ports = [...parts.ports.values()].filter((port) => port.type === 'bridge' && mine(port));
        const rows = [
          parts.dhcpSubnets,
          parts.dhcpHosts,
          parts.dhcp6Subnets,
          parts.dhcp6Hosts,
          parts.staticMacs,
          parts.staticArps,
        ];
        const isNear = ({ bridgeId, srvBridgeId }: L2Insertion): boolean =>
          [bridgeId, srvBridgeId].includes(topic.id as BridgeId);
        const entities: Entity[] = [
          ...rows.flatMap((list) => [...list].filter(mine)),
          ...parts.insertions.filter(isNear),
        ];
        const bridges = [...parts.bridges.values()].filter(({ id }) => id === topic.id);
        entities.push(...this.#traces(topic.id));
        return [...[...bridges, ...entities].map(itemOf), ...this.#ports(this.#withPeers(ports))];
      }
      case 'router': {
        const ports = [...parts.ports.values()].filter((port) => port.type === 'router' && port.routerId === topic.id);
        const routes = [...parts.routes.values()].filter(({ routerId }) => routerId === topic.id);
        const routers = [...parts.routers.values()].filter(({ id }) => id === topic.id);
        return [
          ...[...routers, ...routes, ...this.#traces(topic.id)].map(itemOf),
          ...this.#ports(this.#withPeers(ports)),
        ];
      }
      case 'port':
        return this.#ports([...parts.ports.values()].filter(({ id }) => id === topic.id));
      case 'chain': {
        const device = parts.chains.get(topic.id as ChainId);
        return device === undefined ? [] : [device.chain, ...device.rules].map(itemOf);
      }
      case 'portGroup': {
        const device = parts.portGroups.get(topic.id as PortGroupId);
        if (device === undefined) return [];
        const rows = Array.from(device.members, (portId): Entity => {
          return { kind: 'portGroupMember', groupId: device.group.id, portId };
        });
        return [device.group, ...rows].map(itemOf);
      }
      case 'ipAddrGroup': {
        const device = parts.ipAddrGroups.get(topic.id as IpAddrGroupId);
        if (device === undefined) return [];
        const rows = Array.from(device.addresses, (address): Entity => {
          return { kind: 'ipAddrGroupAddress', groupId: device.group.id, address };
        });
        return [device.group, ...rows].map(itemOf);
      }
      case 'balancer': {
        const device = parts.balancers.get(topic.id as LoadBalancerId);
        if (device === undefined) return [];
        const pools = [...device.pools.values()];
        const entities: Entity[] = [device.balancer, ...device.vips];
        for (const { pool, members, monitor } of pools) {
          entities.push(pool, ...members, ...(monitor === undefined ? [] : [monitor]));
        }
        const rows = pools.flatMap(({ pool, members }) =>
          members.flatMap(({ id }): SharedRow[] => {
            const status = device.health.get(id);
            if (status === undefined) return [];
            return [{ kind: 'memberHealth', poolId: pool.id, memberId: id, status, hostId: HEALTH_HOST }];
          }),
        );
        if (device.checker !== undefined) rows.push(device.checker);
        return [...entities.map(itemOf), ...rows.map(rowOf)];
      }
      case 'qosPolicy': {
        const device = parts.qosPolicies.get(topic.id as QosPolicyId);
        return device === undefined ? [] : [device.policy, ...device.rules].map(itemOf);
      }
      case 'mirror': {
        const mirror = parts.mirrors.get(topic.id as MirrorId);
        return mirror === undefined ? [] : [itemOf(mirror)];
      }
      case 'macTable':
        return this.#withRows(
          `learnedMac/${topic.id}/`,
          [...parts.learned].flatMap(([bridgeId, table]) =>
            bridgeId !== topic.id
              ? []
              : [...table].map(([key, portId]) => {
                  const vlan = Math.floor(key / 2 ** 48);
                  const mac = (key % 2 ** 48) as Extract<SharedRow, { kind: 'learnedMac' }>['mac'];
                  return rowOf({ kind: 'learnedMac', bridgeId, vlan, mac, portId });
                }),
          ),
        );
      case 'neighbours':
        return this.#withRows(
          `neighbour/${topic.id}/`,
          [...parts.neighbours].flatMap(([portId, table]) => {
            const port = parts.ports.get(portId);
            if (port?.type !== 'router' || port.routerId !== topic.id) return [];
            const { routerId } = port;
            return [...table].flatMap(([ip, mac]) =>
              mac === 'failed' ? [] : [rowOf({ kind: 'neighbour', routerId, portId, ip, mac })],
            );
          }),
        );
      case 'collection':
        return [];
    }
  }

  /** What agents wrote meanwhile goes over what was there. */
  #withRows(prefix: string, before: readonly WatchItem[]): WatchItem[] {
    const items = new Map(before.map((item) => [item.key, item]));
    for (const [key, item] of this.#rows) if (key.startsWith(prefix)) items.set(key, item);
    return [...items.values()].filter(({ value }) => value !== null);
  }

  #traces(owner: string): TraceRequest[] {
    return this.#parts.traceRequests.filter(({ device }) => ownerOf(device).id === owner);
  }

  #hostOf(id: PortId): HostId | undefined {
    return this.#sites[this.#places.get(id)?.host ?? -1]?.id;
  }

  #withPeers(ports: readonly Port[]): Port[] {
    const peers = ports.flatMap(({ peerId }) => (peerId === undefined ? [] : [this.#parts.ports.get(peerId)]));
    return [...new Set([...ports, ...peers.filter((peer) => peer !== undefined)])];
  }

  #ports(ports: readonly Port[]): WatchItem[] {
    return ports.flatMap((port) => {
      const place = this.#places.get(port.id);
      const hostId = this.#hostOf(port.id);
      const binding =
        hostId === undefined || place === undefined ? undefined : { hostId, interfaceName: `tap${place.tap}` };
      const row = this.#rows.get(`portActive/${port.id}`);
      return [itemOf({ ...port, binding }), ...(row?.value == null ? [] : [row])];
    });
  }

  #zone(): WatchItem[] {
    const members = this.#sites.flatMap(({ id, address }): Entity[] => {
      if (this.apart.has(id)) return [];
      return [{ kind: 'tunnelZoneMember', zoneId: ZONE, hostId: id, address }];
    });
    return [itemOf({ kind: 'tunnelZone', id: ZONE, name: 'zone', type: 'vxlan' }), ...members.map(itemOf)];
  }
}

function copied<K, L, V>(tables: ReadonlyMap<K, ReadonlyMap<L, V>>): Map<K, Map<L, V>> {
  return new Map([...tables].map(([key, table]) => [key, new Map(table)]));
}

function itemOf(entity: Entity): WatchItem {
  return { key: entityKey(entity), value: encodeEntity(entity) };
}

function rowOf(row: SharedRow): WatchItem {
  return { key: sharedRowKey(row), value: encodeRow(row) };
}
