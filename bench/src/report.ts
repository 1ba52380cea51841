import { median, type Series } from './measure.ts';
import type { SystemName } from './system.ts';

/**
 * Rows of the closing table: what is compared with what, and the value the project holds itself to.
 * With `than` the other side is that measure, not the same one.
 */
type Comparison = {
  readonly measure: string;
  /** Absent: the system that the report is about. */
  readonly of?: SystemName;
  readonly over: SystemName;
  readonly than?: string;
  readonly goal: string;
};

const RATIOS: readonly Comparison[] = [
  { measure: 'tcp_stream_1', over: 'linux_bridge_vxlan', goal: '≥ 1.2' },
  { measure: 'tcp_stream_4', over: 'linux_bridge_vxlan', goal: '≥ 1.2' },
  { measure: 'tcp_stream_1', of: 'midonet_big_tcp', over: 'linux_bridge_vxlan', goal: '' },
  { measure: 'tcp_stream_4', of: 'midonet_big_tcp', over: 'linux_bridge_vxlan', goal: '' },
  { measure: 'udp_100_pps', over: 'linux_bridge_vxlan', goal: '≥ 1.3' },
  { measure: 'tcp_crr', over: 'linux_bridge_vxlan', goal: '≥ 1.1' },
  { measure: 'tcp_rr', over: 'linux_bridge_vxlan', goal: '' },
  { measure: 'conn_firewall', over: 'linux_bridge_vxlan', goal: '' },
  { measure: 'conn_group', over: 'linux_bridge_vxlan', goal: '' },
  { measure: 'conn_snat', over: 'linux_bridge_vxlan', goal: '≥ 0.9' },
  { measure: 'conn_vip', over: 'linux_bridge_vxlan', goal: '≥ 0.9' },
  { measure: 'tcp_stream_firewall', over: 'linux_bridge_vxlan', goal: '' },
  { measure: 'tcp_stream_snat', over: 'linux_bridge_vxlan', goal: '' },
  { measure: 'tcp_stream_firewall', over: 'midonet', than: 'tcp_stream_1', goal: '≥ 0.97' },
  { measure: 'tcp_stream_snat', over: 'midonet', than: 'tcp_stream_1', goal: '≥ 0.97' },
  { measure: 'tcp_stream_1', over: 'routed_veth', goal: '≥ 0.9' },
  { measure: 'tcp_stream_4', over: 'routed_veth', goal: '≥ 0.9' },
  { measure: 'first_packet_p50', over: 'ovs_userspace', goal: '≤ 0.7' },
  { measure: 'tcp_stream_1', over: 'ovs_userspace', goal: '' },
  { measure: 'udp_100_pps', over: 'ovs_userspace', goal: '' },
  ...(['ovs_userspace', 'ovn_userspace'] as const).flatMap((over) =>
    ['conn_firewall', 'conn_group', 'conn_snat', 'conn_vip'].map((measure) => ({ measure, over, goal: '' })),
  ),
];

/** Values that the project holds itself to as they are; a gigabyte is 953 MiB. Some only when another value is this high. */
type Bound = { readonly measure: string; readonly goal: string; readonly when?: readonly [string, number] };

const BOUNDS: readonly Bound[] = [
  { measure: 'connections_1m', goal: '≤ 953' },
  { measure: 'conn_held_process', goal: '≤ 953', when: ['conn_held', 1_000_000] },
];

export type Report = {
  readonly measures: readonly {
    readonly name: string;
    readonly unit: string;
    readonly values: Readonly<Record<string, number>>;
    readonly rounds: Readonly<Record<string, readonly number[]>>;
    /** Why a system has no value. */
    readonly absent: Readonly<Record<string, string>>;
  }[];
};

export function reportOf(series: readonly Series[]): Report {
  return {
    measures: series
      .filter(({ rounds, absent }) => rounds.size > 0 || (absent?.size ?? 0) > 0)
      .map(({ name, unit, rounds, absent }) => ({
        name,
        unit,
        values: Object.fromEntries([...rounds].map(([system, values]) => [system, significant(median(values))])),
        rounds: Object.fromEntries([...rounds].map(([system, values]) => [system, values.map(significant)])),
        absent: Object.fromEntries(absent ?? []),
      })),
  };
}

/** Medians with the rounds beside them, then the ratios. `subject` is the system compared. */
export function printReport(report: Report, subject: SystemName, write: (line: string) => void): void {
  for (const { name, unit, values, rounds, absent } of report.measures) {
    write(`\n${name} (${unit})`);
    for (const [system, value] of Object.entries(values)) {
      write(
        `  ${system.padEnd(20)} ${text(value).padStart(10)}   rounds: ${(rounds[system] ?? []).map(text).join('  ')}`,
      );
    }
    for (const [system, why] of Object.entries(absent)) {
      write(`  ${system.padEnd(20)} ${'-'.padStart(10)}   ${why}`);
    }
  }
  const value = (measure: string, system: string): number | undefined =>
    report.measures.find(({ name }) => name === measure)?.values[system];
  const rows = RATIOS.flatMap(({ measure, of = subject, over, than, goal }) => {
    const [own, other] = [value(measure, of), value(than ?? measure, over)];
    const beside = than === undefined ? over : `its ${than}`;
    const what = of === subject ? measure : `${measure} ${of.replace(`${subject}_`, '')}`;
    return own === undefined || other === undefined ? [] : [{ measure: what, beside, goal, ratio: own / other }];
  });
  if (rows.length > 0)
    write(`\n${'ratio of medians'.padEnd(22)} ${`${subject} over`.padEnd(22)} ${'ratio'.padStart(7)}   goal`);
  for (const { measure, beside, goal, ratio } of rows) {
    write(`${measure.padEnd(22)} ${beside.padEnd(22)} ${ratio.toFixed(2).padStart(7)}   ${goal}`);
  }
  const bounds = BOUNDS.flatMap(({ measure, goal, when }) => {
    if (when !== undefined && (value(when[0], subject) ?? 0) < when[1]) return [];
    const own = report.measures.find(({ name }) => name === measure);
    const found = own?.values[subject];
    return found === undefined
      ? []
      : [`${measure.padEnd(22)} ${`${text(found)} ${own?.unit ?? ''}`.padEnd(30)}   ${goal}`];
  });
  if (bounds.length > 0) write(`\n${'value'.padEnd(22)} ${subject.padEnd(30)}   goal`);
  for (const line of bounds) write(line);
}

function significant(value: number): number {
  return Number(value.toPrecision(4));
}

function text(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en-US') : String(value);
}
