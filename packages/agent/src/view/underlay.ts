import type { IpAddress } from '@midonet/packet';
import { type Entity, type HostId, type SharedRow, type TunnelZoneId, type TopologyItem } from '@midonet/topology';
import { tunnelTag, type Tag } from '@midonet/flow';

export type LocalEndpoint = {
  readonly zoneId: TunnelZoneId;
  readonly address: IpAddress;
  readonly encapsulation: 'vxlan' | 'gre';
};

/** Tunnel zones as this host sees them: its own addresses, and one address for each other host. */
export class Underlay {
  readonly #hostId: HostId;
  readonly #zones = new Map<string, Entity & { readonly kind: 'tunnelZone' }>();
  readonly #members = new Map<string, Entity & { readonly kind: 'tunnelZoneMember' }>();
  #peers = new Map<HostId, IpAddress>();
  #sources: ReadonlySet<IpAddress> = new Set();
  #local: readonly LocalEndpoint[] = [];

  constructor(hostId: HostId) {
    this.#hostId = hostId;
  }

  /** Where to tunnel to reach a host: its address in the first zone (by id) both are in. */
  peer(host: HostId): IpAddress | undefined {
    return this.#peers.get(host);
  }

  get peers(): ReadonlyMap<HostId, IpAddress> {
    return this.#peers;
  }

  /** Every address another host may tunnel to this one from: it chooses by its own zones. */
  get sources(): ReadonlySet<IpAddress> {
    return this.#sources;
  }

  get local(): readonly LocalEndpoint[] {
    return this.#local;
  }

  /** Takes what concerns it out of a batch; gives the tags of hosts that are reached differently now. */
  apply(changes: readonly TopologyItem[]): Tag[] {
    let touched = false;
    for (const { key, value } of changes) touched = this.#take(key, value) || touched;
    return touched ? this.#rebuild() : [];
  }

  #take(key: string, value: Entity | SharedRow | undefined): boolean {
    if (value === undefined) {
      const zone = this.#zones.delete(key);
      return this.#members.delete(key) || zone;
    }
    if (value.kind === 'tunnelZone') this.#zones.set(key, value);
    else if (value.kind === 'tunnelZoneMember') this.#members.set(key, value);
    else return false;
    return true;
  }

  #rebuild(): Tag[] {
    const types = new Map([...this.#zones.values()].map((zone) => [zone.id, zone.type]));
    const members = [...this.#members.values()].sort((a, b) => (a.zoneId < b.zoneId ? -1 : 1));
    const local: LocalEndpoint[] = [];
    for (const { hostId, zoneId, address } of members) {
      if (hostId !== this.#hostId) continue;
      local.push({ zoneId, address, encapsulation: types.get(zoneId) === 'gre' ? 'gre' : 'vxlan' });
    }
    const mine = new Set(local.map(({ zoneId }) => zoneId));
    const peers = new Map<HostId, IpAddress>();
    for (const { hostId, zoneId, address } of members) {
      if (hostId !== this.#hostId && mine.has(zoneId) && !peers.has(hostId)) peers.set(hostId, address);
    }
    const others = members.filter(({ hostId, zoneId }) => hostId !== this.#hostId && mine.has(zoneId));
    this.#sources = new Set(others.map(({ address }) => address));
    const tags: Tag[] = [];
    for (const [host, address] of peers) if (this.#peers.get(host) !== address) tags.push(tunnelTag(host));
    for (const host of this.#peers.keys()) if (!peers.has(host)) tags.push(tunnelTag(host));
    this.#peers = peers;
    this.#local = local;
    return tags;
  }
}
