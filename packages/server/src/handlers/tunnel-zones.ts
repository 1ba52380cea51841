import { newTunnelZone, tunnelZoneToDto, updateTunnelZone, zoneHostToDto } from '@midonet/contract';
import type { HostId, TunnelZoneId, TunnelZoneMember } from '@midonet/topology';
import type { Group } from '../http/handlers.ts';
import { found, matches, newId, pathId, type Services } from './services.ts';

export function tunnelZoneHandlers({ reader, writer }: Services): Group<'tunnelZones'> {
  return {
    list: async ({ query, base }) => {
      const zones = await reader.list('tunnelZone');
      return zones.filter((one) => matches(query, '', one.name)).map((one) => tunnelZoneToDto(one, base));
    },
    get: async ({ params, base }) => {
      const zone = await reader.get('tunnelZone', pathId('tunnel zone', params.id));
      return tunnelZoneToDto(found(zone, 'tunnel zone', params.id), base);
    },
    create: async ({ body, base, author }) => {
      const zone = newTunnelZone(body, newId);
      await writer.create(zone, author);
      return tunnelZoneToDto(zone, base);
    },
    update: async ({ params, body, base, author }) => {
      const id = pathId<TunnelZoneId>('tunnel zone', params.id);
      return tunnelZoneToDto(await writer.update('tunnelZone', id, (old) => updateTunnelZone(old, body), author), base);
    },
    remove: async ({ params, author }) => {
      await writer.remove('tunnelZone', pathId('tunnel zone', params.id), author);
      return undefined;
    },
  };
}

export function tunnelZoneHostHandlers({ reader, writer }: Services): Group<'tunnelZoneHosts'> {
  const zoneOf = async (text: string) =>
    found(await reader.get('tunnelZone', pathId('tunnel zone', text)), 'tunnel zone', text);
  const key = (params: { readonly id: string; readonly hostId: string }): string =>
    `${pathId<TunnelZoneId>('tunnel zone', params.id)}/${pathId<HostId>('host', params.hostId)}`;
  return {
    list: async ({ params, base }) => {
      const zone = await zoneOf(params.id);
      return (await reader.list('tunnelZoneMember', zone.id)).map((one) => zoneHostToDto(one, base));
    },
    get: async ({ params, base }) => {
      const member = await reader.get('tunnelZoneMember', key(params));
      return zoneHostToDto(found(member, 'member', params.hostId), base);
    },
    create: async ({ params, body, base, author }) => {
      const zone = await zoneOf(params.id);
      const { hostId, ipAddress } = body;
      const member: TunnelZoneMember = { kind: 'tunnelZoneMember', zoneId: zone.id, hostId, address: ipAddress };
      await writer.create(member, author);
      return zoneHostToDto(member, base);
    },
    update: async ({ params, body, base, author }) => {
      const change = (old: TunnelZoneMember): TunnelZoneMember => ({ ...old, address: body.ipAddress });
      return zoneHostToDto(await writer.update('tunnelZoneMember', key(params), change, author), base);
    },
    remove: async ({ params, author }) => {
      await writer.remove('tunnelZoneMember', key(params), author);
      return undefined;
    },
  };
}
