import type { PortGroup, PortGroupId, PortGroupMember, PortId } from '@midonet/topology';
import { z } from 'zod';
import { idField, textField } from '../fields.ts';
import { link, type Base } from '../links.ts';

export const portGroupInput = z.object({
  id: idField<PortGroupId>().nullish(),
  tenantId: textField.nullish(),
  name: textField.nullish(),
  stateful: z.boolean().nullish(),
});
export type PortGroupInput = z.output<typeof portGroupInput>;

export const portGroupDto = z.object({
  id: z.string(),
  uri: z.string(),
  tenantId: z.string().nullable(),
  name: z.string().nullable(),
  stateful: z.boolean(),
  portIds: z.array(z.string()),
  ports: z.string(),
});
export type PortGroupDto = z.output<typeof portGroupDto>;

export const portGroupPortInput = z.object({ portId: idField<PortId>() });
export const portGroupPortDto = z.object({
  uri: z.string(),
  portGroupId: z.string(),
  portGroup: z.string(),
  portId: z.string(),
  port: z.string(),
});
export type PortGroupPortDto = z.output<typeof portGroupPortDto>;

export function newPortGroup(input: PortGroupInput, newId: () => PortGroupId): PortGroup {
  const { id, tenantId, name, stateful } = input;
  return {
    kind: 'portGroup',
    id: id ?? newId(),
    tenantId: tenantId ?? '',
    name: name ?? '',
    stateful: stateful ?? false,
  };
}

export function updatePortGroup(old: PortGroup, input: PortGroupInput): PortGroup {
  const { tenantId, name, stateful } = input;
  return { ...old, tenantId: tenantId ?? old.tenantId, name: name ?? old.name, stateful: stateful ?? old.stateful };
}

export function portGroupToDto(group: PortGroup, portIds: readonly string[], base: Base): PortGroupDto {
  const { id, tenantId, name, stateful } = group;
  const uri = link(base, 'port_groups', id);
  return { id, uri, tenantId, name, stateful, portIds: [...portIds], ports: `${uri}/ports` };
}

export function portGroupPortToDto({ groupId, portId }: PortGroupMember, base: Base): PortGroupPortDto {
  return {
    uri: link(base, 'port_groups', groupId, 'ports', portId),
    portGroupId: groupId,
    portGroup: link(base, 'port_groups', groupId),
    portId,
    port: link(base, 'ports', portId),
  };
}
