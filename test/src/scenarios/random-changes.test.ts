import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatHex, printFrame } from '@midonet/packet';
import {
  addRandomBalancers,
  packetToVip,
  randomNetwork,
  randomPacket,
  routerMacsNear,
  seededRandom,
  type Random,
  type VirtualNetwork,
} from '@midonet/simulation/testing';
import type { PortId } from '@midonet/topology';
import { flowsAreFresh, metBySome, type Looked } from './installed.ts';
import { memoryWires } from './memory-wires.ts';
import { Aim, changeSomething } from './changes/index.ts';
import type { Entering } from './oracle.ts';
import { Scene } from './scene.ts';

/** `SECONDS=3600 SEED=7 node --test …` looks longer, and from a seed of choice. */
const SECONDS = Number(process.env['SECONDS'] ?? 25);
const FIRST_SEED = Number(process.env['SEED'] ?? 3);
/** However slow the machine: enough that each kind of change was met. */
const LEAST_NETWORKS = 8;
const CHANGES = 50;
const PACKETS = 8;

type Tally = Looked & { changes: number; packets: number; readonly kinds: Set<string> };

test('random networks, random changes: the installed flows are those a fresh simulation would make', async (context) => {
  const tally: Tally = { forwarding: 0, dropping: 0, changes: 0, packets: 0, kinds: new Set() };
  const end = performance.now() + SECONDS * 1000;
  let seed = FIRST_SEED;
  while (seed < FIRST_SEED + LEAST_NETWORKS || performance.now() < end) await live(seed++, tally);
  const { kinds, ...numbers } = tally;
  context.diagnostic(`seeds ${FIRST_SEED} to ${seed - 1}: ${JSON.stringify(numbers)}, ${kinds.size} kinds of change`);
  assert.ok(tally.forwarding > 0 && tally.dropping > 0, `nothing was tested: ${JSON.stringify(numbers)}`);
});

/** A network made of `seed` lives on one or two hosts: packets and changes, and a look at all flows after each. */
async function live(seed: number, tally: Tally): Promise<void> {
  const random = seededRandom(seed);
  const net = randomNetwork(random);
  if (random() < 0.4) addRandomBalancers(net, random, [...net.parts.routers.keys()]);
  const doors = [...net.parts.ports.values()].flatMap(({ id, binding }) =>
    binding !== undefined && !net.parts.inactive.has(id) ? [id] : [],
  );
  if (doors.length === 0) return;
  const life: Life = { doors, history: [`seed ${seed}`], sent: [] };
  const { history } = life;
  const scene = await Scene.open(net, memoryWires(), seed % 3 === 0 ? 'two hosts' : 'one host');
  const look = (): void => {
    for (const agent of scene.agents) flowsAreFresh(agent, tally, () => history.join('\n'));
  };
  try {
    for (let n = 0; n < CHANGES; n++) {
      // A network where nothing gets anywhere shows little.
      if (n === 2 && life.sent.length === 0) return;
      for (let i = 0; i < PACKETS; i++) {
        const packet = packetOf(net, random, life);
        const delivered = await scene.enter(packet);
        if (delivered.some(({ portId }) => portId !== packet.portId)) life.sent.push(packet);
        tally.packets++;
      }
      look();
      const { what, kind, rows } = changeSomething(net, new Aim(random, metBySome(scene.agents, random)));
      history.push(`${kind}: ${what}`);
      tally.kinds.add(kind);
      tally.changes++;
      await scene.retell(rows);
      look();
    }
  } finally {
    await scene.close();
  }
}

type Life = {
  readonly doors: readonly PortId[];
  readonly history: string[];
  /** What went somewhere. */
  readonly sent: Entering[];
};

function packetOf(net: VirtualNetwork, random: Random, { doors, history, sent }: Life): Entering {
  const before = sent[Math.floor(random() * sent.length)];
  // Flows that forward are few among random packets: those that went somewhere come again.
  const again = before !== undefined && random() < 0.6;
  const portId = again ? before.portId : (doors[Math.floor(random() * doors.length)] ?? assert.fail('no door'));
  const routers = routerMacsNear(net, portId);
  const toVip = net.parts.balancers.size > 0 && random() < 0.5 ? packetToVip(random, routers) : undefined;
  const frame = again ? before.frame : (toVip ?? randomPacket(random, routers));
  history.push(`${net.nameOf(portId)} ${printFrame(frame)}\n   ${formatHex(frame)}`);
  return { portId, direction: 'in', frame };
}
