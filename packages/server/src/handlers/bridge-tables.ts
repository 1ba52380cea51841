import {
  ipMacToDto,
  macPortToDto,
  newStaticArp,
  newStaticMac,
  parseIpMacSegment,
  parseMacPortSegment,
  type Base,
  type MacPortDto,
} from '@midonet/contract';
import { formatIp, formatMac } from '@midonet/packet';
import type { BridgeId } from '@midonet/topology';
import type { Group } from '../http/handlers.ts';
import { badRequest, notFound } from '../http/problem.ts';
import { found, pathId, type Services } from './services.ts';

function vlanOf(text: string): number {
  const vlan = /^\d{1,4}$/.test(text) ? Number(text) : NaN;
  if (vlan >= 1 && vlan <= 4094) return vlan;
  throw badRequest([{ property: 'vlan', message: 'must be 1 to 4094' }]);
}

type RowPath = { readonly bridge: string; readonly vlan: number; readonly row: string };

/** The MAC table of a bridge, static and learned rows together; both groups of endpoints use it. */
class MacTable {
  readonly #services: Services;

  constructor(services: Services) {
    this.#services = services;
  }

  async bridge(text: string): Promise<BridgeId> {
    return found(await this.#services.reader.get('bridge', pathId('bridge', text)), 'bridge', text).id;
  }

  async list(text: string, vlan: number | undefined, base: Base): Promise<MacPortDto[]> {
    const { reader } = this.#services;
    const id = await this.bridge(text);
    const owner = vlan === undefined ? id : `${id}/${vlan}`;
    const fixed = await reader.list('staticMac', owner);
    const learned = await reader.list('learnedMac', owner);
    const has = new Set(fixed.map((row) => `${row.vlan}/${row.mac}`));
    return [
      ...fixed.map((row) => macPortToDto(row, false, base)),
      ...learned.filter((row) => !has.has(`${row.vlan}/${row.mac}`)).map((row) => macPortToDto(row, true, base)),
    ];
  }

  async get({ bridge, vlan, row }: RowPath, base: Base): Promise<MacPortDto> {
    const { reader } = this.#services;
    const { id, portId } = this.#key(bridge, vlan, row);
    const fixed = await reader.get('staticMac', id);
    if (fixed?.portId === portId) return macPortToDto(fixed, false, base);
    const learned = await reader.get('learnedMac', id);
    if (learned?.portId === portId) return macPortToDto(learned, true, base);
    throw notFound('MAC table row', row);
  }

  async remove(path: RowPath, author: Parameters<Services['writer']['remove']>[2]): Promise<undefined> {
    const { reader, writer } = this.#services;
    const { id, portId } = this.#key(path.bridge, path.vlan, path.row);
    if ((await reader.get('staticMac', id))?.portId !== portId) throw notFound('static MAC table row', path.row);
    await writer.remove('staticMac', id, author);
    return undefined;
  }

  #key(bridge: string, vlan: number, row: string): { id: string; portId: string } {
    const parsed = parseMacPortSegment(row);
    if (parsed === undefined) throw notFound('MAC table row', row);
    return { id: `${pathId<BridgeId>('bridge', bridge)}/${vlan}/${formatMac(parsed.mac)}`, portId: parsed.portId };
  }
}

export function macTableHandlers(services: Services): Group<'macTable'> {
  const table = new MacTable(services);
  return {
    list: ({ params, base }) => table.list(params.id, undefined, base),
    get: ({ params, base }) => table.get({ bridge: params.id, vlan: 0, row: params.row }, base),
    create: async ({ params, body, base, author }) => {
      const row = newStaticMac(body, await table.bridge(params.id));
      await services.writer.create(row, author);
      return macPortToDto(row, false, base);
    },
    remove: ({ params, author }) => table.remove({ bridge: params.id, vlan: 0, row: params.row }, author),
  };
}

export function vlanMacTableHandlers(services: Services): Group<'vlanMacTable'> {
  const table = new MacTable(services);
  return {
    list: ({ params, base }) => table.list(params.id, vlanOf(params.vlan), base),
    get: ({ params, base }) => table.get({ bridge: params.id, vlan: vlanOf(params.vlan), row: params.row }, base),
    create: async ({ params, body, base, author }) => {
      const row = newStaticMac(body, await table.bridge(params.id), vlanOf(params.vlan));
      await services.writer.create(row, author);
      return macPortToDto(row, false, base);
    },
    remove: ({ params, author }) =>
      table.remove({ bridge: params.id, vlan: vlanOf(params.vlan), row: params.row }, author),
  };
}

export function arpTableHandlers({ reader, writer }: Services): Group<'arpTable'> {
  const bridgeOf = async (text: string) => found(await reader.get('bridge', pathId('bridge', text)), 'bridge', text);
  const rowOf = async (bridge: string, segment: string) => {
    const parsed = parseIpMacSegment(segment);
    if (parsed === undefined) throw notFound('ARP table row', segment);
    const id = `${pathId<BridgeId>('bridge', bridge)}/${formatIp(parsed.ip)}`;
    const row = await reader.get('staticArp', id);
    if (row?.mac !== parsed.mac) throw notFound('ARP table row', segment);
    return { id, row };
  };
  return {
    list: async ({ params, base }) => {
      const bridge = await bridgeOf(params.id);
      return (await reader.list('staticArp', bridge.id)).map((row) => ipMacToDto(row, base));
    },
    get: async ({ params, base }) => ipMacToDto((await rowOf(params.id, params.row)).row, base),
    create: async ({ params, body, base, author }) => {
      const row = newStaticArp(body, (await bridgeOf(params.id)).id);
      await writer.create(row, author);
      return ipMacToDto(row, base);
    },
    remove: async ({ params, author }) => {
      const { id } = await rowOf(params.id, params.row);
      await writer.remove('staticArp', id, author);
      return undefined;
    },
  };
}
