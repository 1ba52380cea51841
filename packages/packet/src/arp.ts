import { formatIp4, formatMac, type Ip4, type Mac } from './addresses.ts';
import { read16, readIp4, readMac, write16, write8, writeIp4, writeMac } from './bytes.ts';
import { cutShort, malformed, type ParseFailure } from './parse-failure.ts';

/**
 * ARP for IPv4 on Ethernet, RFC 826; other pairs are refused.
 *
 *    0      2      4   5   6      8           14          18          24          28
 *   +------+------+---+---+------+-----------+-----------+-----------+-----------+
 *   | hw 1 | 0800 | 6 | 4 | oper | senderMac | senderIp  | targetMac | targetIp  |
 *   +------+------+---+---+------+-----------+-----------+-----------+-----------+
 */
export const ARP_AT = {
  hardwareType: 0,
  protocolType: 2,
  hardwareLength: 4,
  protocolLength: 5,
  operation: 6,
  senderMac: 8,
  senderIp: 14,
  targetMac: 18,
  targetIp: 24,
} as const;
export const ARP_SIZE = 28;

export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;

export type Arp = {
  readonly kind: 'arp';
  /** ARP_REQUEST, ARP_REPLY or another value, kept. */
  readonly operation: number;
  readonly senderMac: Mac;
  readonly senderIp: Ip4;
  readonly targetMac: Mac;
  readonly targetIp: Ip4;
};

export function arp(fields: Omit<Arp, 'kind'>): Arp {
  return { kind: 'arp', ...fields };
}

export function parseArp(bytes: Uint8Array, offset: number, end: number): Arp | ParseFailure {
  if (end - offset < ARP_SIZE) return cutShort('arp', end - offset, ARP_SIZE);
  const hardware = read16(bytes, offset + ARP_AT.hardwareType);
  const protocol = read16(bytes, offset + ARP_AT.protocolType);
  if (hardware !== 1 || protocol !== 0x0800) {
    return malformed('arp', `hardware ${hardware} and protocol 0x${protocol.toString(16)}, not Ethernet and IPv4`);
  }
  const lengths = read16(bytes, offset + ARP_AT.hardwareLength);
  if (lengths !== 0x0604) return malformed('arp', `address lengths ${lengths >>> 8} and ${lengths & 255}, not 6 and 4`);
  return {
    kind: 'arp',
    operation: read16(bytes, offset + ARP_AT.operation),
    senderMac: readMac(bytes, offset + ARP_AT.senderMac),
    senderIp: readIp4(bytes, offset + ARP_AT.senderIp),
    targetMac: readMac(bytes, offset + ARP_AT.targetMac),
    targetIp: readIp4(bytes, offset + ARP_AT.targetIp),
  };
}

export function emitArp(value: Arp, out: Uint8Array, offset: number): number {
  write16(out, offset + ARP_AT.hardwareType, 1);
  write16(out, offset + ARP_AT.protocolType, 0x0800);
  write8(out, offset + ARP_AT.hardwareLength, 6);
  write8(out, offset + ARP_AT.protocolLength, 4);
  write16(out, offset + ARP_AT.operation, value.operation);
  writeMac(out, offset + ARP_AT.senderMac, value.senderMac);
  writeIp4(out, offset + ARP_AT.senderIp, value.senderIp);
  writeMac(out, offset + ARP_AT.targetMac, value.targetMac);
  writeIp4(out, offset + ARP_AT.targetIp, value.targetIp);
  return offset + ARP_SIZE;
}

export function printArp(value: Arp): string {
  const sender = formatIp4(value.senderIp);
  const target = formatIp4(value.targetIp);
  if (value.operation === ARP_REQUEST) return `arp who-has ${target} tell ${sender} (${formatMac(value.senderMac)})`;
  if (value.operation === ARP_REPLY) return `arp ${sender} is-at ${formatMac(value.senderMac)} to ${target}`;
  return `arp operation ${value.operation} ${sender} to ${target}`;
}
