import {
  deviceOfRequest,
  newTraceRequest,
  traceRequestToDto,
  updateTraceRequest,
  type NamedDevice,
} from '@midonet/contract';
import { parseId, type TracedDevice, type TraceRequest, type TraceRequestId } from '@midonet/topology';
import type { Group } from '../http/handlers.ts';
import { badRequest, Refusal } from '../http/problem.ts';
import { tracedPackets } from '../traces/traced-packets.ts';
import { found, newId, pathId, unwrap, type Services } from './services.ts';

/** Those of a tenant's own people. */
export const MAX_PER_TENANT = 32;

export function traceRequestHandlers(services: Services): Group<'traceRequests'> {
  const { reader, writer, clock } = services;
  const read = async (text: string): Promise<TraceRequest> =>
    found(await reader.get('traceRequest', pathId('trace request', text)), 'trace request', text);
  return {
    list: async ({ query, base }) => {
      const all = await reader.list('traceRequest');
      const device = query['device_id'];
      const wanted = device === undefined ? undefined : (parseId(device) ?? 'none');
      return all
        .filter((one) => wanted === undefined || one.device.id === wanted)
        .map((one) => traceRequestToDto(one, base));
    },
    get: async ({ params, base }) => traceRequestToDto(await read(params.id), base),
    create: async ({ body, base, author, caller }) => {
      if (caller.reach !== 'all') await checkCount(services);
      const device = await deviceFor(services, unwrap(deviceOfRequest(body)));
      const request = unwrap(newTraceRequest(body, device, { newId, now: clock.now() }));
      return traceRequestToDto(await writer.create(request, author), base);
    },
    update: async ({ params, body, base, author }) => {
      const id = pathId<TraceRequestId>('trace request', params.id);
      const change = (old: TraceRequest): TraceRequest => unwrap(updateTraceRequest(old, body, clock.now()));
      return traceRequestToDto(await writer.update('traceRequest', id, change, author), base);
    },
    remove: async ({ params, author }) => {
      await writer.remove('traceRequest', pathId('trace request', params.id), author);
      return undefined;
    },
    packets: async ({ params, caller }) => {
      const request = await read(params.id);
      return tracedPackets(services, request.id, caller.reach === 'all');
    },
  };
}

/** What the reader shows is the tenant's. */
async function checkCount({ reader }: Services): Promise<void> {
  const all = await reader.list('traceRequest');
  if (all.length < MAX_PER_TENANT) return;
  throw new Refusal(403, `a tenant can have ${MAX_PER_TENANT} trace requests at most: delete one first`);
}

async function deviceFor({ reader }: Services, device: NamedDevice): Promise<TracedDevice> {
  if (device.type !== 'port') return device;
  const port = await reader.get('port', device.id);
  if (port === undefined) throw badRequest([{ property: 'deviceId', message: `no port ${device.id}` }]);
  const { id } = port;
  return port.type === 'bridge'
    ? { type: 'port', id, of: { type: 'bridge', id: port.bridgeId } }
    : { type: 'port', id, of: { type: 'router', id: port.routerId } };
}
