import {
  hostPortToDto,
  hostToDto,
  interfaceToDto,
  newHost,
  updateHost,
  type Base,
  type HostDto,
} from '@midonet/contract';
import type { Host, HostId, Port, PortId } from '@midonet/topology';
import type { Group } from '../http/handlers.ts';
import { notFound, Refusal } from '../http/problem.ts';
import { found, matches, newId, pathId, type Services } from './services.ts';

export function hostHandlers(services: Services): Group<'hosts'> {
  const { reader, writer } = services;
  const toDto = async (host: Host, base: Base): Promise<HostDto> => {
    const [alive, portIds, tunnelZoneIds] = await Promise.all([
      reader.get('hostAlive', host.id),
      reader.children('host', host.id, 'port'),
      reader.children('host', host.id, 'tunnelZone'),
    ]);
    const interfaces = alive?.interfaces ?? [];
    return hostToDto(host, { alive: alive !== undefined, portIds, tunnelZoneIds, interfaces }, base);
  };
  const read = async (text: string) => found(await reader.get('host', pathId('host', text)), 'host', text);
  return {
    list: async ({ query, base }) => {
      const hosts = await reader.list('host');
      return Promise.all(hosts.filter((one) => matches(query, '', one.name)).map((one) => toDto(one, base)));
    },
    get: async ({ params, base }) => toDto(await read(params.id), base),
    create: async ({ body, base, author }) => {
      const host = newHost(body, newId);
      await writer.create(host, author);
      return toDto(host, base);
    },
    update: async ({ params, body, base, author }) => {
      const id = pathId<HostId>('host', params.id);
      return toDto(await writer.update('host', id, (old) => updateHost(old, body), author), base);
    },
    remove: async ({ params, author }) => {
      const host = await read(params.id);
      // MidoNet's answer for these two is 403.
      if ((await reader.get('hostAlive', host.id)) !== undefined) {
        throw new Refusal(403, `host ${host.name} is alive: stop its agent first`);
      }
      const bound = await reader.children('host', host.id, 'port');
      if (bound.length > 0)
        throw new Refusal(403, `host ${host.name} has ${bound.length} bound ports: unbind them first`);
      await writer.remove('host', host.id, author);
      return undefined;
    },
  };
}

export function hostInterfaceHandlers({ reader }: Services): Group<'hostInterfaces'> {
  const interfacesOf = async (text: string) => {
    const host = found(await reader.get('host', pathId('host', text)), 'host', text);
    return { host, interfaces: (await reader.get('hostAlive', host.id))?.interfaces ?? [] };
  };
  return {
    list: async ({ params, base }) => {
      const { host, interfaces } = await interfacesOf(params.id);
      return interfaces.map((one) => interfaceToDto(host.id, one, base));
    },
    get: async ({ params, base }) => {
      const { host, interfaces } = await interfacesOf(params.id);
      const one = interfaces.find(({ name }) => name === params.name);
      return interfaceToDto(host.id, found(one, 'interface', params.name), base);
    },
  };
}

export function hostPortHandlers({ reader, writer }: Services): Group<'hostPorts'> {
  const read = async (text: string) => found(await reader.get('host', pathId('host', text)), 'host', text);
  return {
    list: async ({ params, base }) => {
      const host = await read(params.id);
      const ports = await reader.childObjects('host', host.id, 'port');
      return ports.map((port) => hostPortToDto(host.id, port, base)).filter((dto) => dto !== undefined);
    },
    get: async ({ params, base }) => {
      const host = await read(params.id);
      const port = await reader.get('port', pathId('port', params.portId));
      const dto = port === undefined ? undefined : hostPortToDto(host.id, port, base);
      return found(dto, 'binding of port', params.portId);
    },
    create: async ({ params, body, base, author }) => {
      const host = await read(params.id);
      const binding = { hostId: host.id, interfaceName: body.interfaceName };
      const port = await writer.update(
        'port',
        body.portId,
        (old) => {
          const left = old.binding?.hostId;
          return {
            ...old,
            binding,
            previousHostId: left === undefined || left === host.id ? old.previousHostId : left,
          };
        },
        author,
        // The id came in the body: a port that is not there makes the request wrong, not its target.
        { missing: 'portId' },
      );
      return found(hostPortToDto(host.id, port, base), 'binding of port', port.id);
    },
    remove: async ({ params, author }) => {
      const host = await read(params.id);
      const id = pathId<PortId>('port', params.portId);
      const unbound = (old: Port): Port => {
        if (old.binding?.hostId !== host.id) throw notFound('binding of port', id);
        return { ...old, binding: undefined, previousHostId: host.id };
      };
      await writer.update('port', id, unbound, author);
      return undefined;
    },
  };
}
