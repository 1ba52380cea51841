import type { QosPolicyId, QosRuleId } from './ids.ts';

/** What ports and bridges may name: limits and marks for what the machines at their ports send and get. */
export type QosPolicy = {
  readonly kind: 'qosPolicy';
  readonly id: QosPolicyId;
  readonly tenantId: string;
  readonly name: string;
  readonly description: string;
  /** Other tenants may use it; a label, as tenants share one API. */
  readonly shared: boolean;
};

/** Seen from the machine at the port: egress is what it sends, ingress what it gets. */
export type QosDirection = 'egress' | 'ingress' | 'both';

type QosRuleCommon = { readonly kind: 'qosRule'; readonly id: QosRuleId; readonly policyId: QosPolicyId };

/** A policy has one limit a direction at most, and one mark. */
export type QosRule = QosRuleCommon &
  (
    | {
        readonly type: 'bandwidth';
        /** Thousands of bits a second. */
        readonly maxKbps: number;
        /** Thousands of bits that may come at once; 0: a default that suits the rate. */
        readonly maxBurstKb: number;
        readonly direction: QosDirection;
      }
    /** The DSCP (RFC 2474) of what the machine sends, in IPv4 and IPv6. */
    | { readonly type: 'dscp'; readonly mark: number }
  );

export type QosBandwidthRule = Extract<QosRule, { readonly type: 'bandwidth' }>;
export type QosDscpRule = Extract<QosRule, { readonly type: 'dscp' }>;

/** The directions a limit is for, each by itself. */
export function directionsOf(direction: QosDirection): readonly ('egress' | 'ingress')[] {
  return direction === 'both' ? ['egress', 'ingress'] : [direction];
}
