import {
  ipAddrGroupAddrToDto,
  ipAddrGroupToDto,
  newIpAddrGroup,
  newIpAddrGroupAddr,
  parseVersionedIp,
  updateIpAddrGroup,
} from '@midonet/contract';
import { formatIp } from '@midonet/packet';
import type { IpAddrGroupId } from '@midonet/topology';
import type { Group } from '../http/handlers.ts';
import { notFound } from '../http/problem.ts';
import { found, matches, newId, pathId, unwrap, type Services } from './services.ts';

const WHAT = 'IP address group';

export function ipAddrGroupHandlers({ reader, writer }: Services): Group<'ipAddrGroups'> {
  return {
    list: async ({ query, base }) => {
      const groups = await reader.list('ipAddrGroup');
      return groups.filter((one) => matches(query, one.tenantId, one.name)).map((one) => ipAddrGroupToDto(one, base));
    },
    get: async ({ params, base }) => {
      const group = await reader.get('ipAddrGroup', pathId(WHAT, params.id));
      return ipAddrGroupToDto(found(group, WHAT, params.id), base);
    },
    create: async ({ body, base, author }) =>
      ipAddrGroupToDto(await writer.create(newIpAddrGroup(body, newId), author), base),
    update: async ({ params, body, base, author }) => {
      const id = pathId<IpAddrGroupId>(WHAT, params.id);
      return ipAddrGroupToDto(
        await writer.update('ipAddrGroup', id, (old) => updateIpAddrGroup(old, body), author),
        base,
      );
    },
    remove: async ({ params, author }) => {
      await writer.remove('ipAddrGroup', pathId(WHAT, params.id), author);
      return undefined;
    },
  };
}

type AddressPath = { readonly id: string; readonly version: string; readonly addr: string };

function addressKey({ id, version, addr }: AddressPath): string {
  const ip = parseVersionedIp(version, addr);
  if (ip === undefined) throw notFound(`IPv${version.slice(0, 8)} address`, addr);
  return `${pathId<IpAddrGroupId>(WHAT, id)}/${formatIp(ip)}`;
}

export function ipAddrGroupAddrHandlers({ reader, writer }: Services): Group<'ipAddrGroupAddrs'> {
  return {
    list: async ({ params, base }) => {
      const group = found(await reader.get('ipAddrGroup', pathId(WHAT, params.id)), WHAT, params.id);
      return (await reader.list('ipAddrGroupAddress', group.id)).map((one) => ipAddrGroupAddrToDto(one, base));
    },
    create: async ({ params, body, base, author }) => {
      const row = unwrap(newIpAddrGroupAddr(body, pathId<IpAddrGroupId>(WHAT, params.id)));
      return ipAddrGroupAddrToDto(await writer.create(row, author), base);
    },
    get: async ({ params, base }) => {
      const row = await reader.get('ipAddrGroupAddress', addressKey(params));
      return ipAddrGroupAddrToDto(found(row, 'address', params.addr), base);
    },
    remove: async ({ params, author }) => {
      await writer.remove('ipAddrGroupAddress', addressKey(params), author);
      return undefined;
    },
  };
}
