import type { TracedPacketDto } from '@midonet/contract';
import { renderSteps, type NameOf } from '../trace/render.ts';

/**
 * What several hosts have written down, as one account: connection after connection, in each the packets
 * of both directions by time, and below each packet where its copies came out.
 */
export function renderTimeline(packets: readonly TracedPacketDto[], nameOf: NameOf): string {
  const flows = new Map<string, TracedPacketDto[]>();
  for (const packet of packets) flows.set(packet.flow, [...(flows.get(packet.flow) ?? []), packet]);
  const parts = [...flows].map(([flow, of]) =>
    [`${flow}: ${of.length} packet${of.length === 1 ? '' : 's'}`, ...of.map((one) => renderPacket(one, nameOf))].join(
      '\n',
    ),
  );
  return [...parts, CLOCKS].join('\n\n');
}

const CLOCKS =
  'Times are by the clock of each host. Where a packet came out stands below it, whatever the clocks of the two say.';

/** One packet: where it came in, what became of it there, and where it came out. */
export function renderPacket(packet: TracedPacketDto, nameOf: NameOf): string {
  const { host, at, way, portId, verdict, reason, explanation, steps, cut, arrivals } = packet;
  const end = verdict === 'forward' ? 'sent on' : `${WORDS[verdict]}: ${explanation}${reasonText(packet, reason)}`;
  const answer = way === 'return' ? ', an answer' : '';
  return [
    `${timeText(at)} ${host}: in by ${nameOf(portId)}${answer}, ${end}`,
    `     ${packet.packet}`,
    ...renderSteps(steps, nameOf),
    ...(cut === 0 ? [] : [`     ${cut} steps in the middle are left out`]),
    ...arrivals.map((one) => {
      return `${timeText(one.at)} ${one.host}: out by ${nameOf(one.portId)}, ${apart(one.at - at)}\n     ${one.packet}`;
    }),
  ].join('\n');
}

const WORDS = { drop: 'dropped', consume: 'consumed', blocked: 'waiting' } as const;

function reasonText({ verdict }: TracedPacketDto, reason: string): string {
  return verdict === 'blocked' ? '' : ` (${reason})`;
}

/** To the millisecond, in UTC. */
function timeText(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}

function apart(ms: number): string {
  return ms < 0 ? `${-ms} ms earlier by its clock` : `${ms} ms later`;
}
