import { formatIp4, formatMac, type Ip4, type Mac } from './addresses.ts';
import { read16, read32, read8, readIp4, readMac, write16, write32, write8, writeIp4, writeMac } from './bytes.ts';
import { dhcpOptionsSize, emitDhcpOptions, parseDhcpOptions, type DhcpOption } from './dhcp4-options.ts';
import { DHCP_MESSAGE, type DhcpMessageType } from './dhcp4-messages.ts';
import { cutShort, isMalformed, malformed, type ParseFailure } from './parse-failure.ts';

/**
 * DHCP, RFC 2131 2, for Ethernet clients.
 *
 *    0        1        2        3        4
 *   +--------+--------+--------+--------+
 *   |   op   |  hw 1  | len 6  |  hops  |      op 1: from client, 2: from server
 *   |  transaction id                   |
 *   |  seconds        |B| flags         |      B: answer by broadcast
 *   |  ciaddr  client's own address     |  12
 *   |  yiaddr  address given            |  16
 *   |  siaddr  next server              |  20
 *   |  giaddr  relay agent              |  24
 *   |  chaddr  client hardware, 16 bytes|  28
 *   |  sname, 64 bytes                  |  44
 *   |  file, 128 bytes                  |  108
 *   |  magic 63 82 53 63                |  236
 *   |  options, then 255                |  240
 *   +-----------------------------------+
 *
 * Options moved into sname and file (option 52) are read as options; they are written in the options
 * area. sname and file are otherwise not kept.
 */
export const DHCP4_AT = {
  op: 0,
  hardwareType: 1,
  hardwareLength: 2,
  hops: 3,
  transaction: 4,
  seconds: 8,
  flags: 10,
  clientIp: 12,
  yourIp: 16,
  serverIp: 20,
  relayIp: 24,
  clientMac: 28,
  serverName: 44,
  bootFile: 108,
  magic: 236,
  options: 240,
} as const;
export const DHCP4_MIN_SIZE = 240;

const MAGIC = 0x63825363;
const BROADCAST = 0x8000;

export type Dhcp4 = {
  readonly kind: 'dhcp4';
  readonly op: 'request' | 'reply';
  readonly hops: number;
  readonly transaction: number;
  readonly seconds: number;
  readonly broadcast: boolean;
  readonly clientIp: Ip4;
  readonly yourIp: Ip4;
  readonly serverIp: Ip4;
  readonly relayIp: Ip4;
  readonly clientMac: Mac;
  /** In order; the message type is one of them. */
  readonly options: readonly DhcpOption[];
};

const NO_IP = 0 as Ip4;

export function dhcp4(fields: Pick<Dhcp4, 'op' | 'transaction' | 'clientMac' | 'options'> & Partial<Dhcp4>): Dhcp4 {
  return {
    hops: 0,
    seconds: 0,
    broadcast: false,
    clientIp: NO_IP,
    yourIp: NO_IP,
    serverIp: NO_IP,
    relayIp: NO_IP,
    ...fields,
    kind: 'dhcp4',
  };
}

export function parseDhcp4(bytes: Uint8Array, offset: number, end: number): Dhcp4 | ParseFailure {
  if (end - offset < DHCP4_MIN_SIZE) return cutShort('dhcp', end - offset, DHCP4_MIN_SIZE);
  const op = read8(bytes, offset + DHCP4_AT.op);
  if (op !== 1 && op !== 2) return malformed('dhcp', `op ${op}, neither request nor reply`);
  const hardware = read16(bytes, offset + DHCP4_AT.hardwareType);
  if (hardware !== 0x0106) return malformed('dhcp', `hardware type ${hardware >>> 8}, not Ethernet`);
  if (read32(bytes, offset + DHCP4_AT.magic) !== MAGIC) return malformed('dhcp', 'no magic cookie (plain BOOTP)');
  const parsed = parseDhcpOptions(bytes, {
    options: { from: offset + DHCP4_AT.options, to: end },
    bootFile: { from: offset + DHCP4_AT.bootFile, to: offset + DHCP4_AT.magic },
    serverName: { from: offset + DHCP4_AT.serverName, to: offset + DHCP4_AT.bootFile },
  });
  if (isMalformed(parsed)) return parsed;
  return {
    kind: 'dhcp4',
    op: op === 1 ? 'request' : 'reply',
    hops: read8(bytes, offset + DHCP4_AT.hops),
    transaction: read32(bytes, offset + DHCP4_AT.transaction),
    seconds: read16(bytes, offset + DHCP4_AT.seconds),
    broadcast: (read16(bytes, offset + DHCP4_AT.flags) & BROADCAST) !== 0,
    clientIp: readIp4(bytes, offset + DHCP4_AT.clientIp),
    yourIp: readIp4(bytes, offset + DHCP4_AT.yourIp),
    serverIp: readIp4(bytes, offset + DHCP4_AT.serverIp),
    relayIp: readIp4(bytes, offset + DHCP4_AT.relayIp),
    clientMac: readMac(bytes, offset + DHCP4_AT.clientMac),
    options: parsed.options,
  };
}

/** Options and their end mark included. */
export function dhcp4Size(value: Dhcp4): number {
  return DHCP4_MIN_SIZE + dhcpOptionsSize(value.options) + 1;
}

export function emitDhcp4(value: Dhcp4, out: Uint8Array, offset: number): number {
  out.fill(0, offset, offset + DHCP4_MIN_SIZE);
  write8(out, offset + DHCP4_AT.op, value.op === 'request' ? 1 : 2);
  write16(out, offset + DHCP4_AT.hardwareType, 0x0106);
  write8(out, offset + DHCP4_AT.hops, value.hops);
  write32(out, offset + DHCP4_AT.transaction, value.transaction);
  write16(out, offset + DHCP4_AT.seconds, value.seconds);
  write16(out, offset + DHCP4_AT.flags, value.broadcast ? BROADCAST : 0);
  writeIp4(out, offset + DHCP4_AT.clientIp, value.clientIp);
  writeIp4(out, offset + DHCP4_AT.yourIp, value.yourIp);
  writeIp4(out, offset + DHCP4_AT.serverIp, value.serverIp);
  writeIp4(out, offset + DHCP4_AT.relayIp, value.relayIp);
  writeMac(out, offset + DHCP4_AT.clientMac, value.clientMac);
  write32(out, offset + DHCP4_AT.magic, MAGIC);
  const end = emitDhcpOptions(value.options, out, offset + DHCP4_AT.options);
  write8(out, end, 255);
  return end + 1;
}

/** The message's type; undefined without option 53 (plain BOOTP) or with an unknown one. */
export function dhcpMessageType(value: Dhcp4): DhcpMessageType | undefined {
  return findDhcpOption(value, 'messageType')?.value;
}

/** The first option of a kind. */
export function findDhcpOption<K extends DhcpOption['kind']>(
  value: Dhcp4,
  kind: K,
): Extract<DhcpOption, { kind: K }> | undefined {
  return value.options.find((option): option is Extract<DhcpOption, { kind: K }> => option.kind === kind);
}

export function printDhcp4(value: Dhcp4): string {
  const type = dhcpMessageType(value) ?? value.op;
  const your = value.yourIp !== 0 ? ` your ${formatIp4(value.yourIp)}` : '';
  const requested = findDhcpOption(value, 'requestedIp');
  const wants = requested !== undefined ? ` wants ${formatIp4(requested.value)}` : '';
  const number = type in DHCP_MESSAGE ? '' : ' bootp';
  return `dhcp ${type}${number} ${formatMac(value.clientMac)} xid 0x${value.transaction.toString(16)}${your}${wants}`;
}
