import { formatIp, formatMac, isIp4, MAC_BROADCAST, type Cidr, type IpAddress, type Mac } from '@midonet/packet';
import type { MaskedMac, RuleCondition, Test } from '@midonet/topology';
import { decode, invalid, ok, type Converted } from '../problem.ts';
import { conditionInput, type ConditionDto, type ConditionInput } from './condition.ts';

type Maybe<T> = T | null | undefined;

function test<T>(value: Maybe<T>, invert: Maybe<boolean>): Test<T> | undefined {
  return value === null || value === undefined ? undefined : { value, invert: invert ?? false };
}

export function newCondition(input: ConditionInput): Converted<RuleCondition> {
  const nwSrc = prefixOf('nwSrc', input.nwSrcAddress, input.nwSrcLength);
  const nwDst = prefixOf('nwDst', input.nwDstAddress, input.nwDstLength);
  const icmpDataSrc = prefixOf('icmpDataSrcIp', input.icmpDataSrcIpAddress, input.icmpDataSrcIpLength);
  const icmpDataDst = prefixOf('icmpDataDstIp', input.icmpDataDstIpAddress, input.icmpDataDstIpLength);
  const dlSrc = maskedMac('dlSrc', input.dlSrc, input.dlSrcMask);
  const dlDst = maskedMac('dlDst', input.dlDst, input.dlDstMask);
  for (const one of [nwSrc, nwDst, icmpDataSrc, icmpDataDst, dlSrc, dlDst]) if (one.kind === 'invalid') return one;
  const connection = connectionOf(input);
  if (connection.kind === 'invalid') return connection;
  const tpSrc = test(input.tpSrc, input.invTpSrc);
  const tpDst = test(input.tpDst, input.invTpDst);
  return ok({
    invert: input.condInvert ?? false,
    fragmentPolicy: input.fragmentPolicy ?? (tpSrc === undefined && tpDst === undefined ? 'any' : 'header'),
    inPorts: test(some(input.inPorts), input.invInPorts),
    outPorts: test(some(input.outPorts), input.invOutPorts),
    portGroup: test(input.portGroup, input.invPortGroup),
    inPortGroup: test(input.inPortGroup, input.invInPortGroup),
    outPortGroup: test(input.outPortGroup, input.invOutPortGroup),
    traversedDevice: test(input.traversedDevice, input.invTraversedDevice),
    noVlan: input.noVlan === true ? true : undefined,
    vlan: input.vlan ?? undefined,
    dlType: test(input.dlType, input.invDlType),
    dlSrc: test(valueOf(dlSrc), input.invDlSrc),
    dlDst: test(valueOf(dlDst), input.invDlDst),
    nwTos: test(input.nwTos, input.invNwTos),
    nwProto: test(input.nwProto, input.invNwProto),
    nwSrc: test(valueOf(nwSrc), input.invNwSrc),
    nwDst: test(valueOf(nwDst), input.invNwDst),
    ipAddrGroupSrc: test(input.ipAddrGroupSrc, input.invIpAddrGroupSrc),
    ipAddrGroupDst: test(input.ipAddrGroupDst, input.invIpAddrGroupDst),
    tpSrc,
    tpDst,
    icmpDataSrc: test(valueOf(icmpDataSrc), input.invIcmpDataSrcIp),
    icmpDataDst: test(valueOf(icmpDataDst), input.invIcmpDataDstIp),
    connection: connection.value,
    nwDstRewritten: input.matchNwDstRewritten === true ? true : undefined,
  });
}

function valueOf<T>(converted: Converted<T>): T | undefined {
  return converted.kind === 'ok' ? converted.value : undefined;
}

function some<T>(list: Maybe<readonly T[]>): readonly T[] | undefined {
  return list === null || list?.length === 0 ? undefined : list;
}

/** A packet goes in one direction only, so asking for both would be met by none. */
function connectionOf({ matchForwardFlow, matchReturnFlow }: ConditionInput): Converted<RuleCondition['connection']> {
  if (matchForwardFlow !== true) return ok(matchReturnFlow === true ? 'return' : undefined);
  if (matchReturnFlow !== true) return ok('forward');
  const violations = (['matchForwardFlow', 'matchReturnFlow'] as const).map((property) => ({
    property,
    message: 'matchForwardFlow and matchReturnFlow cannot both be true: leave one out to ask for the other',
  }));
  return { kind: 'invalid', violations };
}

/** Without a length the address alone is meant. */
function prefixOf(field: string, ip: Maybe<IpAddress>, length: Maybe<number>): Converted<Cidr | undefined> {
  const address = ip ?? undefined;
  if (address === undefined) {
    const alone = (length ?? 0) > 0;
    return alone ? invalid(`${field}Address`, `is required with ${field}Length`) : ok(undefined);
  }
  if (!isIp4(address)) return ok({ address, length: length ?? 128 });
  const bits = length ?? 32;
  return bits > 32 ? invalid(`${field}Length`, 'must be at most 32 for IPv4') : ok({ address, length: bits });
}

function maskedMac(field: string, mac: Maybe<Mac>, mask: Maybe<Mac>): Converted<MaskedMac | undefined> {
  if (mac !== null && mac !== undefined) return ok({ address: mac, mask: mask ?? MAC_BROADCAST });
  return mask === null || mask === undefined ? ok(undefined) : invalid(field, `is required with ${field}Mask`);
}

const WITH_SECOND = [
  ['nwSrcAddress', 'nwSrcLength'],
  ['nwDstAddress', 'nwDstLength'],
  ['icmpDataSrcIpAddress', 'icmpDataSrcIpLength'],
  ['icmpDataDstIpAddress', 'icmpDataDstIpLength'],
] as const;
const WITH_MASK = [
  ['dlSrc', 'dlSrcMask'],
  ['dlDst', 'dlDstMask'],
] as const;

/**
 * Fields that are absent stay, null takes a test away. A new address does not inherit the length or
 * mask of the old one, and a fragment policy that was nobody's choice follows the ports.
 */
export function updateCondition(old: RuleCondition, input: ConditionInput): Converted<RuleCondition> {
  const stored = decode(conditionInput, conditionToDto(old));
  if (stored.kind === 'invalid') return stored;
  const merged = { ...stored.value, ...input };
  for (const [address, length] of WITH_SECOND) {
    const given = input[address];
    if (given === null || (given !== undefined && input[length] === undefined)) merged[length] = undefined;
  }
  for (const [address, mask] of WITH_MASK) {
    const given = input[address];
    if (given === null || (given !== undefined && input[mask] === undefined)) merged[mask] = undefined;
  }
  const implied = old.tpSrc === undefined && old.tpDst === undefined ? 'any' : 'header';
  if (input.fragmentPolicy === undefined && old.fragmentPolicy === implied) merged.fragmentPolicy = undefined;
  return newCondition(merged);
}

function maskToText(mask: Mac): string | null {
  if (mask === MAC_BROADCAST) return null;
  const digits = formatMac(mask).replaceAll(':', '');
  return `${digits.slice(0, 4)}.${digits.slice(4, 8)}.${digits.slice(8)}`;
}

const ipOf = (cidr: Test<Cidr> | undefined): string | null =>
  cidr === undefined ? null : formatIp(cidr.value.address);
const macOf = (mac: Test<MaskedMac> | undefined): string | null =>
  mac === undefined ? null : formatMac(mac.value.address);
const maskOf = (mac: Test<MaskedMac> | undefined): string | null =>
  mac === undefined ? null : maskToText(mac.value.mask);

export function conditionToDto(condition: RuleCondition): ConditionDto {
  const { inPorts, outPorts, dlSrc, dlDst, nwSrc, nwDst, icmpDataSrc, icmpDataDst } = condition;
  return {
    condInvert: condition.invert,
    matchForwardFlow: condition.connection === 'forward',
    matchReturnFlow: condition.connection === 'return',
    inPorts: inPorts === undefined ? null : [...inPorts.value],
    invInPorts: inPorts?.invert ?? false,
    outPorts: outPorts === undefined ? null : [...outPorts.value],
    invOutPorts: outPorts?.invert ?? false,
    portGroup: condition.portGroup?.value ?? null,
    invPortGroup: condition.portGroup?.invert ?? false,
    inPortGroup: condition.inPortGroup?.value ?? null,
    invInPortGroup: condition.inPortGroup?.invert ?? false,
    outPortGroup: condition.outPortGroup?.value ?? null,
    invOutPortGroup: condition.outPortGroup?.invert ?? false,
    ipAddrGroupSrc: condition.ipAddrGroupSrc?.value ?? null,
    invIpAddrGroupSrc: condition.ipAddrGroupSrc?.invert ?? false,
    ipAddrGroupDst: condition.ipAddrGroupDst?.value ?? null,
    invIpAddrGroupDst: condition.ipAddrGroupDst?.invert ?? false,
    traversedDevice: condition.traversedDevice?.value ?? null,
    invTraversedDevice: condition.traversedDevice?.invert ?? false,
    noVlan: condition.noVlan ?? false,
    vlan: condition.vlan ?? null,
    dlType: condition.dlType?.value ?? null,
    invDlType: condition.dlType?.invert ?? false,
    dlSrc: macOf(dlSrc),
    dlSrcMask: maskOf(dlSrc),
    invDlSrc: dlSrc?.invert ?? false,
    dlDst: macOf(dlDst),
    dlDstMask: maskOf(dlDst),
    invDlDst: dlDst?.invert ?? false,
    nwTos: condition.nwTos?.value ?? null,
    invNwTos: condition.nwTos?.invert ?? false,
    nwProto: condition.nwProto?.value ?? null,
    invNwProto: condition.nwProto?.invert ?? false,
    nwSrcAddress: ipOf(nwSrc),
    nwSrcLength: nwSrc?.value.length ?? 0,
    invNwSrc: nwSrc?.invert ?? false,
    nwDstAddress: ipOf(nwDst),
    nwDstLength: nwDst?.value.length ?? 0,
    invNwDst: nwDst?.invert ?? false,
    matchNwDstRewritten: condition.nwDstRewritten ?? false,
    fragmentPolicy: condition.fragmentPolicy,
    tpSrc: condition.tpSrc === undefined ? null : { ...condition.tpSrc.value },
    invTpSrc: condition.tpSrc?.invert ?? false,
    tpDst: condition.tpDst === undefined ? null : { ...condition.tpDst.value },
    invTpDst: condition.tpDst?.invert ?? false,
    icmpDataSrcIpAddress: ipOf(icmpDataSrc),
    icmpDataSrcIpLength: icmpDataSrc?.value.length ?? 0,
    invIcmpDataSrcIp: icmpDataSrc?.invert ?? false,
    icmpDataDstIpAddress: ipOf(icmpDataDst),
    icmpDataDstIpLength: icmpDataDst?.value.length ?? 0,
    invIcmpDataDstIp: icmpDataDst?.invert ?? false,
  };
}
