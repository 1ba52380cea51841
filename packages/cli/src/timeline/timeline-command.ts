import type { TracedPacketDto } from '@midonet/contract';
import type { Command } from 'commander';
import { numberArgument } from '../arguments.ts';
import { idNames } from '../objects/id-names.ts';
import type { Session, Surroundings } from '../session.ts';
import { addCommand } from '../verbs.ts';
import { renderPacket, renderTimeline } from './render-timeline.ts';

/** Hosts tell of new packets at once; where they came out may come a moment later. */
const EVERY_MS = 1_000;

export function addTimeline(program: Command, surroundings: Surroundings): void {
  addCommand(program, surroundings, {
    usage: 'timeline <trace>',
    streams: true,
    summary:
      'what hosts have traced for a trace request, joined: each packet, its steps, where it came out, its answers',
    options: [
      ['--follow', 'print packets as they are traced until interrupted'],
      ['--count <number>', 'end after so many packets, with --follow'],
    ],
    examples: ['midonet timeline slow-web', 'midonet timeline slow-web --follow --count 10'],
    act: async (session, [text = ''], options) => {
      const { id } = await session.directory.traceRequest(text);
      const count = options.text('count');
      const limit = count === undefined ? Infinity : numberArgument('--count', count, 1, 1_000_000);
      if (options.flag('follow')) {
        await follow(session, id, limit);
        return;
      }
      const packets = await session.client.traceRequests.packets({ id });
      const names = await idNames(session);
      session.show(packets, () => (packets.length === 0 ? 'nothing was traced yet' : renderTimeline(packets, names)));
    },
  });
}

/** A packet is printed when it has been there a turn before: by then it is known where it came out. */
async function follow(session: Session, id: string, limit: number): Promise<void> {
  const names = await idNames(session);
  const printed = new Set<string>();
  let known = new Set<string>();
  let left = limit;
  session.note('following; interrupt to end');
  while (!session.readerGone.aborted) {
    const packets = await session.client.traceRequests.packets({ id });
    const now = new Set(packets.map(keyOf));
    for (const packet of packets) {
      const key = keyOf(packet);
      if (printed.has(key) || !known.has(key)) continue;
      printed.add(key);
      print(session, packet, names);
      if (--left === 0) return;
    }
    // What a later packet took the place of comes no more.
    for (const key of printed) if (!now.has(key)) printed.delete(key);
    known = now;
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

function keyOf({ host, at, flow, way, packet }: TracedPacketDto): string {
  return [host, at, flow, way, packet].join(' ');
}

function print(session: Session, packet: TracedPacketDto, names: Awaited<ReturnType<typeof idNames>>): void {
  if (session.flags.json === true) session.print(JSON.stringify(packet));
  else session.print(`${packet.flow}\n${renderPacket(packet, names)}`);
}
