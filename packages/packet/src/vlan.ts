import { read16, write16 } from './bytes.ts';
import { ETHERTYPE, printEtherType } from './ethernet.ts';
import { cutShort, type ParseFailure } from './parse-failure.ts';

/**
 * What follows a tag's own type (0x8100, or 0x88a8 for the outer one of QinQ): IEEE 802.1Q 9.6.
 *
 *    0       1       2       3       4
 *   +-+-+---+-------+---------------+
 *   |pcp|d| vlan id | type          |     pcp 3 bits, d (drop eligible) 1 bit, id 12 bits
 *   +-+-+---+-------+---------------+
 */
export const VLAN_AT = { tci: 0, type: 2 } as const;
export const VLAN_SIZE = 4;

export type Vlan = {
  readonly kind: 'vlan';
  /** The type that announced this tag; it stands in the two bytes before the header. */
  readonly tpid: number;
  readonly priority: number;
  readonly dropEligible: boolean;
  /** 0 is a priority tag: no VLAN. */
  readonly id: number;
  readonly type: number;
};

/** For composing: the type is filled in from the next layer. */
export function vlan(fields: { readonly id: number } & Partial<Vlan>): Vlan {
  return { priority: 0, dropEligible: false, tpid: ETHERTYPE.vlan, type: 0, ...fields, kind: 'vlan' };
}

export function isVlanType(type: number): boolean {
  return type === ETHERTYPE.vlan || type === ETHERTYPE.serviceVlan;
}

/** `offset` is behind the tag's own type, which is read too. */
export function parseVlan(bytes: Uint8Array, offset: number, end: number): Vlan | ParseFailure {
  if (end - offset < VLAN_SIZE) return cutShort('vlan', end - offset, VLAN_SIZE);
  const tci = read16(bytes, offset + VLAN_AT.tci);
  return {
    kind: 'vlan',
    tpid: read16(bytes, offset - 2),
    priority: tci >>> 13,
    dropEligible: (tci & 0x1000) !== 0,
    id: tci & 0x0fff,
    type: read16(bytes, offset + VLAN_AT.type),
  };
}

/** Writes the tag's own type too, in the two bytes before `offset`. */
export function emitVlan(value: Vlan, out: Uint8Array, offset: number): number {
  write16(out, offset - 2, value.tpid);
  write16(out, offset + VLAN_AT.tci, (value.priority << 13) | (value.dropEligible ? 0x1000 : 0) | value.id);
  write16(out, offset + VLAN_AT.type, value.type);
  return offset + VLAN_SIZE;
}

export function printVlan(value: Vlan): string {
  const name = value.tpid === ETHERTYPE.serviceVlan ? 'svlan' : 'vlan';
  const flags = (value.priority > 0 ? ` pcp ${value.priority}` : '') + (value.dropEligible ? ' dei' : '');
  return `${name} ${value.id}${flags} ${printEtherType(value.type)}`;
}
