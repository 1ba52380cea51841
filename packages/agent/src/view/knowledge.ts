import type { Topic } from '@midonet/contract';
import type { Tag } from '@midonet/flow';
import type { IpAddress, Mac } from '@midonet/packet';
import {
  Devices,
  portLimit,
  type DeviceChanges,
  sharedRowKey,
  type BridgeId,
  type HostId,
  type Port,
  type PortId,
  type PortLocation,
  type RouterId,
  type StateView,
  type TopologyItem,
} from '@midonet/topology';
import { ChangeTags } from './change-tags.ts';
import { MacTables } from './mac-tables.ts';
import { missingKey } from './missing-key.ts';
import { NeighbourTables, neighbourKey } from './neighbour-tables.ts';
import { Underlay } from './underlay.ts';

const DEFAULT_OVERLAY_MTU = 1450;

/** What a batch of news did: flows to drop, packets to wake, and whether bindings need a look. */
export type Consequences = {
  readonly tags: ChangeTags;
  /** See `missingKey`. */
  readonly arrived: readonly string[];
  readonly hostChanged: boolean;
  /** What the limits of ports come from changed. */
  readonly policiesChanged: boolean;
  readonly changes: DeviceChanges;
};

/**
 * Everything this agent knows, current as of the last batch: devices, shared tables, the underlay.
 * It changes only between simulations.
 */
export class Knowledge implements StateView {
  readonly hostId: HostId;
  readonly devices = new Devices();
  readonly macs = new MacTables();
  readonly neighbours = new NeighbourTables();
  readonly underlay: Underlay;
  /** Ports whose binding names this host. */
  readonly boundHere = new Map<PortId, Port>();
  overlayMtu = DEFAULT_OVERLAY_MTU;
  readonly #runningHere = new Map<PortId, PortLocation>();
  readonly #now: () => number;
  /** Old rows by key: a deletion comes with nothing but its key. */
  readonly #rows = new Map<string, TopologyItem['value'] & { kind: 'learnedMac' | 'neighbour' }>();

  constructor(hostId: HostId, now: () => number) {
    this.hostId = hostId;
    this.#now = now;
    this.underlay = new Underlay(hostId);
  }

  macPort(bridge: BridgeId, vlan: number, mac: Mac): PortId | undefined | 'unloaded' {
    return this.macs.get(bridge, vlan, mac);
  }

  neighbour(router: RouterId, port: PortId, ip: IpAddress): Mac | undefined | 'unloaded' | 'failed' {
    return this.neighbours.get(router, port, ip);
  }

  portActive(port: PortId): boolean {
    return this.#runningHere.has(port) || this.devices.location(port) !== undefined;
  }

  /** Where a port runs: here, or as its row says. */
  location(port: PortId): PortLocation | undefined {
    return this.#runningHere.get(port) ?? this.devices.location(port);
  }

  portLimit(port: PortId): number | undefined {
    const location = this.location(port);
    if (location === undefined) return undefined;
    const { mtu, hostId } = location;
    return portLimit({ mtu, isFar: hostId !== this.hostId }, this.overlayMtu);
  }

  /** Takes one batch; `loaded` names the topic whose whole content it completes. */
  apply(items: readonly TopologyItem[], loaded?: Topic): Consequences {
    const tags = new ChangeTags();
    const arrived: string[] = [];
    // What runs here is known better here than in any row on its way back.
    const changes = this.devices.apply(items.filter((item) => !this.#isOwnRow(item.key)));
    tags.addDevices(changes, this.devices);
    for (const [id, { after }] of changes.bridges)
      if (after !== undefined) arrived.push(missingKey({ kind: 'bridge', id }));
    for (const [id, { after }] of changes.routers)
      if (after !== undefined) arrived.push(missingKey({ kind: 'router', id }));
    for (const [id, { after }] of changes.ports)
      if (after !== undefined) arrived.push(missingKey({ kind: 'port', id }));
    for (const [id, { after }] of changes.chains)
      if (after !== undefined) arrived.push(missingKey({ kind: 'chain', id }));
    for (const [id, { after }] of changes.portGroups)
      if (after !== undefined) arrived.push(missingKey({ kind: 'portGroup', id }));
    for (const [id, { after }] of changes.ipAddrGroups)
      if (after !== undefined) arrived.push(missingKey({ kind: 'ipAddrGroup', id }));
    for (const [id, { after }] of changes.balancers)
      if (after !== undefined) arrived.push(missingKey({ kind: 'balancer', id }));
    for (const [id, { after }] of changes.qosPolicies)
      if (after !== undefined) arrived.push(missingKey({ kind: 'qosPolicy', id }));
    for (const [id, { after }] of changes.mirrors)
      if (after !== undefined) arrived.push(missingKey({ kind: 'mirror', id }));
    let hostChanged = this.#noteBound(changes.ports);
    for (const tag of this.underlay.apply(items)) tags.tags.add(tag);
    for (const item of items) {
      if (item.key.startsWith('tunnelZone')) hostChanged = true;
      this.#row(item, tags.tags, arrived);
    }
    if (loaded !== undefined) this.#loaded(loaded, arrived);
    const policiesChanged = changes.qosPolicies.size > 0 || changes.bridges.size > 0 || hostChanged;
    return { tags, arrived, hostChanged, changes, policiesChanged };
  }

  /** A port of ours runs (or ran) here; the row for the others is written elsewhere. */
  setRunningHere(
    id: PortId,
    running: { readonly tunnelKey: number; readonly mtu?: number | undefined } | undefined,
    shared: PortLocation | undefined,
  ): ChangeTags {
    const tags = new ChangeTags();
    const key = `portActive/${id}`;
    if (running === undefined) this.#runningHere.delete(id);
    else this.#runningHere.set(id, { kind: 'portActive', portId: id, hostId: this.hostId, ...running });
    const value = this.#runningHere.get(id) ?? (shared?.hostId === this.hostId ? undefined : shared);
    tags.addDevices(this.devices.apply([{ key, value }]), this.devices);
    return tags;
  }

  /** A MAC row known before the others know it. */
  learnMac(bridge: BridgeId, vlan: number, mac: Mac, port: PortId): Tag | undefined {
    return this.macs.put(bridge, vlan, mac, port);
  }

  learnNeighbour(routerId: RouterId, portId: PortId, ip: IpAddress, mac: Mac): Tag | undefined {
    return this.neighbours.put({ routerId, portId, ip, mac, refreshed: this.#now() });
  }

  /** A topic is not followed any more. */
  forget(topic: Topic): void {
    if (topic.kind === 'macTable') this.macs.unload(topic.id as BridgeId);
    if (topic.kind === 'neighbours') this.neighbours.unload(topic.id as RouterId);
  }

  #isOwnRow(key: string): boolean {
    return key.startsWith('portActive/') && this.#runningHere.has(key.slice('portActive/'.length) as PortId);
  }

  #noteBound(ports: ReadonlyMap<PortId, { readonly after: Port | undefined }>): boolean {
    let changed = false;
    for (const [id, { after }] of ports) {
      const here = after?.binding?.hostId === this.hostId;
      if (here) this.boundHere.set(id, after);
      changed = here || this.boundHere.has(id) || changed;
      if (!here) this.boundHere.delete(id);
    }
    return changed;
  }

  #row({ key, value }: TopologyItem, tags: Set<Tag>, arrived: string[]): void {
    if (value === undefined) {
      const old = this.#rows.get(key);
      if (old === undefined) return;
      this.#rows.delete(key);
      const tag =
        old.kind === 'learnedMac'
          ? this.macs.drop(old.bridgeId, old.vlan, old.mac)
          : this.neighbours.drop(old.routerId, old.portId, old.ip);
      if (tag !== undefined) tags.add(tag);
    } else if (value.kind === 'learnedMac') {
      this.#rows.set(key, value);
      const tag = this.macs.put(value.bridgeId, value.vlan, value.mac, value.portId);
      if (tag !== undefined) tags.add(tag);
    } else if (value.kind === 'neighbour') {
      this.#rows.set(key, value);
      const { routerId, portId, ip } = value;
      const tag = this.learnNeighbour(routerId, portId, ip, value.mac);
      if (tag !== undefined) tags.add(tag);
      arrived.push(`neighbour ${neighbourKey(routerId, portId, ip)}`);
    }
  }

  #loaded(topic: Topic, arrived: string[]): void {
    if (topic.kind === 'macTable') {
      this.macs.load(topic.id as BridgeId);
      arrived.push(missingKey({ kind: 'macTable', bridgeId: topic.id }));
    }
    if (topic.kind === 'neighbours') {
      this.neighbours.load(topic.id as RouterId);
      arrived.push(missingKey({ kind: 'neighbourTable', routerId: topic.id }));
    }
  }
}

/** The row that tells the others where a port runs. */
export function locationKey(port: PortId): string {
  return sharedRowKey({ kind: 'portActive', portId: port, hostId: '' as HostId, tunnelKey: 0 });
}
