import { dhcp6OptionsSize, emitDhcp6Options, parseDhcp6Options, type Dhcp6Option } from './dhcp6-options.ts';
import { formatIp6 } from './addresses.ts';
import { read16, read8, write16, write8 } from './bytes.ts';
import { cutShort, malformed, type ParseFailure } from './parse-failure.ts';

/**
 * DHCPv6 between client and server, RFC 8415 8. (Messages of relay agents, types 12 and 13, have
 * another form and are not read.)
 *
 *    0        1        2        3        4
 *   +--------+--------+--------+--------+
 *   |  type  |     transaction id       |
 *   |  options: code 16, length 16, ... |
 *   +-----------------------------------+
 */
export const DHCP6_AT = { type: 0, transaction: 1, options: 4 } as const;
export const DHCP6_MIN_SIZE = 4;

/** Message types, RFC 8415 7.3. */
export const DHCP6_MESSAGE = {
  solicit: 1,
  advertise: 2,
  request: 3,
  confirm: 4,
  renew: 5,
  rebind: 6,
  reply: 7,
  release: 8,
  decline: 9,
  reconfigure: 10,
  informationRequest: 11,
} as const;
export type Dhcp6MessageType = keyof typeof DHCP6_MESSAGE;

const RELAY_FORWARD = 12;
const RELAY_REPLY = 13;

export type Dhcp6 = {
  readonly kind: 'dhcp6';
  /** One of DHCP6_MESSAGE, or unknown. */
  readonly type: number;
  /** 24 bits. */
  readonly transaction: number;
  /** In order. */
  readonly options: readonly Dhcp6Option[];
};

export function dhcp6(fields: Omit<Dhcp6, 'kind'>): Dhcp6 {
  return { kind: 'dhcp6', ...fields };
}

export function parseDhcp6(bytes: Uint8Array, offset: number, end: number): Dhcp6 | ParseFailure {
  if (end - offset < DHCP6_MIN_SIZE) return cutShort('dhcpv6', end - offset, DHCP6_MIN_SIZE);
  const type = read8(bytes, offset + DHCP6_AT.type);
  if (type === RELAY_FORWARD || type === RELAY_REPLY) return malformed('dhcpv6', `type ${type}, a relay agent's`);
  const options = parseDhcp6Options(bytes, offset + DHCP6_AT.options, end);
  if ('kind' in options) return options;
  const transaction =
    (read8(bytes, offset + DHCP6_AT.transaction) << 16) | read16(bytes, offset + DHCP6_AT.transaction + 1);
  return { kind: 'dhcp6', type, transaction, options };
}

export function dhcp6Size(value: Dhcp6): number {
  return DHCP6_MIN_SIZE + dhcp6OptionsSize(value.options);
}

export function emitDhcp6(value: Dhcp6, out: Uint8Array, offset: number): number {
  write8(out, offset + DHCP6_AT.type, value.type);
  write8(out, offset + DHCP6_AT.transaction, value.transaction >>> 16);
  write16(out, offset + DHCP6_AT.transaction + 1, value.transaction);
  return emitDhcp6Options(value.options, out, offset + DHCP6_AT.options);
}

/** The name of the message's type; undefined for an unknown one. */
export function dhcp6MessageType(value: Dhcp6): Dhcp6MessageType | undefined {
  for (const name in DHCP6_MESSAGE) {
    if (DHCP6_MESSAGE[name as Dhcp6MessageType] === value.type) return name as Dhcp6MessageType; // a key of it
  }
  return undefined;
}

/** The first option of a kind. */
export function findDhcp6Option<K extends Dhcp6Option['kind']>(
  options: readonly Dhcp6Option[],
  kind: K,
): Extract<Dhcp6Option, { kind: K }> | undefined {
  return options.find((option): option is Extract<Dhcp6Option, { kind: K }> => option.kind === kind);
}

export function printDhcp6(value: Dhcp6): string {
  const name = dhcp6MessageType(value) ?? `type ${value.type}`;
  const addresses = value.options.flatMap((option) => (option.kind === 'iaNa' ? option.options : []));
  const given = addresses.flatMap((one) => (one.kind === 'iaAddress' ? [` ${formatIp6(one.address)}`] : []));
  return `dhcpv6 ${name} xid 0x${value.transaction.toString(16)}${given.join('')}`;
}
