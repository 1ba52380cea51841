import { read16, read32, read8, write16, write32, write8 } from './bytes.ts';
import {
  emitNeighbour,
  isNeighbourType,
  neighbourSize,
  parseNeighbour,
  printNeighbour,
  type NeighbourMessage,
} from './neighbour.ts';
import { cutShort, isMalformed, type ParseFailure } from './parse-failure.ts';

/**
 * ICMPv6, RFC 4443. Errors quote the offending packet behind the header, up to 1280 bytes in all.
 * The checksum has a pseudo header. Neighbour discovery (types 133 to 137) is in `neighbour.ts`.
 *
 *    0        1        2                 4                                 8
 *   +--------+--------+-----------------+---------------------------------+
 *   |  type  |  code  |    checksum     |  rest, by type                  |
 *   +--------+--------+-----------------+---------------------------------+
 *   echo: identifier·16 sequence·16   packet too big: MTU·32   parameter problem: pointer·32
 */
export const ICMP6_AT = { type: 0, code: 1, checksum: 2, rest: 4 } as const;
export const ICMP6_SIZE = 8;

export const ICMP6_TYPE = {
  unreachable: 1,
  packetTooBig: 2,
  timeExceeded: 3,
  parameterProblem: 4,
  echoRequest: 128,
  echoReply: 129,
} as const;

export const ICMP6_UNREACHABLE = { noRoute: 0, prohibited: 1, beyondScope: 2, address: 3, port: 4, reject: 6 } as const;

export type Icmp6Message =
  | { readonly kind: 'echoRequest' | 'echoReply'; readonly id: number; readonly sequence: number }
  | { readonly kind: 'unreachable'; readonly code: number }
  | { readonly kind: 'packetTooBig'; readonly mtu: number }
  | { readonly kind: 'timeExceeded'; readonly code: number }
  | { readonly kind: 'parameterProblem'; readonly code: number; readonly pointer: number }
  | NeighbourMessage
  /** Any other type, and a known one with a code it does not have. */
  | { readonly kind: 'unknown'; readonly type: number; readonly code: number; readonly rest: number };

export type Icmp6 = { readonly kind: 'icmp6'; readonly message: Icmp6Message };

export function icmp6(message: Icmp6Message): Icmp6 {
  return { kind: 'icmp6', message };
}

/** Neighbour discovery messages take all bytes to `end`, their options. */
export function parseIcmp6(bytes: Uint8Array, offset: number, end: number): Icmp6 | ParseFailure {
  if (end - offset < ICMP6_SIZE) return cutShort('icmp6', end - offset, ICMP6_SIZE);
  const type = read8(bytes, offset + ICMP6_AT.type);
  if (isNeighbourType(type) && read8(bytes, offset + ICMP6_AT.code) === 0) {
    const message = parseNeighbour(bytes, offset, end);
    return isMalformed(message) ? message : { kind: 'icmp6', message };
  }
  return { kind: 'icmp6', message: parseMessage(bytes, offset, type) };
}

function parseMessage(bytes: Uint8Array, offset: number, type: number): Icmp6Message {
  const code = read8(bytes, offset + ICMP6_AT.code);
  const rest = offset + ICMP6_AT.rest;
  switch (type) {
    case ICMP6_TYPE.echoRequest:
    case ICMP6_TYPE.echoReply: {
      if (code !== 0) break;
      const kind = type === ICMP6_TYPE.echoRequest ? 'echoRequest' : 'echoReply';
      return { kind, id: read16(bytes, rest), sequence: read16(bytes, rest + 2) };
    }
    case ICMP6_TYPE.unreachable:
      return { kind: 'unreachable', code };
    case ICMP6_TYPE.packetTooBig:
      if (code !== 0) break;
      return { kind: 'packetTooBig', mtu: read32(bytes, rest) };
    case ICMP6_TYPE.timeExceeded:
      return { kind: 'timeExceeded', code };
    case ICMP6_TYPE.parameterProblem:
      return { kind: 'parameterProblem', code, pointer: read32(bytes, rest) };
  }
  return { kind: 'unknown', type, code, rest: read32(bytes, rest) };
}

/** RFC 4443 2.1: types below 128 are errors. */
export function isIcmp6Error(type: number): boolean {
  return type < 128;
}

export function icmp6Size({ message }: Icmp6): number {
  switch (message.kind) {
    case 'neighbourSolicitation':
    case 'neighbourAdvertisement':
    case 'routerSolicitation':
    case 'routerAdvertisement':
    case 'neighbourRedirect':
      return neighbourSize(message);
    default:
      return ICMP6_SIZE;
  }
}

/** Writes the header with checksum 0; it covers pseudo header and payload, see `frame()`. */
export function emitIcmp6(value: Icmp6, out: Uint8Array, offset: number): number {
  const { message } = value;
  switch (message.kind) {
    case 'echoRequest':
      return put(out, offset, ICMP6_TYPE.echoRequest, 0, message.id * 0x10000 + message.sequence);
    case 'echoReply':
      return put(out, offset, ICMP6_TYPE.echoReply, 0, message.id * 0x10000 + message.sequence);
    case 'unreachable':
      return put(out, offset, ICMP6_TYPE.unreachable, message.code, 0);
    case 'packetTooBig':
      return put(out, offset, ICMP6_TYPE.packetTooBig, 0, message.mtu);
    case 'timeExceeded':
      return put(out, offset, ICMP6_TYPE.timeExceeded, message.code, 0);
    case 'parameterProblem':
      return put(out, offset, ICMP6_TYPE.parameterProblem, message.code, message.pointer);
    case 'unknown':
      return put(out, offset, message.type, message.code, message.rest);
    default:
      return emitNeighbour(message, out, offset);
  }
}

function put(out: Uint8Array, offset: number, type: number, code: number, rest: number): number {
  write8(out, offset + ICMP6_AT.type, type);
  write8(out, offset + ICMP6_AT.code, code);
  write16(out, offset + ICMP6_AT.checksum, 0);
  write32(out, offset + ICMP6_AT.rest, rest);
  return offset + ICMP6_SIZE;
}

export function printIcmp6({ message }: Icmp6): string {
  switch (message.kind) {
    case 'echoRequest':
      return `icmp6 echo request id ${message.id} seq ${message.sequence}`;
    case 'echoReply':
      return `icmp6 echo reply id ${message.id} seq ${message.sequence}`;
    case 'unreachable':
      return `icmp6 unreachable ${unreachableName(message.code)}`;
    case 'packetTooBig':
      return `icmp6 packet too big mtu ${message.mtu}`;
    case 'timeExceeded':
      return message.code === 0 ? 'icmp6 hop limit exceeded' : `icmp6 time exceeded code ${message.code}`;
    case 'parameterProblem':
      return `icmp6 parameter problem code ${message.code} at ${message.pointer}`;
    case 'unknown':
      return `icmp6 type ${message.type} code ${message.code}`;
    default:
      return printNeighbour(message);
  }
}

function unreachableName(code: number): string {
  return Object.entries(ICMP6_UNREACHABLE).find(([, value]) => value === code)?.[0] ?? `code ${code}`;
}
