import { l2InsertionToDto, newL2Insertion, updateL2Insertion, type InsertionBridges } from '@midonet/contract';
import { parseId, type BridgeId, type L2Insertion, type L2InsertionId, type PortId } from '@midonet/topology';
import type { Group } from '../http/handlers.ts';
import { badRequest } from '../http/problem.ts';
import { found, newId, pathId, type Services } from './services.ts';

type Ends = { readonly portId: PortId; readonly srvPortId: PortId };

export function l2InsertionHandlers(services: Services): Group<'l2Insertions'> {
  const { reader, writer } = services;
  const read = async (text: string): Promise<L2Insertion> =>
    found(await reader.get('l2Insertion', pathId('L2 insertion', text)), 'L2 insertion', text);
  return {
    list: async ({ query, base }) => {
      const { port, srv_port: service } = query;
      const all = await listed(services, port, service);
      return all.map((one) => l2InsertionToDto(one, base));
    },
    get: async ({ params, base }) => l2InsertionToDto(await read(params.id), base),
    create: async ({ body, base, author }) => {
      const insertion = newL2Insertion(body, await bridgesOf(services, body), newId);
      return l2InsertionToDto(await writer.create(insertion, author), base);
    },
    update: async ({ params, body, base, author }) => {
      const id = pathId<L2InsertionId>('L2 insertion', params.id);
      const now = await read(id);
      const ends = { portId: body.portId ?? now.portId, srvPortId: body.srvPortId ?? now.srvPortId };
      const bridges = await bridgesOf(services, ends, now);
      // With these ends: what somebody else moved meanwhile would not fit the bridges.
      const change = (old: L2Insertion): L2Insertion => updateL2Insertion(old, { ...body, ...ends }, bridges);
      return l2InsertionToDto(await writer.update('l2Insertion', id, change, author), base);
    },
    remove: async ({ params, author }) => {
      await writer.remove('l2Insertion', pathId('L2 insertion', params.id), author);
      return undefined;
    },
  };
}

/** Those of a port, of a service port, of both, or all. */
async function listed(
  { reader }: Services,
  port: string | undefined,
  service: string | undefined,
): Promise<readonly L2Insertion[]> {
  const [portId, serviceId] = [port, service].map((text) => (text === undefined ? undefined : parseId<PortId>(text)));
  if ((port !== undefined && portId === undefined) || (service !== undefined && serviceId === undefined)) return [];
  if (portId === undefined && serviceId === undefined) return reader.list('l2Insertion');
  if (portId === undefined) return reader.childObjects('port', serviceId ?? '', 'l2Insertion', 'srvInsertion');
  const there = await reader.childObjects('port', portId, 'l2Insertion', 'insertion');
  return there.filter(({ srvPortId }) => serviceId === undefined || srvPortId === serviceId);
}

/** An end that stays is not looked for: an administrator may have put another tenant's there. */
async function bridgesOf(
  services: Services,
  { portId, srvPortId }: Ends,
  now?: L2Insertion,
): Promise<InsertionBridges> {
  return {
    bridgeId: portId === now?.portId ? now.bridgeId : await bridgeOf(services, 'portId', portId),
    srvBridgeId: srvPortId === now?.srvPortId ? now.srvBridgeId : await bridgeOf(services, 'srvPortId', srvPortId),
  };
}

async function bridgeOf({ reader }: Services, property: string, id: PortId): Promise<BridgeId> {
  const port = await reader.get('port', id);
  if (port === undefined) throw badRequest([{ property, message: `no port ${id}` }]);
  if (port.type !== 'bridge') throw badRequest([{ property, message: "must be a bridge's port" }]);
  return port.bridgeId;
}
