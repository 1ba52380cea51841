import { formatIp } from '@midonet/packet';
import type { HostId, TunnelZone, TunnelZoneId, TunnelZoneMember } from '@midonet/topology';
import { z } from 'zod';
import { idField, ipField, textField } from '../fields.ts';
import { link, type Base } from '../links.ts';

const ZONE_TYPES = ['gre', 'vxlan', 'vtep'] as const;

export const tunnelZoneInput = z.object({
  id: idField<TunnelZoneId>().nullish(),
  name: textField.nullish(),
  type: z.enum(ZONE_TYPES, { error: `must be one of ${ZONE_TYPES.join(', ')}` }).nullish(),
});
export type TunnelZoneInput = z.output<typeof tunnelZoneInput>;

export const tunnelZoneDto = z.object({
  id: z.string(),
  uri: z.string(),
  name: z.string(),
  type: z.enum(ZONE_TYPES),
  hosts: z.string(),
});
export type TunnelZoneDto = z.output<typeof tunnelZoneDto>;

export const zoneHostInput = z.object({ hostId: idField<HostId>(), ipAddress: ipField });
export const zoneHostUpdate = z.object({ hostId: idField<HostId>().nullish(), ipAddress: ipField });
export type ZoneHostInput = z.output<typeof zoneHostInput>;

export const zoneHostDto = z.object({
  uri: z.string(),
  tunnelZoneId: z.string(),
  tunnelZone: z.string(),
  hostId: z.string(),
  host: z.string(),
  ipAddress: z.string(),
});
export type ZoneHostDto = z.output<typeof zoneHostDto>;

export function newTunnelZone(input: TunnelZoneInput, newId: () => TunnelZoneId): TunnelZone {
  return { kind: 'tunnelZone', id: input.id ?? newId(), name: input.name ?? '', type: input.type ?? 'vxlan' };
}

export function updateTunnelZone(old: TunnelZone, input: TunnelZoneInput): TunnelZone {
  return { ...old, name: input.name ?? old.name, type: input.type ?? old.type };
}

export function tunnelZoneToDto(zone: TunnelZone, base: Base): TunnelZoneDto {
  const uri = link(base, 'tunnel_zones', zone.id);
  return { id: zone.id, uri, name: zone.name, type: zone.type, hosts: `${uri}/hosts` };
}

export function zoneHostToDto(member: TunnelZoneMember, base: Base): ZoneHostDto {
  return {
    uri: link(base, 'tunnel_zones', member.zoneId, 'hosts', member.hostId),
    tunnelZoneId: member.zoneId,
    tunnelZone: link(base, 'tunnel_zones', member.zoneId),
    hostId: member.hostId,
    host: link(base, 'hosts', member.hostId),
    ipAddress: formatIp(member.address),
  };
}
