import { traceStepDto, type TracedPacketDto, type TraceStepDto } from '@midonet/contract';
import { CONSUME_REASONS, DROP_REASONS } from '@midonet/flow';
import type { Store } from '@midonet/store';
import type { HostId, TraceArrival, TracedPacket, TraceRequestId } from '@midonet/topology';
import { TopologyReader, type Reader } from '../topology/reader.ts';
import { HiddenThings } from './hidden-things.ts';
import { HostWords } from './host-words.ts';

/** Clocks of hosts may differ so much and copies are still found. */
const CLOCKS_APART_MS = 60_000;

/**
 * What hosts have written down for a request, oldest first, each packet with the hosts where its copies
 * arrived. What hosts write is the provider's; a tenant, who may see the request, is shown the steps at
 * its own things and learns no names of hosts.
 */
export async function tracedPackets(
  { store, reader }: { readonly store: Store; readonly reader: Reader },
  requestId: TraceRequestId,
  isProvider: boolean,
): Promise<TracedPacketDto[]> {
  const all = new TopologyReader(store);
  const rows = (await all.list('tracedPacket', requestId)).sort((a, b) => a.at - b.at || a.slot - b.slot);
  const arrivals = new Arrivals(all);
  const hosts = new HostWords(all, isProvider);
  const hidden = isProvider ? undefined : new HiddenThings(reader);
  const packets: TracedPacketDto[] = [];
  for (const row of rows) {
    const steps = stepsOf(row);
    const came = await arrivals.of(row);
    packets.push({
      host: await hosts.of(row.hostId),
      at: row.at,
      way: row.way,
      flow: row.flow,
      portId: row.portId,
      packet: row.packet,
      verdict: row.verdict,
      reason: row.reason,
      explanation: explanationOf(row),
      steps: hidden === undefined ? steps : await hidden.without(steps),
      cut: row.cut,
      arrivals: await Promise.all(
        came.map(async ({ hostId, at, portId, packet }) => ({ host: await hosts.of(hostId), at, portId, packet })),
      ),
    });
  }
  return packets;
}

/** Copies are found where their port runs, by what does not change on the way there. */
class Arrivals {
  readonly #all: TopologyReader;
  readonly #ofHost = new Map<HostId, Promise<TraceArrival[]>>();
  readonly #taken = new Set<TraceArrival>();

  constructor(all: TopologyReader) {
    this.#all = all;
  }

  async of({ hostId, at, sent }: TracedPacket): Promise<TraceArrival[]> {
    const found: TraceArrival[] = [];
    for (const { portId, identity } of sent) {
      const there = (await this.#all.get('portActive', portId))?.hostId;
      if (there === undefined || there === hostId) continue;
      const [nearest] = (await this.#rows(there))
        .filter((one) => one.portId === portId && one.identity === identity && !this.#taken.has(one))
        .filter((one) => Math.abs(one.at - at) < CLOCKS_APART_MS)
        .sort((a, b) => Math.abs(a.at - at) - Math.abs(b.at - at));
      if (nearest === undefined) continue;
      this.#taken.add(nearest);
      found.push(nearest);
    }
    return found;
  }

  #rows(host: HostId): Promise<TraceArrival[]> {
    let rows = this.#ofHost.get(host);
    if (rows === undefined) this.#ofHost.set(host, (rows = this.#all.list('traceArrival', host)));
    return rows;
  }
}

/** A newer agent may write steps that this controller does not know. */
function stepsOf({ steps }: TracedPacket): TraceStepDto[] {
  try {
    const read = traceStepDto.array().safeParse(JSON.parse(steps));
    return read.success ? read.data : [];
  } catch {
    return [];
  }
}

function explanationOf({ verdict, reason }: TracedPacket): string {
  if (verdict === 'forward') return 'sent on';
  if (verdict === 'blocked') return `waits for ${reason}`;
  return Object.entries({ ...DROP_REASONS, ...CONSUME_REASONS }).find(([word]) => word === reason)?.[1] ?? '';
}
