import { formatIp, type IpAddress } from '@midonet/packet';
import { entityKey, type HostId, type TopologyItem, type TunnelZoneId, type TunnelZoneMember } from '@midonet/topology';

const PREFIX = 'tunnelZoneMember/';

export type MemberChange = {
  readonly zoneId: TunnelZoneId;
  readonly hostId: HostId;
  /** Undefined: it left. */
  readonly address: IpAddress | undefined;
};

/** What a change says of a host in a tunnel zone; undefined for any other. */
export function memberChange({ key, value }: TopologyItem): MemberChange | undefined {
  if (value?.kind === 'tunnelZoneMember') return value;
  return value === undefined && isMemberKey(key) ? { ...namesIn(key), address: undefined } : undefined;
}

export function isMemberKey(key: string): boolean {
  return key.startsWith(PREFIX);
}

/**
 * The rows of hosts in tunnel zones, as an agent holds them: one for each host of its cloud, so they are kept as
 * addresses, and made into rows again when somebody asks. One topic tells of a zone's hosts: its latest word counts.
 */
export class ZoneMembers {
  readonly #zones = new Map<TunnelZoneId, Map<HostId, IpAddress>>();
  /** Of each zone. */
  readonly #toldBy = new Map<TunnelZoneId, string>();

  get size(): number {
    let size = 0;
    for (const zone of this.#zones.values()) size += zone.size;
    return size;
  }

  /** False when it says nothing new. */
  put(topic: string, { zoneId, hostId, address }: TunnelZoneMember): boolean {
    const zone = this.#zones.get(zoneId) ?? new Map<HostId, IpAddress>();
    this.#zones.set(zoneId, zone);
    this.#toldBy.set(zoneId, topic);
    if (zone.get(hostId) === address) return false;
    zone.set(hostId, address);
    return true;
  }

  /** False when there is none of that topic. */
  delete(topic: string, key: string): boolean {
    const { zoneId, hostId } = namesIn(key);
    const zone = this.#zones.get(zoneId);
    if (this.#toldBy.get(zoneId) !== topic || zone?.delete(hostId) !== true) return false;
    if (zone.size === 0) {
      this.#zones.delete(zoneId);
      this.#toldBy.delete(zoneId);
    }
    return true;
  }

  get(key: string): TunnelZoneMember | undefined {
    const { zoneId, hostId } = namesIn(key);
    const address = this.#zones.get(zoneId)?.get(hostId);
    return address === undefined ? undefined : { kind: 'tunnelZoneMember', zoneId, hostId, address };
  }

  *keys(topic: string): Generator<string> {
    for (const member of this.#of(topic)) yield entityKey(member);
  }

  /** Each as the JSON that the controller told: put together here, as a thousand agents may write a thousand of them. */
  *rows(topic: string): Generator<string> {
    for (const { zoneId, hostId, address } of this.#of(topic)) {
      const value = `{"kind":"tunnelZoneMember","zoneId":"${zoneId}","hostId":"${hostId}","address":"${formatIp(address)}"}`;
      yield `{"key":"${PREFIX}${zoneId}/${hostId}","value":${value}}`;
    }
  }

  *#of(topic: string): Generator<TunnelZoneMember> {
    for (const [zoneId, zone] of this.#zones) {
      if (this.#toldBy.get(zoneId) !== topic) continue;
      for (const [hostId, address] of zone) yield { kind: 'tunnelZoneMember', zoneId, hostId, address };
    }
  }
}

/** brands: they are looked up among those that were put under this key */
function namesIn(key: string): { readonly zoneId: TunnelZoneId; readonly hostId: HostId } {
  const [, zone = '', host = ''] = key.split('/');
  return { zoneId: zone as TunnelZoneId, hostId: host as HostId };
}
