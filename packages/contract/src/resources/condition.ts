import { parseMac, type Mac } from '@midonet/packet';
import type { BridgeId, IpAddrGroupId, NumberRange, PortGroupId, PortId, RouterId } from '@midonet/topology';
import { z } from 'zod';
import { idField, ipField, macField, prefixLengthField, vlanField } from '../fields.ts';

const flag = z.boolean().nullish();
const octet = z.int().min(0).max(0xff).nullish();
const number16 = z.int().min(0).max(0xffff);

const POLICIES = ['any', 'nonheader', 'header', 'unfragmented'] as const;
const policyField = z
  .string()
  .transform((text) => text.toLowerCase())
  .pipe(z.enum(POLICIES, { error: `must be one of ${POLICIES.join(', ')}` }));

/** `{ start, end }`, both included; an end that is left out is open. */
const rangeField = z
  .object({ start: number16.nullish(), end: number16.nullish() })
  .transform(({ start, end }): NumberRange | undefined => {
    const open = (start ?? undefined) === undefined && (end ?? undefined) === undefined;
    return open ? undefined : { start: start ?? 0, end: end ?? 0xffff };
  })
  .nullish();

const MASK = /^([0-9a-f]{2})([0-9a-f]{2})\.([0-9a-f]{2})([0-9a-f]{2})\.([0-9a-f]{2})([0-9a-f]{2})$/i;

/** MidoNet writes masks `ffff.ff00.0000`; the form of a MAC is understood too. */
const macMaskField = z
  .string()
  .max(32)
  .transform((text, context): Mac => {
    const parsed = parseMac(text.trim().replace(MASK, '$1:$2:$3:$4:$5:$6'));
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: 'custom', message: `"${text}" is not a mask such as ffff.ff00.0000` });
    return z.NEVER;
  })
  .nullish();

const portsField = z.array(idField<PortId>()).max(4096).nullish();

/**
 * What a packet must be for a rule to apply. The names are MidoNet's; every test has its `inv` flag,
 * which says nothing while the test is absent. IPv6 addresses are understood where MidoNet knows IPv4 only.
 */
export const conditionInput = z.object({
  condInvert: flag,
  matchForwardFlow: flag,
  matchReturnFlow: flag,
  inPorts: portsField,
  invInPorts: flag,
  outPorts: portsField,
  invOutPorts: flag,
  portGroup: idField<PortGroupId>().nullish(),
  invPortGroup: flag,
  inPortGroup: idField<PortGroupId>().nullish(),
  invInPortGroup: flag,
  outPortGroup: idField<PortGroupId>().nullish(),
  invOutPortGroup: flag,
  ipAddrGroupSrc: idField<IpAddrGroupId>().nullish(),
  invIpAddrGroupSrc: flag,
  ipAddrGroupDst: idField<IpAddrGroupId>().nullish(),
  invIpAddrGroupDst: flag,
  traversedDevice: idField<BridgeId | RouterId | PortId>().nullish(),
  invTraversedDevice: flag,
  noVlan: flag,
  vlan: vlanField.nullish(),
  dlType: number16.nullish(),
  invDlType: flag,
  dlSrc: macField.nullish(),
  dlSrcMask: macMaskField,
  invDlSrc: flag,
  dlDst: macField.nullish(),
  dlDstMask: macMaskField,
  invDlDst: flag,
  nwTos: octet,
  invNwTos: flag,
  nwProto: octet,
  invNwProto: flag,
  nwSrcAddress: ipField.nullish(),
  nwSrcLength: prefixLengthField.nullish(),
  invNwSrc: flag,
  nwDstAddress: ipField.nullish(),
  nwDstLength: prefixLengthField.nullish(),
  invNwDst: flag,
  matchNwDstRewritten: flag,
  fragmentPolicy: policyField.nullish(),
  tpSrc: rangeField,
  invTpSrc: flag,
  tpDst: rangeField,
  invTpDst: flag,
  icmpDataSrcIpAddress: ipField.nullish(),
  icmpDataSrcIpLength: prefixLengthField.nullish(),
  invIcmpDataSrcIp: flag,
  icmpDataDstIpAddress: ipField.nullish(),
  icmpDataDstIpLength: prefixLengthField.nullish(),
  invIcmpDataDstIp: flag,
});
export type ConditionInput = z.output<typeof conditionInput>;

const text = z.string().nullable();
const number = z.number().nullable();
const bool = z.boolean();
const range = z.object({ start: z.number(), end: z.number() }).nullable();

export const conditionDto = z.object({
  condInvert: bool,
  matchForwardFlow: bool,
  matchReturnFlow: bool,
  inPorts: z.array(z.string()).nullable(),
  invInPorts: bool,
  outPorts: z.array(z.string()).nullable(),
  invOutPorts: bool,
  portGroup: text,
  invPortGroup: bool,
  inPortGroup: text,
  invInPortGroup: bool,
  outPortGroup: text,
  invOutPortGroup: bool,
  ipAddrGroupSrc: text,
  invIpAddrGroupSrc: bool,
  ipAddrGroupDst: text,
  invIpAddrGroupDst: bool,
  traversedDevice: text,
  invTraversedDevice: bool,
  noVlan: bool,
  vlan: number,
  dlType: number,
  invDlType: bool,
  dlSrc: text,
  dlSrcMask: text,
  invDlSrc: bool,
  dlDst: text,
  dlDstMask: text,
  invDlDst: bool,
  nwTos: number,
  invNwTos: bool,
  nwProto: number,
  invNwProto: bool,
  nwSrcAddress: text,
  nwSrcLength: z.number(),
  invNwSrc: bool,
  nwDstAddress: text,
  nwDstLength: z.number(),
  invNwDst: bool,
  matchNwDstRewritten: bool,
  fragmentPolicy: z.enum(POLICIES),
  tpSrc: range,
  invTpSrc: bool,
  tpDst: range,
  invTpDst: bool,
  icmpDataSrcIpAddress: text,
  icmpDataSrcIpLength: z.number(),
  invIcmpDataSrcIp: bool,
  icmpDataDstIpAddress: text,
  icmpDataDstIpLength: z.number(),
  invIcmpDataDstIp: bool,
});
export type ConditionDto = z.output<typeof conditionDto>;
