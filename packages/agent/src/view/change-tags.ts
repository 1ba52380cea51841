import { bridgeArpTag, deviceTag, floodTag, locationTag, macTag, type Tag } from '@midonet/flow';
import { formatCidr, type Cidr, type IpAddress, type Mac } from '@midonet/packet';
import { linkLocalAddress } from '@midonet/simulation';
import {
  encodeEntity,
  MIRROR_PLACES,
  type BridgeDevice,
  type BridgePort,
  type Changed,
  type DeviceChanges,
  type Filters,
  type Mirror,
  type Port,
  type PortMirrored,
  type QosDscpRule,
  type QosPolicyDevice,
  type Route,
  type Router,
  type RouterDevice,
  type RouterPort,
  type TopologyView,
} from '@midonet/topology';
import { balancerPlaces, balancerTags } from './balancer-tags.ts';
import { insertionTags } from './insertion-tags.ts';
import { traceTags } from './trace-tags.ts';
import { differing } from './differing.ts';
import { filterTags } from './filter-tags.ts';

const VLAN_UNIT = 2 ** 48;

/** Collects what a batch of changes means to installed flows. */
export class ChangeTags {
  readonly tags = new Set<Tag>();
  /** Of routers and, for the places that they know, of load balancers. */
  readonly routes: { readonly routerId: string; readonly prefix: Cidr }[] = [];

  get isEmpty(): boolean {
    return this.tags.size === 0 && this.routes.length === 0;
  }

  /** `devices` are as of now. */
  addDevices(changes: DeviceChanges, devices: Pick<TopologyView, 'port'>): void {
    for (const [id, change] of changes.ports) {
      if (portMatters(change)) this.tags.add(deviceTag('port', id));
      this.#ownAddresses(change);
    }
    for (const id of changes.active.keys()) {
      this.tags.add(locationTag(id));
      const port = devices.port(id);
      if (port?.type === 'bridge') this.tags.add(floodTag(port.bridgeId));
    }
    for (const [id, change] of changes.bridges) this.#bridge(id, change);
    for (const [id, change] of changes.routers) this.#router(id, change);
    for (const tag of filterTags(changes)) this.tags.add(tag);
    for (const tag of balancerTags(changes)) this.tags.add(tag);
    for (const [id, { before, after }] of changes.balancers) {
      if (before === undefined || after === undefined) continue;
      for (const address of balancerPlaces(before, after))
        this.routes.push({ routerId: id, prefix: hostPrefix(address) });
    }
    for (const [id, { before, after }] of changes.mirrors) {
      if (before !== undefined && mirrorMatters(before, after)) this.tags.add(deviceTag('mirror', id));
    }
    for (const [id, change] of changes.qosPolicies) if (markMatters(change)) this.tags.add(deviceTag('qosPolicy', id));
  }

  #bridge(id: string, { before, after }: Changed<BridgeDevice>): void {
    if (before === undefined) return;
    if (after === undefined || bridgeMatters(before, after)) this.tags.add(deviceTag('bridge', id));
    if (after === undefined) return;
    if (floodMatters(before, after)) this.tags.add(floodTag(id));
    for (const tag of insertionTags(before, after)) this.tags.add(tag);
    for (const tag of traceTags(before, after)) this.tags.add(tag);
    if (before.staticMacs !== after.staticMacs) {
      for (const key of differing(before.staticMacs, after.staticMacs)) {
        this.tags.add(macTag(id, Math.floor(key / VLAN_UNIT), macOf(key)));
      }
    }
    if (before.staticArp !== after.staticArp) {
      for (const ip of differing(before.staticArp, after.staticArp)) this.tags.add(bridgeArpTag(id, ip));
    }
    if (before.routerPeers !== after.routerPeers) this.#routerPeers(id, before, after);
  }

  /** A router's MAC and addresses take precedence over what was learned or seeded for them. */
  #routerPeers(id: string, before: BridgeDevice, after: BridgeDevice): void {
    for (const portId of differing(before.routerPeers, after.routerPeers)) {
      for (const device of [before, after]) {
        const peer = device.routerPeers.get(portId);
        if (peer === undefined) continue;
        this.tags.add(macTag(id, device.ports.get(portId)?.vlanId ?? 0, peer.mac));
        for (const { address } of peer.addresses) this.tags.add(bridgeArpTag(id, address));
        this.tags.add(bridgeArpTag(id, linkLocalAddress(peer.mac)));
      }
    }
  }

  #router(id: string, { before, after }: Changed<RouterDevice>): void {
    if (before === undefined) return;
    if (after === undefined || routerMatters(before.router, after.router)) {
      this.tags.add(deviceTag('router', id));
    }
    if (after === undefined) return;
    if (before.peers !== after.peers) {
      for (const port of differing(before.peers, after.peers)) this.tags.add(deviceTag('port', port));
    }
    if (before.routes !== after.routes) this.#routes(id, before.routes, after.routes);
    for (const tag of traceTags(before, after)) this.tags.add(tag);
  }

  /** What goes to an address of the router ends there, whatever its routes say. */
  #ownAddresses({ before, after }: Changed<Port>): void {
    for (const port of [before, after]) {
      if (port?.type !== 'router') continue;
      const other = port === before ? after : before;
      const also = other?.type === 'router' && other.routerId === port.routerId ? other.addresses : [];
      for (const { address } of port.addresses) {
        if (also.some((cidr) => cidr.address === address)) continue;
        this.routes.push({ routerId: port.routerId, prefix: hostPrefix(address) });
      }
    }
  }

  #routes(routerId: string, before: readonly Route[], after: readonly Route[]): void {
    const old = new Map(before.map((route) => [route.id, route]));
    for (const route of after) {
      const known = old.get(route.id);
      old.delete(route.id);
      if (known === route) continue;
      this.routes.push({ routerId, prefix: route.destination });
      if (known !== undefined) this.routes.push({ routerId, prefix: known.destination });
    }
    for (const route of old.values()) this.routes.push({ routerId, prefix: route.destination });
  }
}

function routerMatters(before: Router, after: Router): boolean {
  if (before.adminStateUp !== after.adminStateUp || filtersMatter(before, after)) return true;
  if (before.loadBalancerId !== after.loadBalancerId || mirrorsMatter(before, after)) return true;
  return before.forwardChainId !== after.forwardChainId || before.localRedirectChainId !== after.localRedirectChainId;
}

function filtersMatter(before: Filters, after: Filters): boolean {
  return before.inboundFilterId !== after.inboundFilterId || before.outboundFilterId !== after.outboundFilterId;
}

/** In their order too: it is that of the copies. */
function mirrorsMatter(before: PortMirrored, after: PortMirrored): boolean {
  return MIRROR_PLACES.some((place) => before[place]?.join() !== after[place]?.join());
}

/** Its name decides nothing. */
function mirrorMatters(before: Mirror, after: Mirror | undefined): boolean {
  if (after === undefined || before.toPortId !== after.toPortId) return true;
  return JSON.stringify(encodeEntity(before)['conditions']) !== JSON.stringify(encodeEntity(after)['conditions']);
}

/** The name and tenant of a bridge decide nothing; its state, DHCP and VLAN layout do. */
function bridgeMatters(before: BridgeDevice, after: BridgeDevice): boolean {
  if (before.bridge.adminStateUp !== after.bridge.adminStateUp || before.dhcp !== after.dhcp) return true;
  if (filtersMatter(before.bridge, after.bridge) || mirrorsMatter(before.bridge, after.bridge)) return true;
  if (before.bridge.qosPolicyId !== after.bridge.qosPolicyId) return true;
  if (before.dhcp6 !== after.dhcp6 && forwarders6(before) !== forwarders6(after)) return true;
  return before.ports !== after.ports && isVlanAware(before) !== isVlanAware(after);
}

/** Of DHCPv6 no flow depends on more: its messages are answered one by one. */
function forwarders6({ dhcp6 }: BridgeDevice): string {
  return dhcp6.map(({ subnet }) => subnet.dnsForwarder ?? '').join();
}

function isVlanAware(device: BridgeDevice): boolean {
  for (const port of device.ports.values()) if (port.vlanId !== undefined) return true;
  return false;
}

function floodMatters(before: BridgeDevice, after: BridgeDevice): boolean {
  if (before.bridgePeers !== after.bridgePeers || before.routerPeers !== after.routerPeers) return true;
  if (before.ports === after.ports) return false;
  for (const id of differing(before.ports, after.ports)) {
    if (portMatters({ before: before.ports.get(id), after: after.ports.get(id) })) return true;
  }
  return false;
}

/** Everything about a port but its labels decides where packets go. */
function portMatters({ before, after }: Changed<Port>): boolean {
  if (before === undefined || after === undefined) return before !== after;
  if (before.adminStateUp !== after.adminStateUp || before.peerId !== after.peerId) return true;
  if (filtersMatter(before, after) || before.qosPolicyId !== after.qosPolicyId) return true;
  if (mirrorsMatter(before, after)) return true;
  if (before.binding?.hostId !== after.binding?.hostId) return true;
  if (before.binding?.interfaceName !== after.binding?.interfaceName) return true;
  if (before.type === 'bridge' && after.type === 'bridge') {
    if (before.bridgeId !== after.bridgeId || before.vlanId !== after.vlanId) return true;
    if (before.instanceId !== after.instanceId) return true;
    return JSON.stringify(allowedOf(before)) !== JSON.stringify(allowedOf(after));
  }
  if (before.type === 'router' && after.type === 'router') return routerPortMatters(before, after);
  return true;
}

/** Plain values: big numbers are none that JSON knows. */
function allowedOf({ allowedAddresses }: BridgePort): readonly string[] | undefined {
  return allowedAddresses?.map(({ mac, prefix }) => `${mac} ${prefix === undefined ? 'any' : formatCidr(prefix)}`);
}

/** Flows carry the mark of a policy; its limits are the port's own and concern no flow. */
function markMatters({ before, after }: Changed<QosPolicyDevice>): boolean {
  const mark = (device: QosPolicyDevice | undefined): number | undefined =>
    device?.rules.find((rule): rule is QosDscpRule => rule.type === 'dscp')?.mark;
  return before !== undefined && (after === undefined || mark(before) !== mark(after));
}

function routerPortMatters(before: RouterPort, after: RouterPort): boolean {
  if (before.routerId !== after.routerId || before.mac !== after.mac) return true;
  if (before.addresses.length !== after.addresses.length) return true;
  return before.addresses.some((cidr, i) => {
    const other = after.addresses[i];
    return cidr.address !== other?.address || cidr.length !== other.length;
  });
}

function macOf(key: number): Mac {
  // The low 48 bits of the row's key are the address.
  return (key % VLAN_UNIT) as Mac;
}

function hostPrefix(address: IpAddress): Cidr {
  return typeof address === 'number' ? { address, length: 32 } : { address, length: 128 };
}
