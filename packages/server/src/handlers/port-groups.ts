import {
  newPortGroup,
  portGroupPortToDto,
  portGroupToDto,
  updatePortGroup,
  type Base,
  type PortGroupDto,
} from '@midonet/contract';
import { parseId, type PortGroup, type PortGroupId, type PortGroupMember, type PortId } from '@midonet/topology';
import type { Group } from '../http/handlers.ts';
import { found, matches, newId, pathId, type Services } from './services.ts';

export function portGroupHandlers({ reader, writer }: Services): Group<'portGroups'> {
  const toDto = async (group: PortGroup, base: Base): Promise<PortGroupDto> => {
    const members = await reader.list('portGroupMember', group.id);
    const ids = members.map(({ portId }) => portId);
    return portGroupToDto(group, ids, base);
  };
  const withPort = async (text: string): Promise<PortGroup[]> => {
    const port = parseId<PortId>(text);
    return port === undefined ? [] : reader.childObjects('port', port, 'portGroup');
  };
  return {
    list: async ({ query, base }) => {
      const port = query['port_id'];
      const groups = port === undefined ? await reader.list('portGroup') : await withPort(port);
      return Promise.all(groups.filter((one) => matches(query, one.tenantId, one.name)).map((one) => toDto(one, base)));
    },
    get: async ({ params, base }) => {
      const group = await reader.get('portGroup', pathId('port group', params.id));
      return toDto(found(group, 'port group', params.id), base);
    },
    create: async ({ body, base, author }) => toDto(await writer.create(newPortGroup(body, newId), author), base),
    update: async ({ params, body, base, author }) => {
      const id = pathId<PortGroupId>('port group', params.id);
      return toDto(await writer.update('portGroup', id, (old) => updatePortGroup(old, body), author), base);
    },
    remove: async ({ params, author }) => {
      await writer.remove('portGroup', pathId('port group', params.id), author);
      return undefined;
    },
  };
}

export function portGroupPortHandlers({ reader, writer }: Services): Group<'portGroupPorts'> {
  const groupOf = async (text: string) =>
    found(await reader.get('portGroup', pathId('port group', text)), 'port group', text);
  const key = (params: { readonly id: string; readonly portId: string }): string =>
    `${pathId<PortGroupId>('port group', params.id)}/${pathId<PortId>('port', params.portId)}`;
  return {
    list: async ({ params, base }) => {
      const group = await groupOf(params.id);
      return (await reader.list('portGroupMember', group.id)).map((one) => portGroupPortToDto(one, base));
    },
    create: async ({ params, body, base, author }) => {
      const groupId = pathId<PortGroupId>('port group', params.id);
      const member: PortGroupMember = { kind: 'portGroupMember', groupId, portId: body.portId };
      return portGroupPortToDto(await writer.create(member, author), base);
    },
    get: async ({ params, base }) => {
      const member = await reader.get('portGroupMember', key(params));
      return portGroupPortToDto(found(member, 'member', params.portId), base);
    },
    remove: async ({ params, author }) => {
      await writer.remove('portGroupMember', key(params), author);
      return undefined;
    },
    ofPort: async ({ params, base }) => {
      const port = found(await reader.get('port', pathId('port', params.id)), 'port', params.id);
      const groups = await reader.childObjects('port', port.id, 'portGroup');
      return groups.map(({ id }) =>
        portGroupPortToDto({ kind: 'portGroupMember', groupId: id, portId: port.id }, base),
      );
    },
  };
}
