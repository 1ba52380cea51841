import { formatIp4, type Ip4 } from './addresses.ts';
import { read16, read32, read8, readIp4, write16, write32, write8 } from './bytes.ts';
import { cutShort, type ParseFailure } from './parse-failure.ts';

/**
 * ICMP, RFC 792. Errors quote the offending packet behind the header (RFC 1812 4.3.2.3: as much as
 * fits 576 bytes).
 *
 *    0        1        2                 4                                 8
 *   +--------+--------+-----------------+---------------------------------+
 *   |  type  |  code  |    checksum     |  rest, by type                  |
 *   +--------+--------+-----------------+---------------------------------+
 *   echo: identifier·16 sequence·16     unreachable: 0·16 next hop MTU·16 (RFC 1191)
 *   parameter problem: pointer·8 0·24   redirect: gateway address·32
 */
export const ICMP4_AT = { type: 0, code: 1, checksum: 2, rest: 4 } as const;
export const ICMP4_SIZE = 8;

export const ICMP4_TYPE = {
  echoReply: 0,
  unreachable: 3,
  redirect: 5,
  echoRequest: 8,
  timeExceeded: 11,
  parameterProblem: 12,
} as const;

export const ICMP4_UNREACHABLE = {
  network: 0,
  host: 1,
  protocol: 2,
  port: 3,
  fragmentationNeeded: 4,
  prohibited: 13,
} as const;

export type Icmp4Message =
  | { readonly kind: 'echoRequest' | 'echoReply'; readonly id: number; readonly sequence: number }
  /** `mtu` counts with code fragmentationNeeded and is 0 otherwise. */
  | { readonly kind: 'unreachable'; readonly code: number; readonly mtu: number }
  | { readonly kind: 'timeExceeded'; readonly code: number }
  | { readonly kind: 'parameterProblem'; readonly code: number; readonly pointer: number }
  | { readonly kind: 'redirect'; readonly code: number; readonly gateway: Ip4 }
  /** Any other type, and a known one with a code it does not have. */
  | { readonly kind: 'unknown'; readonly type: number; readonly code: number; readonly rest: number };

export type Icmp4 = { readonly kind: 'icmp4'; readonly message: Icmp4Message };

export function icmp4(message: Icmp4Message): Icmp4 {
  return { kind: 'icmp4', message };
}

export function parseIcmp4(bytes: Uint8Array, offset: number, end: number): Icmp4 | ParseFailure {
  if (end - offset < ICMP4_SIZE) return cutShort('icmp', end - offset, ICMP4_SIZE);
  return { kind: 'icmp4', message: parseMessage(bytes, offset) };
}

function parseMessage(bytes: Uint8Array, offset: number): Icmp4Message {
  const type = read8(bytes, offset + ICMP4_AT.type);
  const code = read8(bytes, offset + ICMP4_AT.code);
  const rest = offset + ICMP4_AT.rest;
  switch (type) {
    case ICMP4_TYPE.echoRequest:
    case ICMP4_TYPE.echoReply: {
      if (code !== 0) break;
      const kind = type === ICMP4_TYPE.echoRequest ? 'echoRequest' : 'echoReply';
      return { kind, id: read16(bytes, rest), sequence: read16(bytes, rest + 2) };
    }
    case ICMP4_TYPE.unreachable:
      return { kind: 'unreachable', code, mtu: read16(bytes, rest + 2) };
    case ICMP4_TYPE.timeExceeded:
      return { kind: 'timeExceeded', code };
    case ICMP4_TYPE.parameterProblem:
      return { kind: 'parameterProblem', code, pointer: read8(bytes, rest) };
    case ICMP4_TYPE.redirect:
      return { kind: 'redirect', code, gateway: readIp4(bytes, rest) };
  }
  return { kind: 'unknown', type, code, rest: read32(bytes, rest) };
}

/** True when a packet is quoted behind the header. RFC 1122 3.2.2: never answer these with an error. */
export function isIcmp4Error(type: number): boolean {
  return type >= 3 && type <= 5 ? true : type === 11 || type === 12;
}

/** Writes the header with checksum 0; it covers the payload too, see `frame()` and `fillChecksum`. */
export function emitIcmp4(value: Icmp4, out: Uint8Array, offset: number): number {
  const { message } = value;
  switch (message.kind) {
    case 'echoRequest':
      return put(out, offset, ICMP4_TYPE.echoRequest, 0, message.id * 0x10000 + message.sequence);
    case 'echoReply':
      return put(out, offset, ICMP4_TYPE.echoReply, 0, message.id * 0x10000 + message.sequence);
    case 'unreachable':
      return put(out, offset, ICMP4_TYPE.unreachable, message.code, message.mtu);
    case 'timeExceeded':
      return put(out, offset, ICMP4_TYPE.timeExceeded, message.code, 0);
    case 'parameterProblem':
      return put(out, offset, ICMP4_TYPE.parameterProblem, message.code, message.pointer * 0x1000000);
    case 'redirect':
      return put(out, offset, ICMP4_TYPE.redirect, message.code, message.gateway);
    case 'unknown':
      return put(out, offset, message.type, message.code, message.rest);
    default:
      return message satisfies never;
  }
}

function put(out: Uint8Array, offset: number, type: number, code: number, rest: number): number {
  write8(out, offset + ICMP4_AT.type, type);
  write8(out, offset + ICMP4_AT.code, code);
  write16(out, offset + ICMP4_AT.checksum, 0);
  write32(out, offset + ICMP4_AT.rest, rest);
  return offset + ICMP4_SIZE;
}

export function printIcmp4({ message }: Icmp4): string {
  switch (message.kind) {
    case 'echoRequest':
      return `icmp echo request id ${message.id} seq ${message.sequence}`;
    case 'echoReply':
      return `icmp echo reply id ${message.id} seq ${message.sequence}`;
    case 'unreachable':
      return `icmp ${printUnreachable(message.code)}${message.mtu > 0 ? ` mtu ${message.mtu}` : ''}`;
    case 'timeExceeded':
      return message.code === 0 ? 'icmp ttl exceeded' : `icmp time exceeded code ${message.code}`;
    case 'parameterProblem':
      return `icmp parameter problem code ${message.code} at ${message.pointer}`;
    case 'redirect':
      return `icmp redirect code ${message.code} to ${formatIp4(message.gateway)}`;
    case 'unknown':
      return `icmp type ${message.type} code ${message.code}`;
    default:
      return message satisfies never;
  }
}

function printUnreachable(code: number): string {
  const name = Object.entries(ICMP4_UNREACHABLE).find(([, value]) => value === code)?.[0];
  if (name === 'fragmentationNeeded') return 'fragmentation needed';
  return name === 'prohibited' ? 'prohibited' : `${name ?? `code ${code}`} unreachable`;
}
