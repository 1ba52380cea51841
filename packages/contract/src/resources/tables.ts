import { formatIp, formatMac, parseIp, parseMac, type IpAddress, type Mac } from '@midonet/packet';
import { parseId, type BridgeId, type PortId, type StaticArp, type StaticMac } from '@midonet/topology';
import { z } from 'zod';
import { idField, ipField, macField, vlanField } from '../fields.ts';
import { link, type Base } from '../links.ts';
import { macSegment } from './dhcp.ts';

export const macPortInput = z.object({
  macAddr: macField,
  portId: idField<PortId>(),
  vlanId: vlanField.nullish(),
});
export const macPortDto = z.object({
  uri: z.string(),
  bridgeId: z.string(),
  macAddr: z.string(),
  portId: z.string(),
  vlanId: z.number().nullable(),
  /** True for a row learned from traffic: it goes by itself and cannot be deleted here. */
  learned: z.boolean(),
});
export type MacPortDto = z.output<typeof macPortDto>;

export const ipMacInput = z.object({ ip: ipField, mac: macField });
export const ipMacDto = z.object({ uri: z.string(), bridgeId: z.string(), ip: z.string(), mac: z.string() });
export type IpMacDto = z.output<typeof ipMacDto>;

export function newStaticMac(input: z.output<typeof macPortInput>, bridgeId: BridgeId, vlan?: number): StaticMac {
  return { kind: 'staticMac', bridgeId, vlan: vlan ?? input.vlanId ?? 0, mac: input.macAddr, portId: input.portId };
}

export function newStaticArp(input: z.output<typeof ipMacInput>, bridgeId: BridgeId): StaticArp {
  return { kind: 'staticArp', bridgeId, ip: input.ip, mac: input.mac };
}

type MacRow = Pick<StaticMac, 'bridgeId' | 'vlan' | 'mac' | 'portId'>;

export function macPortToDto(row: MacRow, learned: boolean, base: Base): MacPortDto {
  const table = row.vlan === 0 ? ['mac_table'] : ['vlans', String(row.vlan), 'mac_table'];
  return {
    uri: link(base, 'bridges', row.bridgeId, ...table, `${macSegment(row.mac)}_${row.portId}`),
    bridgeId: row.bridgeId,
    macAddr: formatMac(row.mac),
    portId: row.portId,
    vlanId: row.vlan === 0 ? null : row.vlan,
    learned,
  };
}

export function ipMacToDto(row: StaticArp, base: Base): IpMacDto {
  const segment = `${formatIp(row.ip)}_${macSegment(row.mac)}`;
  return {
    uri: link(base, 'bridges', row.bridgeId, 'arp_table', segment),
    bridgeId: row.bridgeId,
    ip: formatIp(row.ip),
    mac: formatMac(row.mac),
  };
}

/** `02-00-00-00-00-01_<port>`, the MAC with dashes or colons. */
export function parseMacPortSegment(text: string): { mac: Mac; portId: PortId } | undefined {
  const [macText, portText, ...rest] = text.split('_');
  const mac = parseMac(macText ?? '');
  const portId = parseId<PortId>(portText ?? '');
  return mac === undefined || portId === undefined || rest.length > 0 ? undefined : { mac, portId };
}

/** `10.0.0.1_02-00-00-00-00-01`. */
export function parseIpMacSegment(text: string): { ip: IpAddress; mac: Mac } | undefined {
  const [ipText, macText, ...rest] = text.split('_');
  const ip = parseIp(ipText ?? '');
  const mac = parseMac(macText ?? '');
  return ip === undefined || mac === undefined || rest.length > 0 ? undefined : { ip, mac };
}
