import { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, getField, keyIpDst, keyIpSrc } from '@midonet/flow';
import type { FlowKey, LoggedDecision } from '@midonet/flow';
import { formatIp } from '@midonet/packet';

/** A decision about a packet, as it came in by `port`, as JSON. `at` counts milliseconds since 1970. */
export function logLine(at: number, port: string, key: FlowKey, logged: LoggedDecision): string {
  const { chainId, ruleId, decision, loggers } = logged;
  const etherType = getField(key, 'ethType');
  const isIp = etherType === ETHERTYPE_IPV4 || etherType === ETHERTYPE_IPV6;
  return JSON.stringify({
    at: new Date(at).toISOString(),
    event: decision === 'accept' ? 'ACCEPT' : 'DROP',
    decision,
    chain: chainId,
    ...(loggers === undefined ? {} : { loggers }),
    rule: ruleId,
    port,
    etherType,
    ...(isIp
      ? { proto: getField(key, 'ipProto'), srcPort: getField(key, 'l4Src'), dstPort: getField(key, 'l4Dst') }
      : {}),
    ...(isIp || etherType === ETHERTYPE_ARP ? { src: formatIp(keyIpSrc(key)), dst: formatIp(keyIpDst(key)) } : {}),
  });
}
