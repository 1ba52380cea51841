import type { IpAddress } from '@midonet/packet';
import type { HostId, TopologyItem, TunnelZone, TunnelZoneId } from '@midonet/topology';
import { tunnelTag, type Tag } from '@midonet/flow';
import { memberChange } from './zone-members.ts';

export type LocalEndpoint = {
  readonly zoneId: TunnelZoneId;
  readonly address: IpAddress;
  readonly encapsulation: 'vxlan' | 'gre';
};

/** Other hosts with where to tunnel to reach them. */
export type PeerAddresses = Iterable<readonly [HostId, IpAddress]> & {
  readonly size: number;
  has(host: HostId): boolean;
  keys(): Iterable<HostId>;
};

/**
 * Tunnel zones as this host sees them: its own addresses, and one address for each other host. That one
 * of a thousand hosts joins costs what that one host costs, and each is an entry in two tables of plain values:
 * that is all that an agent keeps of the size of its cloud.
 */
export class Underlay {
  readonly #hostId: HostId;
  readonly #zones = new Map<string, TunnelZone>();
  readonly #members = new Map<TunnelZoneId, Map<HostId, IpAddress>>();
  /** Zones this host is in, in the order of their ids. */
  #mine: readonly TunnelZoneId[] = [];
  /** Who tunnels from an address; once for each membership that says so, and seldom more than one. */
  readonly #hostsAt = new Map<IpAddress, HostId | readonly HostId[]>();
  #sources: ReadonlySet<IpAddress> | undefined = new Set();
  #local: readonly LocalEndpoint[] = [];
  #peerCount: number | undefined = 0;
  readonly peers: PeerAddresses;

  constructor(hostId: HostId) {
    this.#hostId = hostId;
    const count = (): number => (this.#peerCount ??= [...this.#peerEntries()].length);
    const entries = (): Generator<readonly [HostId, IpAddress]> => this.#peerEntries();
    this.peers = {
      get size() {
        return count();
      },
      has: (host) => this.peer(host) !== undefined,
      *keys() {
        for (const [host] of entries()) yield host;
      },
      [Symbol.iterator]: entries,
    };
  }

  /** Where to tunnel to reach a host: its address in the first zone (by id) both are in. */
  peer(host: HostId): IpAddress | undefined {
    if (host === this.#hostId) return undefined;
    for (const zone of this.#mine) {
      const address = this.#members.get(zone)?.get(host);
      if (address !== undefined) return address;
    }
    return undefined;
  }

  /** The host whose tunnels may come from that address; the last of several. */
  hostAt(address: IpAddress): HostId | undefined {
    const hosts = this.#hostsAt.get(address);
    return typeof hosts === 'object' ? hosts.at(-1) : hosts;
  }

  /** Every address another host may tunnel to this one from: it chooses by its own zones. The same set until that changes. */
  get sources(): ReadonlySet<IpAddress> {
    this.#sources ??= new Set(this.#hostsAt.keys());
    return this.#sources;
  }

  get local(): readonly LocalEndpoint[] {
    return this.#local;
  }

  /** Takes what concerns it out of a batch; gives the tags of hosts that are reached differently now. */
  apply(changes: readonly TopologyItem[]): Tag[] {
    const members = changes.flatMap((change) => memberChange(change) ?? []);
    const zones = changes.filter((change) => this.#takeZone(change)).length > 0;
    const moved = members.some(({ hostId }) => hostId === this.#hostId);
    const touched = new Set(members.map(({ hostId }) => hostId));
    // Where this host is decides how it sees all others.
    if (moved) for (const zone of this.#members.values()) for (const host of zone.keys()) touched.add(host);
    touched.delete(this.#hostId);
    const before = new Map([...touched].map((host) => [host, this.#addressesOf(host)]));
    for (const { zoneId, hostId, address } of members) this.#put(zoneId, hostId, address);
    if (moved || zones) this.#findLocal();
    if (members.length > 0) this.#peerCount = undefined;
    return [...before].flatMap(([host, old]) => this.#look(host, old));
  }

  /** True when it is a zone, and not as it was. */
  #takeZone({ key, value }: TopologyItem): boolean {
    if (value === undefined) return this.#zones.delete(key);
    if (value.kind !== 'tunnelZone') return false;
    const same = this.#zones.get(key)?.type === value.type;
    this.#zones.set(key, value);
    return !same;
  }

  #put(zone: TunnelZoneId, host: HostId, address: IpAddress | undefined): void {
    const members = this.#members.get(zone) ?? new Map<HostId, IpAddress>();
    if (address === undefined) members.delete(host);
    else members.set(host, address);
    if (members.size === 0) this.#members.delete(zone);
    else this.#members.set(zone, members);
  }

  #findLocal(): void {
    const types = new Map([...this.#zones.values()].map((zone) => [zone.id, zone.type]));
    const own = [...this.#members].flatMap(([zoneId, members]) => {
      const address = members.get(this.#hostId);
      return address === undefined ? [] : [{ zoneId, address }];
    });
    own.sort((a, b) => (a.zoneId < b.zoneId ? -1 : 1));
    this.#mine = own.map(({ zoneId }) => zoneId);
    this.#local = own.map(({ zoneId, address }) => ({
      zoneId,
      address,
      encapsulation: types.get(zoneId) === 'gre' ? 'gre' : 'vxlan',
    }));
  }

  /** In the zones both are in, in the order of these. */
  #addressesOf(host: HostId): readonly IpAddress[] {
    return this.#mine.flatMap((zone) => this.#members.get(zone)?.get(host) ?? []);
  }

  *#peerEntries(): Generator<readonly [HostId, IpAddress]> {
    for (const [index, zone] of this.#mine.entries()) {
      const earlier = this.#mine.slice(0, index).map((other) => this.#members.get(other));
      for (const [host, address] of this.#members.get(zone) ?? []) {
        if (host === this.#hostId || earlier.some((members) => members?.has(host))) continue;
        yield [host, address];
      }
    }
  }

  #look(host: HostId, before: readonly IpAddress[]): Tag[] {
    const now = this.#addressesOf(host);
    for (const address of now) this.#comes(address, host);
    for (const address of before) this.#goes(address, host);
    return now[0] === before[0] ? [] : [tunnelTag(host)];
  }

  #comes(address: IpAddress, host: HostId): void {
    const hosts = this.#hostsAt.get(address);
    if (hosts === undefined) this.#sources = undefined;
    this.#hostsAt.set(address, hosts === undefined ? host : [hosts, host].flat());
  }

  #goes(address: IpAddress, host: HostId): void {
    const left = [this.#hostsAt.get(address) ?? []].flat();
    const at = left.indexOf(host);
    if (at >= 0) left.splice(at, 1);
    const [one] = left;
    if (one === undefined) {
      this.#hostsAt.delete(address);
      this.#sources = undefined;
    } else this.#hostsAt.set(address, left.length === 1 ? one : left);
  }
}
