import { formatMac, type Mac } from './addresses.ts';
import { read16, readMac, write16, writeMac } from './bytes.ts';
import { cutShort, type ParseFailure } from './parse-failure.ts';

/**
 * Ethernet II, IEEE 802.3 clause 3. Below 0x600 the last field is the length of an LLC frame.
 *
 *    0                   6                  12     14
 *   +-------------------+-------------------+------+
 *   |  destination      |  source           | type |
 *   +-------------------+-------------------+------+
 */
export const ETHERNET_AT = { dst: 0, src: 6, type: 12 } as const;
export const ETHERNET_SIZE = 14;

export const ETHERTYPE = {
  ipv4: 0x0800,
  arp: 0x0806,
  transparentEthernet: 0x6558,
  vlan: 0x8100,
  ipv6: 0x86dd,
  serviceVlan: 0x88a8,
} as const;

/** Smaller values of the type field are lengths (802.3). */
export const MIN_ETHERTYPE = 0x0600;

export type Ethernet = {
  readonly kind: 'ethernet';
  readonly dst: Mac;
  readonly src: Mac;
  readonly type: number;
};

/** For composing: the type is filled in from the next layer. */
export function ethernet(fields: { readonly dst: Mac; readonly src: Mac; readonly type?: number }): Ethernet {
  return { kind: 'ethernet', type: 0, ...fields };
}

export function parseEthernet(bytes: Uint8Array, offset: number, end: number): Ethernet | ParseFailure {
  if (end - offset < ETHERNET_SIZE) return cutShort('ethernet', end - offset, ETHERNET_SIZE);
  return {
    kind: 'ethernet',
    dst: readMac(bytes, offset + ETHERNET_AT.dst),
    src: readMac(bytes, offset + ETHERNET_AT.src),
    type: read16(bytes, offset + ETHERNET_AT.type),
  };
}

/** Returns the offset behind the header. */
export function emitEthernet(value: Ethernet, out: Uint8Array, offset: number): number {
  writeMac(out, offset + ETHERNET_AT.dst, value.dst);
  writeMac(out, offset + ETHERNET_AT.src, value.src);
  write16(out, offset + ETHERNET_AT.type, value.type);
  return offset + ETHERNET_SIZE;
}

export function printEthernet(value: Ethernet): string {
  return `${formatMac(value.src)} > ${formatMac(value.dst)} ${printEtherType(value.type)}`;
}

export function printEtherType(type: number): string {
  switch (type) {
    case ETHERTYPE.ipv4:
      return 'ipv4';
    case ETHERTYPE.arp:
      return 'arp';
    case ETHERTYPE.ipv6:
      return 'ipv6';
    case ETHERTYPE.vlan:
      return 'vlan';
    case ETHERTYPE.serviceVlan:
      return 'svlan';
    case ETHERTYPE.transparentEthernet:
      return 'teb';
    default:
      return type < MIN_ETHERTYPE ? `llc length ${type}` : `0x${type.toString(16).padStart(4, '0')}`;
  }
}
