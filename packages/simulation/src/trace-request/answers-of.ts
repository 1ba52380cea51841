import type { RuleCondition } from '@midonet/topology';
import { PROTO_ICMP, PROTO_ICMPV6 } from '../answer/numbers.ts';

/**
 * The condition that holds for answers to the packets that this one holds for: what it asks of one end
 * is asked of the other. Left out is what answers cannot have: the port by which packets come into the
 * topology, and type and code of ICMP, which an answer has of its own.
 */
export function answersOf(condition: RuleCondition): RuleCondition {
  const { nwProto } = condition;
  const isIcmp = nwProto !== undefined && (nwProto.value === PROTO_ICMP || nwProto.value === PROTO_ICMPV6);
  return {
    ...condition,
    inPorts: condition.outPorts,
    outPorts: condition.inPorts,
    portGroup: undefined,
    inPortGroup: condition.outPortGroup,
    outPortGroup: condition.inPortGroup,
    dlSrc: condition.dlDst,
    dlDst: condition.dlSrc,
    nwSrc: condition.nwDst,
    nwDst: condition.nwSrc,
    ipAddrGroupSrc: condition.ipAddrGroupDst,
    ipAddrGroupDst: condition.ipAddrGroupSrc,
    tpSrc: isIcmp ? undefined : condition.tpDst,
    tpDst: isIcmp ? undefined : condition.tpSrc,
    icmpDataSrc: condition.icmpDataDst,
    icmpDataDst: condition.icmpDataSrc,
    nwDstRewritten: undefined,
  };
}
