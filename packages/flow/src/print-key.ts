import { formatIp, formatMac, printEtherType, printProtocol } from '@midonet/packet';
import {
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  getField,
  keyEthDst,
  keyEthSrc,
  keyIpDst,
  keyIpSrc,
  type FlowKey,
  type FlowMask,
  type KeyField,
} from './flow-key.ts';
import { FRAG_FIRST, FRAG_NONE, IP_DST_WORD, IP_SRC_WORD, KEY_LAYOUT, VLAN_PRESENT } from './key-layout.ts';

/**
 * A key, or a match when a mask is given, on one line: only fields with a bit in the mask are named,
 * partly masked ones as value/mask, addresses as prefixes. An empty match prints as "any".
 */
export function printKey(key: FlowKey, mask?: FlowMask): string {
  const parts = [
    field(key, mask, 'inPort', 'in'),
    getField(key, 'tunnelKey') !== 0 || mask !== undefined ? field(key, mask, 'tunnelKey', 'tunnel') : '',
    mac(key, mask, 'src'),
    mac(key, mask, 'dst'),
    vlan(key, mask),
    masked(mask, 'ethType') ? printEtherType(getField(key, 'ethType')) : '',
    ...ipParts(key, mask),
  ];
  return parts.filter((part) => part !== '').join(' ') || 'any';
}

/** The names of the fields a mask covers: `ethDst ipDst/24`; "nothing" for an empty one. */
export function printMask(mask: FlowMask): string {
  const parts: string[] = [];
  const macs = [
    ['ethSrc', 2, 0xffff0000],
    ['ethDst', 3, 0x0000ffff],
  ] as const;
  for (const name of Object.keys(KEY_LAYOUT).filter(isKeyField)) {
    if (name.startsWith('eth') && name !== 'ethType') continue;
    const bits = getField(mask, name);
    if (bits !== 0) parts.push(name + (bits === fullBits(name) ? '' : `/0x${bits.toString(16)}`));
  }
  for (const [name, low, high] of macs) {
    const touched = ((mask[low] ?? 0) | ((mask[4] ?? 0) & high)) !== 0;
    const whole = mask[low] === 0xffffffff && ((mask[4] ?? 0) & high) >>> 0 === high;
    if (touched) parts.push(whole ? name : `${name} (some bits)`);
  }
  for (const [name, word] of [
    ['ipSrc', IP_SRC_WORD],
    ['ipDst', IP_DST_WORD],
  ] as const) {
    const length = prefixLength(mask, word);
    if (length > 0) parts.push(`${name}/${length}`);
  }
  return parts.join(' ') || 'nothing';
}

function isKeyField(name: string): name is KeyField {
  return name in KEY_LAYOUT;
}

function fullBits(name: KeyField): number {
  const { bits } = KEY_LAYOUT[name];
  return bits === 32 ? 0xffffffff : (1 << bits) - 1;
}

function masked(mask: FlowMask | undefined, name: KeyField): boolean {
  return mask === undefined || getField(mask, name) !== 0;
}

function field(key: FlowKey, mask: FlowMask | undefined, name: KeyField, label: string): string {
  if (!masked(mask, name)) return '';
  const bits = mask === undefined ? fullBits(name) : getField(mask, name);
  return `${label} ${getField(key, name)}${bits === fullBits(name) ? '' : `/0x${bits.toString(16)}`}`;
}

function mac(key: FlowKey, mask: FlowMask | undefined, side: 'src' | 'dst'): string {
  const value = side === 'src' ? keyEthSrc(key) : keyEthDst(key);
  const bits = mask === undefined ? 0xffffffffffff : side === 'src' ? keyEthSrc(mask) : keyEthDst(mask);
  if (bits === 0) return '';
  return `${side} ${formatMac(value)}${bits === 0xffffffffffff ? '' : `/${formatMac(bits)}`}`;
}

function vlan(key: FlowKey, mask: FlowMask | undefined): string {
  const tci = getField(key, 'vlanTci');
  const bits = mask === undefined ? 0xffff : getField(mask, 'vlanTci');
  if (bits === 0 || (mask === undefined && tci === 0)) return '';
  if ((tci & VLAN_PRESENT) === 0) return 'untagged';
  if (bits === VLAN_PRESENT) return 'tagged';
  return `vlan ${tci & 0xfff}${tci >>> 13 > 0 ? ` pcp ${tci >>> 13}` : ''}`;
}

function ipParts(key: FlowKey, mask: FlowMask | undefined): string[] {
  const type = getField(key, 'ethType');
  const isIp = type === ETHERTYPE_IPV4 || type === ETHERTYPE_IPV6;
  if (!isIp && type !== ETHERTYPE_ARP) return [];
  const source = address(formatIp(keyIpSrc(key)), mask, IP_SRC_WORD, type);
  const target = address(formatIp(keyIpDst(key)), mask, IP_DST_WORD, type);
  const addresses = source === '' && target === '' ? '' : `${source || 'any'} > ${target || 'any'}`;
  if (!isIp) return [masked(mask, 'ipProto') ? `op ${getField(key, 'ipProto')}` : '', addresses];
  const proto = getField(key, 'ipProto');
  return [
    addresses,
    masked(mask, 'ipProto') ? printProtocol(proto) : '',
    getField(key, 'ipTos') !== 0 || mask !== undefined ? field(key, mask, 'ipTos', 'tos') : '',
    field(key, mask, 'ipTtl', 'ttl'),
    fragment(key, mask),
    ...upperParts(key, mask, proto),
  ];
}

function address(text: string, mask: FlowMask | undefined, word: number, type: number): string {
  if (mask === undefined) return text;
  const length = prefixLength(mask, word);
  if (length === 0) return '';
  return length === (type === ETHERTYPE_IPV6 ? 128 : 32) ? text : `${text}/${length}`;
}

function prefixLength(mask: FlowMask, word: number): number {
  let length = 0;
  for (let i = 0; i < 4; i++) {
    const ones = Math.clz32(~(mask[word + i] ?? 0));
    length += ones;
    if (ones < 32) break;
  }
  return length;
}

function fragment(key: FlowKey, mask: FlowMask | undefined): string {
  const frag = getField(key, 'ipFrag');
  if (!masked(mask, 'ipFrag') || (mask === undefined && frag === FRAG_NONE)) return '';
  if (frag === FRAG_NONE) return 'whole';
  return frag === FRAG_FIRST ? 'first fragment' : 'later fragment';
}

function upperParts(key: FlowKey, mask: FlowMask | undefined, proto: number): string[] {
  const icmp = proto === 1 || proto === 58;
  const known = icmp || proto === 6 || proto === 17;
  if (!known && mask === undefined) return [];
  return [
    field(key, mask, 'l4Src', icmp ? 'type' : 'sport'),
    field(key, mask, 'l4Dst', icmp ? 'code' : 'dport'),
    icmp ? field(key, mask, 'icmpId', 'id') : '',
  ];
}
