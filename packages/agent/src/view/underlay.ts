import type { IpAddress } from '@midonet/packet';
import {
  type Entity,
  type HostId,
  type SharedRow,
  type TunnelZone,
  type TunnelZoneId,
  type TunnelZoneMember,
  type TopologyItem,
} from '@midonet/topology';
import { tunnelTag, type Tag } from '@midonet/flow';

export type LocalEndpoint = {
  readonly zoneId: TunnelZoneId;
  readonly address: IpAddress;
  readonly encapsulation: 'vxlan' | 'gre';
};

/**
 * Tunnel zones as this host sees them: its own addresses, and one address for each other host. That one
 * of a thousand hosts joins costs what that one host costs.
 */
export class Underlay {
  readonly #hostId: HostId;
  readonly #zones = new Map<string, TunnelZone>();
  /** By host, then by key. */
  readonly #members = new Map<HostId, Map<string, TunnelZoneMember>>();
  readonly #hostOf = new Map<string, HostId>();
  readonly #peers = new Map<HostId, IpAddress>();
  /** Who tunnels from an address: how many memberships say so. */
  readonly #uses = new Map<IpAddress, number>();
  /** What was counted of each host. */
  readonly #counted = new Map<HostId, readonly IpAddress[]>();
  readonly #hostsAt = new Map<IpAddress, HostId>();
  #sources: ReadonlySet<IpAddress> | undefined = new Set();
  #local: readonly LocalEndpoint[] = [];

  constructor(hostId: HostId) {
    this.#hostId = hostId;
  }

  /** Where to tunnel to reach a host: its address in the first zone (by id) both are in. */
  peer(host: HostId): IpAddress | undefined {
    return this.#peers.get(host);
  }

  /** The host whose tunnels may come from that address; the last of several. */
  hostAt(address: IpAddress): HostId | undefined {
    return this.#hostsAt.get(address);
  }

  get peers(): ReadonlyMap<HostId, IpAddress> {
    return this.#peers;
  }

  /** Every address another host may tunnel to this one from: it chooses by its own zones. The same set until that changes. */
  get sources(): ReadonlySet<IpAddress> {
    this.#sources ??= new Set(this.#uses.keys());
    return this.#sources;
  }

  get local(): readonly LocalEndpoint[] {
    return this.#local;
  }

  /** Takes what concerns it out of a batch; gives the tags of hosts that are reached differently now. */
  apply(changes: readonly TopologyItem[]): Tag[] {
    const touched = new Set<HostId>();
    let zones = false;
    for (const { key, value } of changes) {
      const what = this.#take(key, value);
      if (what === 'zone') zones = true;
      else if (what !== undefined) touched.add(what);
    }
    if (zones || touched.has(this.#hostId)) {
      this.#findLocal();
      for (const host of this.#members.keys()) touched.add(host);
    }
    touched.delete(this.#hostId);
    const mine = new Set(this.#local.map(({ zoneId }) => zoneId));
    return [...touched].flatMap((host) => this.#look(host, mine));
  }

  /** Which host is touched, or that a zone is; undefined for what is no business of this. */
  #take(key: string, value: Entity | SharedRow | undefined): HostId | 'zone' | undefined {
    if (value === undefined) {
      if (this.#zones.delete(key)) return 'zone';
      const host = this.#hostOf.get(key);
      if (host !== undefined) this.#forget(key, host);
      return host;
    }
    if (value.kind === 'tunnelZone') {
      const same = this.#zones.get(key)?.type === value.type;
      this.#zones.set(key, value);
      return same ? undefined : 'zone';
    }
    if (value.kind !== 'tunnelZoneMember') return undefined;
    const members = this.#members.get(value.hostId) ?? new Map<string, TunnelZoneMember>();
    this.#members.set(value.hostId, members.set(key, value));
    this.#hostOf.set(key, value.hostId);
    return value.hostId;
  }

  #forget(key: string, host: HostId): void {
    this.#hostOf.delete(key);
    this.#members.get(host)?.delete(key);
  }

  #findLocal(): void {
    const types = new Map([...this.#zones.values()].map((zone) => [zone.id, zone.type]));
    this.#local = this.#membersOf(this.#hostId).map(({ zoneId, address }) => ({
      zoneId,
      address,
      encapsulation: types.get(zoneId) === 'gre' ? 'gre' : 'vxlan',
    }));
  }

  /** In the order of their zones. */
  #membersOf(host: HostId): TunnelZoneMember[] {
    return [...(this.#members.get(host)?.values() ?? [])].sort((a, b) => (a.zoneId < b.zoneId ? -1 : 1));
  }

  #look(host: HostId, mine: ReadonlySet<TunnelZoneId>): Tag[] {
    const addresses = this.#membersOf(host).flatMap(({ zoneId, address }) => (mine.has(zoneId) ? [address] : []));
    this.#count(host, addresses);
    if (this.#members.get(host)?.size === 0) this.#members.delete(host);
    const [address] = addresses;
    if (address === this.#peers.get(host)) return [];
    if (address === undefined) this.#peers.delete(host);
    else this.#peers.set(host, address);
    return [tunnelTag(host)];
  }

  #count(host: HostId, addresses: readonly IpAddress[]): void {
    const before = this.#counted.get(host) ?? [];
    for (const address of addresses) this.#use(address, 1);
    for (const address of before) this.#use(address, -1);
    for (const address of before) if (this.#hostsAt.get(address) === host) this.#hostsAt.delete(address);
    for (const address of addresses) this.#hostsAt.set(address, host);
    if (addresses.length > 0) this.#counted.set(host, addresses);
    else this.#counted.delete(host);
  }

  #use(address: IpAddress, by: 1 | -1): void {
    const uses = (this.#uses.get(address) ?? 0) + by;
    if (uses === 0) this.#uses.delete(address);
    else this.#uses.set(address, uses);
    if (uses === 0 || (uses === 1 && by === 1)) this.#sources = undefined;
  }
}
