import { BalancerDevices, type BalancerChanges } from './balancer-devices.ts';
import { deriveBridge, deriveRouter } from './derive-device.ts';
import { DeviceParts } from './device-parts.ts';
import { DerivedTable, type Changed } from './derived-table.ts';
import type { Bridge, Entity, Port, Router } from './entities.ts';
import { FilterDevices, type FilterChanges } from './filter-devices.ts';
import type {
  BridgeId,
  ChainId,
  IpAddrGroupId,
  LoadBalancerId,
  MirrorId,
  PortGroupId,
  PortId,
  QosPolicyId,
  QosRuleId,
  RouterId,
} from './ids.ts';
import type { L2Insertion } from './insertion-entities.ts';
import { prefixKey } from './keys.ts';
import type { Mirror } from './mirror-entities.ts';
import type { QosPolicy, QosRule } from './qos-entities.ts';
import type { SharedRow } from './shared-rows.ts';
import { ownerOf, type PortOwner } from './trace-entities.ts';
import type {
  BalancerDevice,
  BridgeDevice,
  ChainDevice,
  IpAddrGroupDevice,
  PortGroupDevice,
  QosPolicyDevice,
  RouterDevice,
  TopologyView,
} from './view.ts';

/** A decoded item of a watch or a listing under its store key; no value means it is gone. */
export type TopologyItem = { readonly key: string; readonly value: Entity | SharedRow | undefined };

/**
 * What one batch did. Devices are listed only when somebody had looked at them before (nobody can
 * depend on what was never derived) or when they appeared.
 */
export type DeviceChanges = FilterChanges &
  BalancerChanges & {
    readonly bridges: ReadonlyMap<BridgeId, Changed<BridgeDevice>>;
    readonly routers: ReadonlyMap<RouterId, Changed<RouterDevice>>;
    readonly ports: ReadonlyMap<PortId, Changed<Port>>;
    readonly active: ReadonlyMap<PortId, Changed<PortLocation>>;
    readonly qosPolicies: ReadonlyMap<QosPolicyId, Changed<QosPolicyDevice>>;
    readonly mirrors: ReadonlyMap<MirrorId, Changed<Mirror>>;
  };

/** Where a bound port runs: the `portActive` row. */
export type PortLocation = Extract<SharedRow, { readonly kind: 'portActive' }>;

/**
 * Turns decoded items, in any order, into the devices a simulation reads. It is itself the current
 * TopologyView. A batch marks the devices it touches; they are derived anew when next asked for, all
 * others stay the very same objects.
 */
export class Devices implements TopologyView {
  readonly #items = new Map<string, Entity | SharedRow>();
  readonly #parts = new DeviceParts();
  readonly #filters = new FilterDevices();
  readonly #balancers = new BalancerDevices();
  readonly #qos = new DerivedTable<QosPolicyId, QosPolicy, QosRuleId, QosRule, QosPolicyDevice>((policy, rules) => ({
    policy,
    rules: [...rules].sort((a, b) => (a.id < b.id ? -1 : 1)),
  }));
  /** A mirror is all by itself. */
  readonly #mirrors = new DerivedTable<MirrorId, Mirror, never, never, Mirror>((mirror) => mirror);
  readonly #bridgeEntities = new Map<BridgeId, Bridge>();
  readonly #routerEntities = new Map<RouterId, Router>();
  readonly #active = new Map<PortId, PortLocation>();
  readonly #bridges = new Map<BridgeId, { device: BridgeDevice; fresh: boolean }>();
  readonly #routers = new Map<RouterId, { device: RouterDevice; fresh: boolean }>();

  port(id: PortId): Port | undefined {
    return this.#parts.ports.get(id);
  }

  bridge(id: BridgeId): BridgeDevice | undefined {
    const known = this.#bridges.get(id);
    if (known?.fresh === true) return known.device;
    const entity = this.#bridgeEntities.get(id);
    if (entity === undefined) return undefined;
    const device = deriveBridge(entity, this.#parts, known?.device);
    this.#bridges.set(id, { device, fresh: true });
    return device;
  }

  router(id: RouterId): RouterDevice | undefined {
    const known = this.#routers.get(id);
    if (known?.fresh === true) return known.device;
    const entity = this.#routerEntities.get(id);
    if (entity === undefined) return undefined;
    const device = deriveRouter(entity, this.#parts, this.#isActive, known?.device);
    this.#routers.set(id, { device, fresh: true });
    return device;
  }

  chain(id: ChainId): ChainDevice | undefined {
    return this.#filters.chains.get(id);
  }

  portGroup(id: PortGroupId): PortGroupDevice | undefined {
    return this.#filters.portGroups.get(id);
  }

  ipAddrGroup(id: IpAddrGroupId): IpAddrGroupDevice | undefined {
    return this.#filters.ipAddrGroups.get(id);
  }

  balancer(id: LoadBalancerId): BalancerDevice | undefined {
    return this.#balancers.get(id);
  }

  qosPolicy(id: QosPolicyId): QosPolicyDevice | undefined {
    return this.#qos.get(id);
  }

  mirror(id: MirrorId): Mirror | undefined {
    return this.#mirrors.get(id);
  }

  location(id: PortId): PortLocation | undefined {
    return this.#active.get(id);
  }

  /** How many bridges and routers are here, for the test that counts what an agent loads. */
  get count(): { readonly bridges: number; readonly routers: number; readonly ports: number } {
    return {
      bridges: this.#bridgeEntities.size,
      routers: this.#routerEntities.size,
      ports: this.#parts.ports.size,
    };
  }

  bridgeIds(): IterableIterator<BridgeId> {
    return this.#bridgeEntities.keys();
  }

  routerIds(): IterableIterator<RouterId> {
    return this.#routerEntities.keys();
  }

  /** Applies one batch as a whole; kinds that no device is made of are ignored. */
  apply(items: Iterable<TopologyItem>): DeviceChanges {
    const touched = new Touched();
    for (const { key, value } of items) {
      const old = this.#items.get(key);
      if (old === value) continue;
      if (old !== undefined) this.#remove(old, touched);
      if (value === undefined) this.#items.delete(key);
      else if (this.#add(value, touched)) this.#items.set(key, value);
    }
    return this.#settle(touched);
  }

  readonly #isActive = (port: PortId): boolean => this.#active.has(port);

  #settle(touched: Touched): DeviceChanges {
    // A device also shows the far ends of its links.
    for (const id of touched.ports.keys()) {
      for (const peer of this.#parts.linkedTo.of(id)) touched.owner(peer);
    }
    for (const id of touched.active.keys()) {
      const port = this.#parts.ports.get(id);
      if (port?.type === 'router') touched.routers.add(port.routerId);
    }
    const bridges = new Map<BridgeId, Changed<BridgeDevice>>();
    for (const id of touched.bridges) {
      const known = this.#bridges.get(id);
      const before = known?.device;
      if (known !== undefined) known.fresh = false;
      if (!this.#bridgeEntities.has(id)) this.#bridges.delete(id);
      if (before !== undefined || touched.appeared.has(id)) bridges.set(id, { before, after: this.bridge(id) });
    }
    const routers = new Map<RouterId, Changed<RouterDevice>>();
    for (const id of touched.routers) {
      const known = this.#routers.get(id);
      const before = known?.device;
      if (known !== undefined) known.fresh = false;
      if (!this.#routerEntities.has(id)) this.#routers.delete(id);
      if (before !== undefined || touched.appeared.has(id)) routers.set(id, { before, after: this.router(id) });
    }
    const ports = new Map<PortId, Changed<Port>>();
    for (const [id, before] of touched.ports) {
      const after = this.#parts.ports.get(id);
      if (before !== after) ports.set(id, { before, after });
    }
    const active = new Map<PortId, Changed<PortLocation>>();
    for (const [id, before] of touched.active) {
      const after = this.#active.get(id);
      if (before !== after) active.set(id, { before, after });
    }
    const [balancers, qosPolicies] = [this.#balancers.settle(), this.#qos.settle()];
    const mirrors = this.#mirrors.settle();
    return { bridges, routers, ports, active, ...this.#filters.settle(), ...balancers, qosPolicies, mirrors };
  }

  #remove(old: Entity | SharedRow, touched: Touched): void {
    const parts = this.#parts;
    switch (old.kind) {
      case 'bridge':
        this.#bridgeEntities.delete(old.id);
        touched.bridges.add(old.id);
        break;
      case 'router':
        this.#routerEntities.delete(old.id);
        touched.routers.add(old.id);
        break;
      case 'port':
        touched.port(old.id, old);
        touched.owner(old);
        parts.dropPort(old.id);
        break;
      case 'route':
        touched.routers.add(old.routerId);
        parts.routes.drop(old.routerId, old.id);
        break;
      case 'dhcpSubnet':
        touched.bridges.add(old.bridgeId);
        parts.dhcpSubnets.drop(old.bridgeId, `${old.subnet.address}/${old.subnet.length}`);
        break;
      case 'dhcpHost':
        touched.bridges.add(old.bridgeId);
        parts.dhcpHosts.drop(old.bridgeId, `${old.subnet.address}/${old.subnet.length} ${old.mac}`);
        break;
      case 'dhcp6Subnet':
        touched.bridges.add(old.bridgeId);
        parts.dhcp6Subnets.drop(old.bridgeId, prefixKey(old.subnet));
        break;
      case 'dhcp6Host':
        touched.bridges.add(old.bridgeId);
        parts.dhcp6Hosts.drop(old.bridgeId, `${prefixKey(old.subnet)} ${old.clientId}`);
        break;
      case 'staticMac':
        touched.bridges.add(old.bridgeId);
        parts.staticMacs.drop(old.bridgeId, `${old.vlan} ${old.mac}`);
        break;
      case 'staticArp':
        touched.bridges.add(old.bridgeId);
        parts.staticArps.drop(old.bridgeId, `${old.ip}`);
        break;
      case 'portActive':
        touched.activity(old.portId, old);
        this.#active.delete(old.portId);
        break;
      case 'chain':
      case 'rule':
      case 'portGroup':
      case 'portGroupMember':
      case 'ipAddrGroup':
      case 'ipAddrGroupAddress':
        this.#filters.drop(old);
        break;
      case 'loadBalancer':
      case 'pool':
      case 'poolMember':
      case 'vip':
      case 'healthMonitor':
      case 'memberHealth':
      case 'healthChecker':
        this.#balancers.drop(old);
        break;
      case 'qosPolicy':
        this.#qos.drop(old.id);
        break;
      case 'qosRule':
        this.#qos.dropPart(old.policyId, old.id);
        break;
      case 'mirror':
        this.#mirrors.drop(old.id);
        break;
      case 'l2Insertion':
        for (const id of bridgesOf(old)) {
          touched.bridges.add(id);
          parts.insertions.drop(id, old.id);
        }
        break;
      case 'traceRequest':
        touched.device(ownerOf(old.device));
        parts.traces.drop(ownerOf(old.device).id, old.id);
        break;
      case 'host':
      case 'tunnelZone':
      case 'tunnelZoneMember':
      case 'learnedMac':
      case 'neighbour':
      case 'hostAlive':
      case 'hostDrops':
      case 'hostRuleHits':
      case 'tracedPacket':
      case 'traceArrival':
      case 'loggingResource':
      case 'ruleLogger':
      case 'confNode':
      case 'confTemplate':
      case 'confMapping':
        break;
    }
  }

  /** False when no device is made of this kind. */
  #add(value: Entity | SharedRow, touched: Touched): boolean {
    const parts = this.#parts;
    switch (value.kind) {
      case 'bridge':
        if (!this.#bridges.has(value.id)) touched.appeared.add(value.id);
        this.#bridgeEntities.set(value.id, value);
        touched.bridges.add(value.id);
        return true;
      case 'router':
        if (!this.#routers.has(value.id)) touched.appeared.add(value.id);
        this.#routerEntities.set(value.id, value);
        touched.routers.add(value.id);
        return true;
      case 'port':
        touched.port(value.id, undefined);
        touched.owner(value);
        parts.putPort(value);
        return true;
      case 'route':
        touched.routers.add(value.routerId);
        parts.routes.put(value.routerId, value.id, value);
        return true;
      case 'dhcpSubnet':
        touched.bridges.add(value.bridgeId);
        parts.dhcpSubnets.put(value.bridgeId, `${value.subnet.address}/${value.subnet.length}`, value);
        return true;
      case 'dhcpHost':
        touched.bridges.add(value.bridgeId);
        parts.dhcpHosts.put(value.bridgeId, `${value.subnet.address}/${value.subnet.length} ${value.mac}`, value);
        return true;
      case 'dhcp6Subnet':
        touched.bridges.add(value.bridgeId);
        parts.dhcp6Subnets.put(value.bridgeId, prefixKey(value.subnet), value);
        return true;
      case 'dhcp6Host':
        touched.bridges.add(value.bridgeId);
        parts.dhcp6Hosts.put(value.bridgeId, `${prefixKey(value.subnet)} ${value.clientId}`, value);
        return true;
      case 'staticMac':
        touched.bridges.add(value.bridgeId);
        parts.staticMacs.put(value.bridgeId, `${value.vlan} ${value.mac}`, value);
        return true;
      case 'staticArp':
        touched.bridges.add(value.bridgeId);
        parts.staticArps.put(value.bridgeId, `${value.ip}`, value);
        return true;
      case 'portActive':
        touched.activity(value.portId, undefined);
        this.#active.set(value.portId, value);
        return true;
      case 'chain':
      case 'rule':
      case 'portGroup':
      case 'portGroupMember':
      case 'ipAddrGroup':
      case 'ipAddrGroupAddress':
        this.#filters.put(value);
        return true;
      case 'loadBalancer':
      case 'pool':
      case 'poolMember':
      case 'vip':
      case 'healthMonitor':
      case 'memberHealth':
      case 'healthChecker':
        this.#balancers.put(value);
        return true;
      case 'qosPolicy':
        this.#qos.put(value.id, value);
        return true;
      case 'qosRule':
        this.#qos.putPart(value.policyId, value.id, value);
        return true;
      case 'mirror':
        this.#mirrors.put(value.id, value);
        return true;
      case 'l2Insertion':
        for (const id of bridgesOf(value)) {
          touched.bridges.add(id);
          parts.insertions.put(id, value.id, value);
        }
        return true;
      case 'traceRequest':
        touched.device(ownerOf(value.device));
        parts.traces.put(ownerOf(value.device).id, value.id, value);
        return true;
      case 'host':
      case 'tunnelZone':
      case 'tunnelZoneMember':
      case 'learnedMac':
      case 'neighbour':
      case 'hostAlive':
      case 'hostDrops':
      case 'hostRuleHits':
      case 'tracedPacket':
      case 'traceArrival':
      case 'loggingResource':
      case 'ruleLogger':
      case 'confNode':
      case 'confTemplate':
      case 'confMapping':
        return false;
    }
  }
}

function bridgesOf({ bridgeId, srvBridgeId }: L2Insertion): readonly BridgeId[] {
  return bridgeId === srvBridgeId ? [bridgeId] : [bridgeId, srvBridgeId];
}

/** What a batch has touched so far, with the state before it. */
class Touched {
  readonly bridges = new Set<BridgeId>();
  readonly routers = new Set<RouterId>();
  readonly appeared = new Set<BridgeId | RouterId>();
  readonly ports = new Map<PortId, Port | undefined>();
  readonly active = new Map<PortId, PortLocation | undefined>();

  port(id: PortId, before: Port | undefined): void {
    if (!this.ports.has(id)) this.ports.set(id, before);
  }

  activity(id: PortId, before: PortLocation | undefined): void {
    if (!this.active.has(id)) this.active.set(id, before);
  }

  device({ type, id }: PortOwner): void {
    if (type === 'bridge') this.bridges.add(id);
    else this.routers.add(id);
  }

  owner(port: Port): void {
    if (port.type === 'bridge') this.bridges.add(port.bridgeId);
    else this.routers.add(port.routerId);
  }
}
