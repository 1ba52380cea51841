import type { ConditionDto } from '@midonet/contract';
import type { NameOf } from '../trace/render.ts';
import { ETHERTYPES, PROTOCOLS } from './match-words.ts';
import { effectText, type Effect } from './rule-effect.ts';

/** What a rule does and when, in the words in which it can be written. */
export function ruleText(rule: ConditionDto & Effect, nameOf: NameOf): string {
  const does = effectText(rule, nameOf);
  const when = conditionText(rule, nameOf);
  return when === '' ? does : `${does}  ${when}`;
}

/** The tests of a condition; empty when it is met by every packet. */
export function conditionText(c: ConditionDto, nameOf: NameOf): string {
  return conditionWords(c, nameOf)
    .flatMap((words) => words)
    .filter((word) => word !== '')
    .join(' ');
}

/** Each test by name with what it is written with; '' for one that is there or not. */
export function conditionWords(c: ConditionDto, nameOf: NameOf): [name: string, value: string][] {
  const icmp = c.nwProto === PROTOCOLS['icmp'] || c.nwProto === PROTOCOLS['icmp6'];
  const implied = c.tpSrc === null && c.tpDst === null ? 'any' : 'header';
  const entries: readonly (readonly [name: string, value: string | null, invert?: boolean])[] = [
    ['invert', flag(c.condInvert)],
    ['proto', c.nwProto === null ? null : named(PROTOCOLS, c.nwProto), c.invNwProto],
    ['src', prefix(c.nwSrcAddress, c.nwSrcLength), c.invNwSrc],
    ['dst', prefix(c.nwDstAddress, c.nwDstLength), c.invNwDst],
    [icmp ? 'icmp-type' : 'src-port', range(c.tpSrc), c.invTpSrc],
    [icmp ? 'icmp-code' : 'dst-port', range(c.tpDst), c.invTpDst],
    ['src-group', name(c.ipAddrGroupSrc, nameOf), c.invIpAddrGroupSrc],
    ['dst-group', name(c.ipAddrGroupDst, nameOf), c.invIpAddrGroupDst],
    ['in-ports', c.inPorts === null ? null : c.inPorts.map(nameOf).join(','), c.invInPorts],
    ['out-ports', c.outPorts === null ? null : c.outPorts.map(nameOf).join(','), c.invOutPorts],
    ['port-group', name(c.portGroup, nameOf), c.invPortGroup],
    ['in-port-group', name(c.inPortGroup, nameOf), c.invInPortGroup],
    ['out-port-group', name(c.outPortGroup, nameOf), c.invOutPortGroup],
    ['traversed', name(c.traversedDevice, nameOf), c.invTraversedDevice],
    ['tos', c.nwTos === null ? null : String(c.nwTos), c.invNwTos],
    ['fragments', c.fragmentPolicy === implied ? null : c.fragmentPolicy],
    ['ethertype', c.dlType === null ? null : named(ETHERTYPES, c.dlType), c.invDlType],
    ['src-mac', mac(c.dlSrc, c.dlSrcMask), c.invDlSrc],
    ['dst-mac', mac(c.dlDst, c.dlDstMask), c.invDlDst],
    ['vlan', c.vlan === null ? null : String(c.vlan)],
    ['untagged', flag(c.noVlan)],
    ['icmp-error-src', prefix(c.icmpDataSrcIpAddress, c.icmpDataSrcIpLength), c.invIcmpDataSrcIp],
    ['icmp-error-dst', prefix(c.icmpDataDstIpAddress, c.icmpDataDstIpLength), c.invIcmpDataDstIp],
    ['connection', c.matchForwardFlow ? 'forward' : c.matchReturnFlow ? 'return' : null],
    ['dst-rewritten', flag(c.matchNwDstRewritten)],
  ];
  return entries.flatMap(([what, value, invert]): [string, string][] =>
    value === null ? [] : [[what, `${invert === true ? 'not ' : ''}${value}`.trim()]],
  );
}

const flag = (value: boolean): string | null => (value ? '' : null);
const name = (id: string | null, nameOf: NameOf): string | null => (id === null ? null : nameOf(id));

function named(names: Readonly<Record<string, number>>, value: number): string {
  return Object.keys(names).find((word) => names[word] === value) ?? String(value);
}

function prefix(address: string | null, length: number): string | null {
  if (address === null) return null;
  return length === (address.includes(':') ? 128 : 32) ? address : `${address}/${length}`;
}

function range(value: ConditionDto['tpSrc']): string | null {
  if (value === null) return null;
  return value.start === value.end ? String(value.start) : `${value.start}-${value.end}`;
}

/** The mask is written `ffff.ff00.0000` on the wire, as a MAC here. */
function mac(address: string | null, mask: string | null): string | null {
  if (address === null || mask === null) return address;
  return `${address}/${(mask.replaceAll('.', '').match(/../g) ?? []).join(':')}`;
}
