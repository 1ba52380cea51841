import {
  randomNetwork,
  randomPacket,
  routerMacsNear,
  seededRandom,
  type VirtualNetwork,
} from '@midonet/simulation/testing';
import { formatHex, printFrame } from '@midonet/packet';
import { sameSent } from './compare.ts';
import { Oracle, type Entering } from './oracle.ts';
import { Scene, type Layout } from './scene.ts';
import type { Wires } from './wires.ts';

/** All of them together take less of the manual clock than a neighbour is waited for. */
const PACKETS = 14;

/** How often what happened, so that a run that tested nothing is seen. */
export type Tally = { packets: number; delivered: number; flows: number };

/**
 * A network and packets made of `seed`, each sent twice, through the simulator and through every one
 * of `wires`. What a packet teaches stays for the next. Throws with everything needed to do it again.
 */
export async function differential(seed: number, layout: Layout, wires: readonly Wires[], tally: Tally): Promise<void> {
  const random = seededRandom(seed);
  const network = randomNetwork(random);
  // Of some, every third interface takes less.
  if (seed % 3 === 0) network.portIds.forEach((id, n) => n % 3 === 0 && network.parts.limits.set(id, 1000));
  const doors = [...network.parts.ports.values()].filter(
    ({ id, binding }) => binding !== undefined && !network.parts.inactive.has(id),
  );
  if (doors.length === 0) return;
  const scenes: Scene[] = [];
  try {
    for (const each of wires) scenes.push(await Scene.open(network, each, layout));
    const oracle = new Oracle(network, scenes[0]?.hostIds ?? [], (port) => scenes[0]?.hostOf(port) ?? 0);
    const history: string[] = [];
    for (let n = 0; n < PACKETS; n++) {
      const { id: portId } = doors[Math.floor(random() * doors.length)] ?? doors[0] ?? never();
      const packet: Entering = {
        portId,
        direction: 'in',
        frame: randomPacket(random, routerMacsNear(network, portId)),
      };
      history.push(`${network.nameOf(portId)} ${printFrame(packet.frame)}\n   ${formatHex(packet.frame)}`);
      for (const time of ['first', 'second'])
        await compare(network, packet, { oracle, scenes, tally }, (kind) => {
          return `seed ${seed}, ${layout}, packet ${n}, the ${time} time, ${kind}:\n${history.join('\n')}`;
        });
    }
    for (const scene of scenes) tally.flows += scene.flows;
  } finally {
    for (const scene of scenes) await scene.close();
  }
}

type Judged = { readonly oracle: Oracle; readonly scenes: readonly Scene[]; readonly tally: Tally };

async function compare(
  network: VirtualNetwork,
  packet: Entering,
  judged: Judged,
  what: (kind: string) => string,
): Promise<void> {
  const { oracle, scenes, tally } = judged;
  const { sent } = oracle.enter(packet, scenes[0]?.hostOf(packet.portId));
  tally.packets++;
  tally.delivered += sent.length;
  for (const scene of scenes)
    sameSent(network, await scene.enter(packet), sent, () => `${what(scene.kind)}\n${scene.describe()}`);
}

function never(): never {
  throw new Error('unreachable');
}
