import { link, updatePort, type Base, type PortLinkDto } from '@midonet/contract';
import { parseId, type HostId, type Port, type PortId } from '@midonet/topology';
import type { Group } from '../http/handlers.ts';
import { allPorts, presentPort, presentPorts } from './port-support.ts';
import { found, pathId, unwrap, type Services } from './services.ts';

export function portHandlers(services: Services): Group<'ports'> {
  const { reader, writer } = services;
  const read = async (text: string) => found(await reader.get('port', pathId('port', text)), 'port', text);
  return {
    list: async ({ query, base }) => {
      const wanted = query['host_id'];
      if (wanted === undefined) return allPorts(services, base);
      const host = parseId<HostId>(wanted);
      // To a tenant no port is plugged in anywhere.
      const ports = host === undefined || !services.provider ? [] : await reader.childObjects('host', host, 'port');
      return presentPorts(services, ports, base);
    },
    get: async ({ params, base }) => presentPort(services, await read(params.id), base),
    update: async ({ params, body, removed, base, author }) => {
      const id = pathId<PortId>('port', params.id);
      const unplugs = removed.has('hostId') || removed.has('interfaceName');
      const change = (stored: Port): Port => {
        const old = unplugs
          ? { ...stored, binding: undefined, previousHostId: stored.binding?.hostId ?? stored.previousHostId }
          : stored;
        const port = unwrap(updatePort(old, body));
        return { ...port, peerId: body.peerId ?? (removed.has('peerId') ? undefined : port.peerId) };
      };
      return presentPort(services, await writer.update('port', id, change, author), base);
    },
    remove: async ({ params, author }) => {
      await writer.remove('port', pathId('port', params.id), author);
      return undefined;
    },
    showLink: async ({ params, base }) => linkDto(await read(params.id), base),
    link: async ({ params, body, base, author }) => {
      const id = pathId<PortId>('port', params.id);
      const port = await writer.update('port', id, (old) => ({ ...old, peerId: body.peerId }), author);
      return linkDto(port, base);
    },
    unlink: async ({ params, author }) => {
      const id = pathId<PortId>('port', params.id);
      await writer.update('port', id, (old) => ({ ...old, peerId: undefined }), author);
      return undefined;
    },
  };
}

function linkDto(port: Port, base: Base): PortLinkDto {
  return { uri: link(base, 'ports', port.id, 'link'), portId: port.id, peerId: port.peerId ?? null };
}
