import { bridgeToDto, newBridge, newPort, updateBridge, type Base, type BridgeDto } from '@midonet/contract';
import type { Bridge, BridgeId } from '@midonet/topology';
import type { Group } from '../http/handlers.ts';
import { filtered, presented, Scan } from '../listing/scan.ts';
import { createPort, devicePorts, peerPorts } from './port-support.ts';
import { found, matches, newId, newMac, pathId, unwrap, type Services } from './services.ts';

export function bridgeHandlers(services: Services): Group<'bridges'> {
  const { reader, writer } = services;
  const read = async (text: string) => found(await reader.get('bridge', pathId('bridge', text)), 'bridge', text);
  const toDto = async (bridge: Bridge, base: Base): Promise<BridgeDto> => {
    const readOnly = await reader.readOnly(bridge);
    return bridgeToDto(bridge, await reader.children('bridge', bridge.id, 'trace'), base, readOnly);
  };
  return {
    list: ({ query, base }) => {
      const wanted = (one: Bridge) => matches(query, one.tenantId, one.name);
      const present = (one: Bridge) => toDto(one, base);
      return Promise.resolve(
        new Scan((after) => presented(filtered(reader.scan('bridge', undefined, after), wanted), present)),
      );
    },
    get: async ({ params, base }) => toDto(await read(params.id), base),
    create: async ({ body, base, author }) => {
      const bridge = await writer.create(newBridge(body, newId), author);
      return toDto(bridge, base);
    },
    update: async ({ params, body, base, author }) => {
      const id = pathId<BridgeId>('bridge', params.id);
      return toDto(await writer.update('bridge', id, (old) => updateBridge(old, body), author), base);
    },
    remove: async ({ params, author }) => {
      await writer.remove('bridge', pathId('bridge', params.id), author);
      return undefined;
    },
    ports: async ({ params, base }) => {
      const bridge = await read(params.id);
      return devicePorts(services, 'bridge', bridge.id, base);
    },
    createPort: ({ params, body, base, author }) => {
      const bridgeId = pathId<BridgeId>('bridge', params.id);
      const port = unwrap(newPort(body, { type: 'bridge', bridgeId }, { newId, newMac }));
      return createPort(services, { port, peerId: body.peerId ?? undefined, author, base });
    },
    peerPorts: async ({ params, base }) => {
      const bridge = await read(params.id);
      return peerPorts(services, 'bridge', bridge.id, base);
    },
  };
}
