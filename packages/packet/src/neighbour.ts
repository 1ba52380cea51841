import { formatIp6, type Ip6 } from './addresses.ts';
import { read16, read32, read8, readIp6, write16, write32, write8, writeIp6 } from './bytes.ts';
import {
  emitNeighbourOptions,
  neighbourOptionsSize,
  parseNeighbourOptions,
  printNeighbourOptions,
  type NeighbourOption,
} from './neighbour-options.ts';
import { cutShort, isMalformed, malformed, type ParseFailure } from './parse-failure.ts';

/**
 * Neighbour discovery, RFC 4861 4: ICMPv6 messages with options behind a fixed part.
 *
 *   type                       0..7                 8            fixed part
 *   133 router solicitation    icmp6, 0·32          options      8
 *   134 router advertisement   icmp6, hops·8 MO·8   reachable·32 retransmit·32        16
 *                              lifetime·16
 *   135 solicitation           icmp6, 0·32          target       24
 *   136 advertisement          icmp6, RSO·32        target       24
 *   137 redirect               icmp6, 0·32          target, destination               40
 */
export const NEIGHBOUR_AT = {
  flags: 4,
  hopLimit: 4,
  routerFlags: 5,
  lifetime: 6,
  reachable: 8,
  retransmit: 12,
  target: 8,
  destination: 24,
} as const;

export const NEIGHBOUR_TYPE = {
  routerSolicitation: 133,
  routerAdvertisement: 134,
  neighbourSolicitation: 135,
  neighbourAdvertisement: 136,
  neighbourRedirect: 137,
} as const;

type WithOptions = { readonly options: readonly NeighbourOption[] };

export type NeighbourMessage =
  | (WithOptions & { readonly kind: 'routerSolicitation' })
  | (WithOptions & {
      readonly kind: 'routerAdvertisement';
      /** 0: unspecified. */
      readonly hopLimit: number;
      readonly managed: boolean;
      readonly otherConfig: boolean;
      /** Seconds; 0: not a default router. */
      readonly lifetime: number;
      /** Milliseconds. */
      readonly reachable: number;
      readonly retransmit: number;
    })
  | (WithOptions & { readonly kind: 'neighbourSolicitation'; readonly target: Ip6 })
  | (WithOptions & {
      readonly kind: 'neighbourAdvertisement';
      readonly router: boolean;
      readonly solicited: boolean;
      readonly override: boolean;
      readonly target: Ip6;
    })
  | (WithOptions & { readonly kind: 'neighbourRedirect'; readonly target: Ip6; readonly destination: Ip6 });

const FIXED_SIZE: Record<NeighbourMessage['kind'], number> = {
  routerSolicitation: 8,
  routerAdvertisement: 16,
  neighbourSolicitation: 24,
  neighbourAdvertisement: 24,
  neighbourRedirect: 40,
};

export function isNeighbourType(type: number): boolean {
  return type >= NEIGHBOUR_TYPE.routerSolicitation && type <= NEIGHBOUR_TYPE.neighbourRedirect;
}

/** `offset` is where the ICMPv6 header starts; options take all bytes to `end`. */
export function parseNeighbour(bytes: Uint8Array, offset: number, end: number): NeighbourMessage | ParseFailure {
  const type = read8(bytes, offset);
  const kind = kindOf(type);
  if (kind === undefined) return malformed('neighbour discovery', `type ${type}`);
  const fixed = FIXED_SIZE[kind];
  if (end - offset < fixed) return cutShort('neighbour discovery', end - offset, fixed);
  const parsed = parseNeighbourOptions(bytes, offset + fixed, end);
  if (isMalformed(parsed)) return parsed;
  const { options } = parsed;
  switch (kind) {
    case 'routerSolicitation':
      return { kind, options };
    case 'routerAdvertisement': {
      const flags = read8(bytes, offset + NEIGHBOUR_AT.routerFlags);
      return {
        kind,
        hopLimit: read8(bytes, offset + NEIGHBOUR_AT.hopLimit),
        managed: (flags & 0x80) !== 0,
        otherConfig: (flags & 0x40) !== 0,
        lifetime: read16(bytes, offset + NEIGHBOUR_AT.lifetime),
        reachable: read32(bytes, offset + NEIGHBOUR_AT.reachable),
        retransmit: read32(bytes, offset + NEIGHBOUR_AT.retransmit),
        options,
      };
    }
    case 'neighbourSolicitation':
      return { kind, target: readIp6(bytes, offset + NEIGHBOUR_AT.target), options };
    case 'neighbourAdvertisement': {
      const flags = read8(bytes, offset + NEIGHBOUR_AT.flags);
      return {
        kind,
        router: (flags & 0x80) !== 0,
        solicited: (flags & 0x40) !== 0,
        override: (flags & 0x20) !== 0,
        target: readIp6(bytes, offset + NEIGHBOUR_AT.target),
        options,
      };
    }
    case 'neighbourRedirect': {
      const target = readIp6(bytes, offset + NEIGHBOUR_AT.target);
      return { kind, target, destination: readIp6(bytes, offset + NEIGHBOUR_AT.destination), options };
    }
    default:
      return kind satisfies never;
  }
}

function kindOf(type: number): NeighbourMessage['kind'] | undefined {
  switch (type) {
    case NEIGHBOUR_TYPE.routerSolicitation:
      return 'routerSolicitation';
    case NEIGHBOUR_TYPE.routerAdvertisement:
      return 'routerAdvertisement';
    case NEIGHBOUR_TYPE.neighbourSolicitation:
      return 'neighbourSolicitation';
    case NEIGHBOUR_TYPE.neighbourAdvertisement:
      return 'neighbourAdvertisement';
    case NEIGHBOUR_TYPE.neighbourRedirect:
      return 'neighbourRedirect';
    default:
      return undefined;
  }
}

export function neighbourSize(message: NeighbourMessage): number {
  return FIXED_SIZE[message.kind] + neighbourOptionsSize(message.options);
}

export function emitNeighbour(message: NeighbourMessage, out: Uint8Array, offset: number): number {
  write32(out, offset, NEIGHBOUR_TYPE[message.kind] * 0x1000000);
  write32(out, offset + NEIGHBOUR_AT.flags, 0);
  switch (message.kind) {
    case 'routerSolicitation':
      break;
    case 'routerAdvertisement':
      write8(out, offset + NEIGHBOUR_AT.hopLimit, message.hopLimit);
      write8(out, offset + NEIGHBOUR_AT.routerFlags, (message.managed ? 0x80 : 0) | (message.otherConfig ? 0x40 : 0));
      write16(out, offset + NEIGHBOUR_AT.lifetime, message.lifetime);
      write32(out, offset + NEIGHBOUR_AT.reachable, message.reachable);
      write32(out, offset + NEIGHBOUR_AT.retransmit, message.retransmit);
      break;
    case 'neighbourSolicitation':
      writeIp6(out, offset + NEIGHBOUR_AT.target, message.target);
      break;
    case 'neighbourAdvertisement':
      write8(out, offset + NEIGHBOUR_AT.flags, advertisementFlags(message));
      writeIp6(out, offset + NEIGHBOUR_AT.target, message.target);
      break;
    case 'neighbourRedirect':
      writeIp6(out, offset + NEIGHBOUR_AT.target, message.target);
      writeIp6(out, offset + NEIGHBOUR_AT.destination, message.destination);
      break;
    default:
      return message satisfies never;
  }
  return emitNeighbourOptions(message.options, out, offset + FIXED_SIZE[message.kind]);
}

function advertisementFlags(message: Extract<NeighbourMessage, { kind: 'neighbourAdvertisement' }>): number {
  return (message.router ? 0x80 : 0) | (message.solicited ? 0x40 : 0) | (message.override ? 0x20 : 0);
}

export function printNeighbour(message: NeighbourMessage): string {
  const options = printNeighbourOptions(message.options);
  switch (message.kind) {
    case 'routerSolicitation':
      return `nd router solicitation${options}`;
    case 'routerAdvertisement':
      return `nd router advertisement lifetime ${message.lifetime}${options}`;
    case 'neighbourSolicitation':
      return `nd who-has ${formatIp6(message.target)}${options}`;
    case 'neighbourAdvertisement':
      return `nd ${formatIp6(message.target)} is here${options}`;
    case 'neighbourRedirect':
      return `nd redirect ${formatIp6(message.destination)} to ${formatIp6(message.target)}${options}`;
    default:
      return message satisfies never;
  }
}
