import { formatIp, isIp4, parseIp, type IpAddress } from '@midonet/packet';
import type { ChainId, IpAddrGroup, IpAddrGroupAddress, IpAddrGroupId } from '@midonet/topology';
import { z } from 'zod';
import { idField, ipField, textField } from '../fields.ts';
import { chainOf } from './filters.ts';
import { link, type Base } from '../links.ts';
import { invalid, ok, type Converted } from '../problem.ts';

export const ipAddrGroupInput = z.object({
  id: idField<IpAddrGroupId>().nullish(),
  tenantId: textField.nullish(),
  name: textField.nullish(),
  /** Chains that belong with the group; packets do not go through them for its sake. Null takes one off. */
  inboundChainId: idField<ChainId>().nullish(),
  outboundChainId: idField<ChainId>().nullish(),
});
export type IpAddrGroupInput = z.output<typeof ipAddrGroupInput>;

export const ipAddrGroupDto = z.object({
  id: z.string(),
  uri: z.string(),
  tenantId: z.string().nullable(),
  name: z.string().nullable(),
  inboundChainId: z.string().nullable(),
  outboundChainId: z.string().nullable(),
  addrs: z.string(),
});
export type IpAddrGroupDto = z.output<typeof ipAddrGroupDto>;

export const ipAddrGroupAddrInput = z.object({
  addr: ipField,
  version: z.union([z.literal(4), z.literal(6)], { error: 'must be 4 or 6' }).nullish(),
});
export const ipAddrGroupAddrDto = z.object({
  uri: z.string(),
  ipAddrGroupId: z.string(),
  ipAddrGroup: z.string(),
  addr: z.string(),
  version: z.number(),
});
export type IpAddrGroupAddrDto = z.output<typeof ipAddrGroupAddrDto>;

export function newIpAddrGroup(input: IpAddrGroupInput, newId: () => IpAddrGroupId): IpAddrGroup {
  const { id, tenantId, name } = input;
  return { kind: 'ipAddrGroup', id: id ?? newId(), tenantId: tenantId ?? '', name: name ?? '', ...chainsOf(input, {}) };
}

export function updateIpAddrGroup(old: IpAddrGroup, input: IpAddrGroupInput): IpAddrGroup {
  const { tenantId, name } = input;
  return { ...old, tenantId: tenantId ?? old.tenantId, name: name ?? old.name, ...chainsOf(input, old) };
}

type Chains = Pick<IpAddrGroup, 'inboundChainId' | 'outboundChainId'>;

function chainsOf(input: IpAddrGroupInput, old: Chains): Chains {
  return {
    inboundChainId: chainOf(input.inboundChainId, old.inboundChainId),
    outboundChainId: chainOf(input.outboundChainId, old.outboundChainId),
  };
}

const versionOf = (ip: IpAddress): 4 | 6 => (isIp4(ip) ? 4 : 6);

export function newIpAddrGroupAddr(
  { addr, version }: z.output<typeof ipAddrGroupAddrInput>,
  groupId: IpAddrGroupId,
): Converted<IpAddrGroupAddress> {
  if ((version ?? versionOf(addr)) !== versionOf(addr)) {
    return invalid('version', `is ${version}, but ${formatIp(addr)} is an IPv${versionOf(addr)} address`);
  }
  return ok({ kind: 'ipAddrGroupAddress', groupId, address: addr });
}

/** `/versions/{version}/ip_addrs/{addr}` of a URI; undefined when the two do not go together. */
export function parseVersionedIp(version: string, addr: string): IpAddress | undefined {
  const ip = parseIp(addr);
  return ip !== undefined && String(versionOf(ip)) === version ? ip : undefined;
}

export function ipAddrGroupToDto(group: IpAddrGroup, base: Base): IpAddrGroupDto {
  const { id, tenantId, name, inboundChainId = null, outboundChainId = null } = group;
  const uri = link(base, 'ip_addr_groups', id);
  return { id, uri, tenantId, name, inboundChainId, outboundChainId, addrs: `${uri}/ip_addrs` };
}

export function ipAddrGroupAddrToDto({ groupId, address }: IpAddrGroupAddress, base: Base): IpAddrGroupAddrDto {
  const version = versionOf(address);
  const addr = formatIp(address);
  return {
    uri: link(base, 'ip_addr_groups', groupId, 'versions', String(version), 'ip_addrs', addr),
    ipAddrGroupId: groupId,
    ipAddrGroup: link(base, 'ip_addr_groups', groupId),
    addr,
    version,
  };
}
