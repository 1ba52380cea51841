import { parseArgs } from 'node:util';
import type { Budget } from './measure.ts';
import { SYSTEM_NAMES, type SystemName } from './system.ts';

export type BenchOptions = {
  readonly budget: Budget;
  readonly peers: boolean;
  readonly json: string | undefined;
  readonly only: readonly SystemName[];
  /** Names of measures to run; all but those left out when empty. */
  readonly measures: readonly string[];
  readonly leftOut: readonly string[];
};

export const USAGE = `Usage: ./run bench [--quick] [--peers] [--json FILE] [--systems A,B] [--measures A,B] [--rounds N]

  --quick       3 short rounds, under four minutes; without midonet_big_tcp, ovn_userspace,
                tcp_stream_firewall, tcp_stream_routed, tcp_stream_snat, conn_group, conn_held and connections_1m unless named. Else 7 longer rounds
  --peers       measure Open vSwitch and OVN too; ./run installs their packages
  --json FILE   write medians and rounds as JSON
  --systems     ${SYSTEM_NAMES.join(', ')}
  --measures    tcp_stream_1, tcp_stream_4, tcp_stream_firewall, tcp_stream_routed, tcp_stream_snat, tcp_crr,
                conn_firewall, conn_group, conn_snat, conn_vip, conn_held, udp_100_pps, tcp_rr, first_packet, upcalls, simulations, connections_1m, creates_per_s
`;

/** What there is no time for in four minutes, unless it is asked for by name. */
const NOT_QUICK: readonly string[] = [
  ...['midonet_big_tcp', 'ovn_userspace'],
  ...['tcp_stream_firewall', 'tcp_stream_routed', 'tcp_stream_snat', 'conn_group', 'conn_held', 'connections_1m'],
];
const QUICK: Budget = { seconds: 1, rounds: 3, firstPackets: 1000, held: 20_000 };
const FULL: Budget = { seconds: 4, rounds: 7, firstPackets: 3000, held: 1_000_000 };

/** Throws with a sentence when the words make no sense. */
export function parseOptions(words: readonly string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...words],
    options: {
      quick: { type: 'boolean', default: false },
      peers: { type: 'boolean', default: false },
      json: { type: 'string' },
      systems: { type: 'string' },
      measures: { type: 'string' },
      rounds: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const base = values.quick ? QUICK : FULL;
  const rounds = values.rounds === undefined ? base.rounds : Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds ${values.rounds ?? ''}: give a number from 1`);
  const leftOut = values.quick ? NOT_QUICK : [];
  const systems = values.systems?.split(',') ?? SYSTEM_NAMES.filter((name) => !leftOut.includes(name));
  return {
    budget: { ...base, rounds },
    peers: values.peers,
    json: values.json,
    only: systems.map(systemName),
    measures: values.measures?.split(',') ?? [],
    leftOut,
  };
}

function systemName(text: string): SystemName {
  const found = SYSTEM_NAMES.find((name) => name === text);
  if (found === undefined) throw new Error(`--systems: '${text}' is none of ${SYSTEM_NAMES.join(', ')}`);
  return found;
}
