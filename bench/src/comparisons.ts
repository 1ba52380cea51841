import type { SystemName } from './system.ts';

/**
 * Rows of the closing table: what is compared with what, and the value the project holds itself to.
 * With `than` the other side is that measure, not the same one.
 */
export type Comparison = {
  readonly measure: string;
  /** Absent: the system that the report is about. */
  readonly of?: SystemName;
  readonly over: SystemName;
  readonly than?: string;
  readonly goal: string;
};

export const COMPARISONS: readonly Comparison[] = [
  { measure: 'tcp_stream_1', over: 'linux_bridge_vxlan', goal: '≥ 1.2' },
  { measure: 'tcp_stream_4', over: 'linux_bridge_vxlan', goal: '≥ 1.2' },
  { measure: 'tcp_stream_1', of: 'midonet_big_tcp', over: 'linux_bridge_vxlan', goal: '' },
  { measure: 'tcp_stream_4', of: 'midonet_big_tcp', over: 'linux_bridge_vxlan', goal: '' },
  { measure: 'udp_100_pps', over: 'linux_bridge_vxlan', goal: '≥ 1.3' },
  { measure: 'tcp_crr', over: 'linux_bridge_vxlan', goal: '≥ 1.1' },
  { measure: 'tcp_rr', over: 'linux_bridge_vxlan', goal: '' },
  // A bridge at its best: nobody's goal was set against it, and everybody should see it.
  ...['tcp_stream_1', 'tcp_stream_4', 'udp_100_pps', 'tcp_crr'].map(
    (measure) => ({ measure, over: 'linux_bridge_bare', goal: '' }) as const,
  ),
  { measure: 'conn_firewall', over: 'linux_bridge_vxlan', goal: '' },
  { measure: 'conn_group', over: 'linux_bridge_vxlan', goal: '' },
  { measure: 'conn_snat', over: 'linux_bridge_vxlan', goal: '≥ 0.9' },
  { measure: 'conn_vip', over: 'linux_bridge_vxlan', goal: '≥ 0.9' },
  { measure: 'tcp_stream_firewall', over: 'linux_bridge_vxlan', goal: '' },
  { measure: 'tcp_stream_snat', over: 'linux_bridge_vxlan', goal: '' },
  { measure: 'tcp_stream_firewall', over: 'midonet', than: 'tcp_stream_1', goal: '≥ 0.97' },
  { measure: 'tcp_stream_snat', over: 'midonet', than: 'tcp_stream_routed', goal: '≥ 0.97' },
  { measure: 'tcp_stream_1', over: 'routed_veth', goal: '≥ 0.9' },
  { measure: 'tcp_stream_4', over: 'routed_veth', goal: '≥ 0.9' },
  { measure: 'first_packet_p50', over: 'ovs_userspace', goal: '≤ 0.7' },
  { measure: 'tcp_stream_1', over: 'ovs_userspace', goal: '' },
  { measure: 'udp_100_pps', over: 'ovs_userspace', goal: '' },
  ...(['ovs_userspace', 'ovn_userspace'] as const).flatMap((over) =>
    ['conn_firewall', 'conn_group', 'conn_snat', 'conn_vip'].map((measure) => ({ measure, over, goal: '' })),
  ),
];
