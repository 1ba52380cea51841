import { CHAIN_LOGS } from '../filter-entities.ts';
import type {
  Chain,
  IpAddrGroup,
  IpAddrGroupAddress,
  MaskedMac,
  NumberRange,
  PortGroup,
  PortGroupMember,
  RuleCondition,
  Test,
} from '../filter-entities.ts';
import type { ChainId, IpAddrGroupId, PortGroupId, PortId } from '../ids.ts';
import { listOf, objectOf, optional, type FieldCodec, type ObjectCodec } from './field-codec.ts';
import { activeLoggers } from './logger-codecs.ts';
import { booleanField, cidrField, idField, integerField, ipField, macField, textField, trueField } from './scalars.ts';
import { wordField } from './scalars.ts';

const chainId = idField<ChainId>();
const portId = idField<PortId>();
const portGroupId = idField<PortGroupId>();
const ipAddrGroupId = idField<IpAddrGroupId>();
const BYTE = integerField(0, 0xff);
const WORD = integerField(0, 0xffff);

export const filterFields = {
  inboundFilterId: optional(chainId),
  outboundFilterId: optional(chainId),
} as const;

export const chainIdField: FieldCodec<ChainId | undefined> = optional(chainId);

function test<T>(value: FieldCodec<T>): FieldCodec<Test<T> | undefined> {
  return optional(objectOf<Test<T>>({ value, invert: booleanField }));
}

const numberRange = objectOf<NumberRange>({ start: WORD, end: WORD });
const maskedMac = objectOf<MaskedMac>({ address: macField, mask: macField });

export const ruleConditionCodec: ObjectCodec<RuleCondition> = objectOf<RuleCondition>({
  invert: booleanField,
  fragmentPolicy: wordField('any', 'nonheader', 'header', 'unfragmented'),
  inPorts: test(listOf(portId)),
  outPorts: test(listOf(portId)),
  portGroup: test(portGroupId),
  inPortGroup: test(portGroupId),
  outPortGroup: test(portGroupId),
  traversedDevice: test(idField()),
  noVlan: optional(trueField),
  vlan: optional(integerField(0, 4095)),
  dlType: test(WORD),
  dlSrc: test(maskedMac),
  dlDst: test(maskedMac),
  nwTos: test(BYTE),
  nwProto: test(BYTE),
  nwSrc: test(cidrField),
  nwDst: test(cidrField),
  ipAddrGroupSrc: test(ipAddrGroupId),
  ipAddrGroupDst: test(ipAddrGroupId),
  tpSrc: test(numberRange),
  tpDst: test(numberRange),
  icmpDataSrc: test(cidrField),
  icmpDataDst: test(cidrField),
  connection: optional(wordField('forward', 'return')),
  nwDstRewritten: optional(trueField),
});

export const chainCodec: ObjectCodec<Chain> = objectOf<Chain>({
  kind: wordField('chain'),
  id: chainId,
  tenantId: textField,
  name: textField,
  log: optional(wordField(...CHAIN_LOGS)),
  loggers: activeLoggers,
});

export const portGroupCodec: ObjectCodec<PortGroup> = objectOf<PortGroup>({
  kind: wordField('portGroup'),
  id: portGroupId,
  tenantId: textField,
  name: textField,
  stateful: booleanField,
});

export const portGroupMemberCodec: ObjectCodec<PortGroupMember> = objectOf<PortGroupMember>({
  kind: wordField('portGroupMember'),
  groupId: portGroupId,
  portId,
});

export const ipAddrGroupCodec: ObjectCodec<IpAddrGroup> = objectOf<IpAddrGroup>({
  kind: wordField('ipAddrGroup'),
  id: ipAddrGroupId,
  tenantId: textField,
  name: textField,
  inboundChainId: optional(idField<ChainId>()),
  outboundChainId: optional(idField<ChainId>()),
});

export const ipAddrGroupAddressCodec: ObjectCodec<IpAddrGroupAddress> = objectOf<IpAddrGroupAddress>({
  kind: wordField('ipAddrGroupAddress'),
  groupId: ipAddrGroupId,
  address: ipField,
});
