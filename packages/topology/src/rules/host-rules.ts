import type { Host, TunnelZone, TunnelZoneMember } from '../entities.ts';
import { indexKey, natBlockKeyOfIndex } from '../keys.ts';
import { refused, type Refused, type WriteList } from './plan.ts';
import type { ReadRecorder } from './read-recorder.ts';

type Read = ReadRecorder<number>;

/** Deletes a host that is neither alive nor has ports bound, with its tunnel zone memberships and NAT blocks. */
export async function deleteHost(host: Host, read: Read, list: WriteList): Promise<Refused | undefined> {
  if (!(await read.missing(`hostAlive/${host.id}`))) {
    return refused('inUse', 'alive', `host ${host.name} is alive: stop its agent first`);
  }
  const bound = await read.below(indexKey('host', host.id, 'port', ''));
  if (bound.length > 0) {
    return refused('inUse', 'portIds', `host ${host.name} has ${bound.length} bound ports: unbind them first`);
  }
  for (const zone of await read.below(indexKey('host', host.id, 'tunnelZone', ''))) {
    list.removeKey(`tunnelZoneMember/${zone}/${host.id}`);
  }
  // Who deletes a host says that it is gone: its ports are free at once, not when their leases end.
  for (const block of await read.below(indexKey('host', host.id, 'natBlock', ''))) {
    list.removeKey(natBlockKeyOfIndex(block));
  }
  list.removeBelow(`index/host/${host.id}/`);
  list.remove(host);
  return undefined;
}

/** Deletes a tunnel zone with its memberships; the hosts stay. */
export async function deleteZone(zone: TunnelZone, read: Read, list: WriteList): Promise<undefined> {
  const members = `tunnelZoneMember/${zone.id}/`;
  for (const host of await read.below(members)) list.removeKey(indexKey('host', host, 'tunnelZone', zone.id));
  list.removeBelow(members);
  list.remove(zone);
  return undefined;
}

export async function checkMember(member: TunnelZoneMember, read: Read): Promise<Refused | undefined> {
  if (!(await read.exists(`tunnelZone/${member.zoneId}`))) {
    return refused('notFound', 'tunnelZoneId', `no tunnel zone ${member.zoneId}`);
  }
  if (!(await read.exists(`host/${member.hostId}`))) return refused('invalid', 'hostId', `no host ${member.hostId}`);
  return undefined;
}
