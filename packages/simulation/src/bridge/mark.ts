import { ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from '@midonet/flow';
import type { BridgePort, QosDscpRule, QosPolicyDevice } from '@midonet/topology';
import { policyTag } from '../policy-tag.ts';
import type { Ending, Walk } from '../walk.ts';
import type { BridgeFrame } from './bridge-frame.ts';

/**
 * Gives an IP packet the DSCP (RFC 2474) of the QoS policy of the port it came in by, else of the bridge.
 * The two ECN bits (RFC 3168) are the ends' own and stay. Only what comes from outside is marked, behind
 * the inbound filters: these judge what the machine really sent.
 */
export function markIngress(walk: Walk, { device, ingress }: BridgeFrame): Ending | undefined {
  const id = policyOf(ingress, device.bridge.qosPolicyId);
  if (id === undefined) return undefined;
  const policy = walk.topology.qosPolicy(id);
  if (policy === undefined) return walk.blocked({ kind: 'qosPolicy', id });
  walk.tag(policyTag(policy));
  const mark = markOf(policy);
  const type = mark === undefined ? undefined : walk.packet.ethType();
  if (mark === undefined || (type !== ETHERTYPE_IPV4 && type !== ETHERTYPE_IPV6)) return undefined;
  walk.packet.setIpTos((mark << 2) | walk.packet.ipEcn());
  if (walk.trace !== undefined) {
    walk.step({ kind: 'qosPolicy', id, name: policy.policy.name }, { kind: 'rewrite', detail: `DSCP ${mark}` });
  }
  return undefined;
}

/** Interior ports are links inside the topology: no machine is there. */
function policyOf(ingress: BridgePort, ofBridge: BridgePort['qosPolicyId']): BridgePort['qosPolicyId'] {
  return ingress.peerId === undefined ? (ingress.qosPolicyId ?? ofBridge) : undefined;
}

function markOf({ rules }: QosPolicyDevice): number | undefined {
  return rules.find((rule): rule is QosDscpRule => rule.type === 'dscp')?.mark;
}
