import type { Ip4 } from './addresses.ts';
import { read16, read32, read8, readIp4, write16, write32, write8, writeBytes, writeIp4 } from './bytes.ts';
import { DHCP_MESSAGE, DHCP_MESSAGE_NAMES, type DhcpMessageType } from './dhcp4-messages.ts';
import { emitDhcpRoutes, parseDhcpRoutes, type DhcpRoute } from './dhcp4-routes.ts';
import { malformed, type ParseFailure } from './parse-failure.ts';

/** Options of RFC 2132 and later by the shape of their value: code, length, value; 0 pads, 255 ends. */
const IP_OPTIONS = { subnetMask: 1, broadcast: 28, requestedIp: 50, serverId: 54 } as const;
const IPS_OPTIONS = { routers: 3, dnsServers: 6, ntpServers: 42 } as const;
const U32_OPTIONS = { leaseSeconds: 51, renewalSeconds: 58, rebindingSeconds: 59 } as const;
const U16_OPTIONS = { mtu: 26, maxMessageSize: 57 } as const;
const TEXT_OPTIONS = {
  hostName: 12,
  domainName: 15,
  message: 56,
  vendorClass: 60,
  tftpServer: 66,
  bootFile: 67,
} as const;
const BYTES_OPTIONS = { parameters: 55, clientId: 61 } as const;
const ROUTE_OPTIONS = { routes: 121 } as const;
const MESSAGE_OPTIONS = { messageType: 53 } as const;

export const DHCP_OPTION = {
  ...IP_OPTIONS,
  ...IPS_OPTIONS,
  ...U32_OPTIONS,
  ...U16_OPTIONS,
  ...TEXT_OPTIONS,
  ...BYTES_OPTIONS,
  ...ROUTE_OPTIONS,
  ...MESSAGE_OPTIONS,
} as const;

/** One member for each name in the table. */
type Shaped<Table, Value> = { [Kind in keyof Table]: { readonly kind: Kind; readonly value: Value } }[keyof Table];

export type DhcpOption =
  | { readonly kind: 'messageType'; readonly value: DhcpMessageType }
  | Shaped<typeof IP_OPTIONS, Ip4>
  | Shaped<typeof IPS_OPTIONS, readonly Ip4[]>
  | Shaped<typeof U32_OPTIONS, number>
  | Shaped<typeof U16_OPTIONS, number>
  /** Each character is one byte (Latin-1). */
  | Shaped<typeof TEXT_OPTIONS, string>
  | Shaped<typeof BYTES_OPTIONS, Uint8Array>
  | { readonly kind: 'routes'; readonly value: readonly DhcpRoute[] }
  /** Any other code, and a known one whose value does not have its shape. */
  | { readonly kind: 'unknown'; readonly code: number; readonly value: Uint8Array };

export type DhcpOptions = { readonly kind: 'dhcpOptions'; readonly options: readonly DhcpOption[] };
type Range = { readonly from: number; readonly to: number };
type Areas = { readonly options: Range; readonly bootFile: Range; readonly serverName: Range };

const PAD = 0;
const OVERLOAD = 52;
const END = 255;
/** One option carries at most this; longer values are split (RFC 3396). */
const MAX_VALUE = 255;

/** Reads the options area and what option 52 adds to it. Parts of one option are joined (RFC 3396). */
export function parseDhcpOptions(bytes: Uint8Array, areas: Areas): DhcpOptions | ParseFailure {
  const values = new Map<number, number[]>();
  const failure = collect(bytes, areas.options, values);
  if (failure !== undefined) return failure;
  const overload = values.get(OVERLOAD)?.[0] ?? 0;
  values.delete(OVERLOAD);
  for (const [bit, area] of [
    [1, areas.bootFile],
    [2, areas.serverName],
  ] as const) {
    const more = (overload & bit) !== 0 ? collect(bytes, area, values) : undefined;
    if (more !== undefined) return more;
  }
  values.delete(OVERLOAD);
  const options = Array.from(values, ([code, value]) => parseOption(code, Uint8Array.from(value)));
  return { kind: 'dhcpOptions', options };
}

function collect(bytes: Uint8Array, { from, to }: Range, values: Map<number, number[]>): ParseFailure | undefined {
  let at = from;
  while (at < to) {
    const code = read8(bytes, at++);
    if (code === PAD) continue;
    if (code === END) return undefined;
    const length = at < to ? read8(bytes, at) : 0;
    if (at + 1 + length > to)
      return malformed('dhcp', `option ${code} of length ${length} in ${Math.max(0, to - at - 1)} bytes`);
    const value = values.get(code) ?? [];
    for (let i = 0; i < length; i++) value.push(read8(bytes, at + 1 + i));
    values.set(code, value);
    at += 1 + length;
  }
  return undefined;
}

function kindOf<T extends Record<string, number>>(table: T, code: number): (keyof T & string) | undefined {
  for (const kind in table) if (table[kind] === code) return kind;
  return undefined;
}

function parseOption(code: number, bytes: Uint8Array): DhcpOption {
  const { length } = bytes;
  const message = code === DHCP_OPTION.messageType ? DHCP_MESSAGE_NAMES.get(read8(bytes, 0)) : undefined;
  if (message !== undefined && length === 1) return { kind: 'messageType', value: message };
  const ip = length === 4 ? kindOf(IP_OPTIONS, code) : undefined;
  if (ip !== undefined) return { kind: ip, value: readIp4(bytes, 0) };
  const ips = length % 4 === 0 ? kindOf(IPS_OPTIONS, code) : undefined;
  if (ips !== undefined) {
    return { kind: ips, value: Array.from({ length: length / 4 }, (_, i) => readIp4(bytes, 4 * i)) };
  }
  const u32 = length === 4 ? kindOf(U32_OPTIONS, code) : undefined;
  if (u32 !== undefined) return { kind: u32, value: read32(bytes, 0) };
  const u16 = length === 2 ? kindOf(U16_OPTIONS, code) : undefined;
  if (u16 !== undefined) return { kind: u16, value: read16(bytes, 0) };
  const text = kindOf(TEXT_OPTIONS, code);
  if (text !== undefined) return { kind: text, value: textOf(bytes) };
  const raw = kindOf(BYTES_OPTIONS, code);
  if (raw !== undefined) return { kind: raw, value: bytes };
  const routes = code === DHCP_OPTION.routes ? parseDhcpRoutes(bytes) : undefined;
  if (routes !== undefined) return { kind: 'routes', value: routes };
  return { kind: 'unknown', code, value: bytes };
}

function textOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

export function dhcpOptionCode(option: DhcpOption): number {
  return option.kind === 'unknown' ? option.code : DHCP_OPTION[option.kind];
}

function valueOf(option: DhcpOption): Uint8Array {
  switch (option.kind) {
    case 'messageType':
      return Uint8Array.of(DHCP_MESSAGE[option.value]);
    case 'subnetMask':
    case 'broadcast':
    case 'requestedIp':
    case 'serverId':
      return written(4, (out) => writeIp4(out, 0, option.value));
    case 'routers':
    case 'dnsServers':
    case 'ntpServers':
      return written(4 * option.value.length, (out) => option.value.forEach((ip, i) => writeIp4(out, 4 * i, ip)));
    case 'leaseSeconds':
    case 'renewalSeconds':
    case 'rebindingSeconds':
      return written(4, (out) => write32(out, 0, option.value));
    case 'mtu':
    case 'maxMessageSize':
      return written(2, (out) => write16(out, 0, option.value));
    case 'hostName':
    case 'domainName':
    case 'message':
    case 'vendorClass':
    case 'tftpServer':
    case 'bootFile':
      return Uint8Array.from(option.value, (character) => character.charCodeAt(0));
    case 'routes':
      return emitDhcpRoutes(option.value);
    case 'parameters':
    case 'clientId':
    case 'unknown':
      return option.value;
    default:
      return option satisfies never;
  }
}

function written(size: number, write: (out: Uint8Array) => void): Uint8Array {
  const out = new Uint8Array(size);
  write(out);
  return out;
}

function partsOf(length: number): number {
  return Math.max(1, Math.ceil(length / MAX_VALUE));
}

/** Without the end mark. */
export function dhcpOptionsSize(options: readonly DhcpOption[]): number {
  return options.reduce((sum, option) => {
    const { length } = valueOf(option);
    return sum + length + 2 * partsOf(length);
  }, 0);
}

/** Without the end mark. Values longer than 255 bytes are split. */
export function emitDhcpOptions(options: readonly DhcpOption[], out: Uint8Array, offset: number): number {
  let at = offset;
  for (const option of options) {
    const value = valueOf(option);
    for (let part = 0; part < partsOf(value.length); part++) {
      const chunk = value.slice(part * MAX_VALUE, (part + 1) * MAX_VALUE);
      write8(out, at, dhcpOptionCode(option));
      write8(out, at + 1, chunk.length);
      at = writeBytes(out, at + 2, chunk);
    }
  }
  return at;
}
