import { read16, read32, read8, write16, write32, write8, writeBytes } from './bytes.ts';
import { cutShort, malformed, type ParseFailure } from './parse-failure.ts';

/**
 * IPv6 extension headers, RFC 8200 4. All but two share one shape:
 *
 *    0            1            2
 *   +------------+------------+--------------------------+
 *   | next       | length     | body                     |   8 × (length + 1) bytes in all
 *   +------------+------------+--------------------------+
 *   fragment:        next, 0, offset·13 res·2 M·1, identification·32     always 8 bytes
 *   authentication:  next, length, …                                     4 × (length + 2) bytes
 */
export const EXTENSION = {
  hopByHop: 0,
  routing: 43,
  fragment: 44,
  authentication: 51,
  destination: 60,
  mobility: 135,
  hostIdentity: 139,
  shim6: 140,
} as const;

/** More than this in one packet is refused: real ones carry one or two, longer chains are attacks. */
export const MAX_EXTENSIONS = 6;

export type Extension =
  | {
      /** `body` is what follows the length byte; 6 + 8n bytes. */
      readonly kind: 'generic';
      readonly type: number;
      readonly body: Uint8Array;
    }
  /** `body`: 4n + 2 bytes, at least 6. */
  | { readonly kind: 'authentication'; readonly body: Uint8Array }
  | {
      readonly kind: 'fragment';
      /** Bytes, a multiple of 8. */
      readonly offset: number;
      readonly more: boolean;
      readonly id: number;
    };

export function isExtension(nextHeader: number): boolean {
  switch (nextHeader) {
    case EXTENSION.hopByHop:
    case EXTENSION.routing:
    case EXTENSION.fragment:
    case EXTENSION.authentication:
    case EXTENSION.destination:
    case EXTENSION.mobility:
    case EXTENSION.hostIdentity:
    case EXTENSION.shim6:
      return true;
    default:
      return false;
  }
}

/** Bytes of the extension header of type `nextHeader` at `offset`; its first two bytes must be there. */
export function extensionLength(bytes: Uint8Array, offset: number, nextHeader: number): number {
  if (nextHeader === EXTENSION.fragment) return 8;
  const length = read8(bytes, offset + 1);
  return nextHeader === EXTENSION.authentication ? (length + 2) * 4 : (length + 1) * 8;
}

export type ExtensionWalk = {
  readonly kind: 'extensions';
  readonly extensions: readonly Extension[];
  /** What follows them: an upper-layer protocol. */
  readonly protocol: number;
  readonly end: number;
};

/** Walks extension headers from `offset`. In a later fragment what follows is payload: it stops there. */
export function parseExtensions(
  bytes: Uint8Array,
  offset: number,
  end: number,
  first: number,
): ExtensionWalk | ParseFailure {
  const extensions: Extension[] = [];
  let protocol = first;
  let at = offset;
  while (isExtension(protocol)) {
    if (extensions.length === MAX_EXTENSIONS) return malformed('ipv6', `more than ${MAX_EXTENSIONS} extension headers`);
    if (end - at < 8) return cutShort('ipv6 extension', end - at, 8);
    const length = extensionLength(bytes, at, protocol);
    if (length > end - at) return cutShort('ipv6 extension', end - at, length);
    if (length < 8) return malformed('ipv6 extension', `authentication header of ${length} bytes`);
    const extension = parseExtension(bytes, at, protocol, length);
    extensions.push(extension);
    protocol = read8(bytes, at);
    at += length;
    if (extension.kind === 'fragment' && extension.offset > 0) break;
  }
  return { kind: 'extensions', extensions, protocol, end: at };
}

function parseExtension(bytes: Uint8Array, at: number, type: number, length: number): Extension {
  if (type === EXTENSION.fragment) {
    const word = read16(bytes, at + 2);
    return { kind: 'fragment', offset: word & 0xfff8, more: (word & 1) !== 0, id: read32(bytes, at + 4) };
  }
  const body = bytes.slice(at + 2, at + length);
  return type === EXTENSION.authentication ? { kind: 'authentication', body } : { kind: 'generic', type, body };
}

export function extensionType(extension: Extension): number {
  switch (extension.kind) {
    case 'generic':
      return extension.type;
    case 'authentication':
      return EXTENSION.authentication;
    case 'fragment':
      return EXTENSION.fragment;
    default:
      return extension satisfies never;
  }
}

export function extensionSize(extension: Extension): number {
  return extension.kind === 'fragment' ? 8 : extension.body.length + 2;
}

export function emitExtension(value: Extension, next: number, out: Uint8Array, offset: number): number {
  write8(out, offset, next);
  if (value.kind === 'fragment') {
    write8(out, offset + 1, 0);
    write16(out, offset + 2, value.offset | (value.more ? 1 : 0));
    write32(out, offset + 4, value.id);
    return offset + 8;
  }
  const size = extensionSize(value);
  write8(out, offset + 1, value.kind === 'authentication' ? size / 4 - 2 : size / 8 - 1);
  return writeBytes(out, offset + 2, value.body);
}

export function printExtension(value: Extension): string {
  switch (value.kind) {
    case 'fragment':
      return `frag id ${value.id} at ${value.offset}${value.more ? '+' : ''}`;
    case 'authentication':
      return 'auth';
    case 'generic':
      return `ext ${value.type}`;
    default:
      return value satisfies never;
  }
}
