import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyKey, extractKey, type Outcome } from '@midonet/flow';
import fc from 'fast-check';
import { simulate, type Ingress } from '@midonet/simulation';
import {
  addRandomBalancers,
  addRandomTraces,
  outcomeLines,
  packetToVip,
  randomNetwork,
  randomPacket,
  routerMacsNear,
  seededRandom,
  varied,
  type VirtualNetwork,
} from '@midonet/simulation/testing';
import type { ChainId, PortId, RouterId } from '@midonet/topology';
import { cases } from '@midonet/packet/testing/runs';

const RUNS = [6000, 500] as const;
/** Where every ending is to be met. */
const RUNS_FOR_ENDINGS = 1500;

type Case = { readonly network: VirtualNetwork; readonly ingress: Ingress; readonly random: () => number };

/** A network and a packet at one of its ports, all from one seed. */
function caseOf(seed: number): Case | undefined {
  const random = seededRandom(seed);
  const network = randomNetwork(random);
  const ports = network.portIds;
  const routers = network.deviceIds.filter(
    (one): one is RouterId => network.topology.router(one as RouterId) !== undefined,
  );
  const balanced = random() < 0.4;
  if (balanced) addRandomBalancers(network, random, routers);
  if (ports.length > 0 && random() < 0.4) addRandomTraces(network, random, { ports, devices: network.deviceIds });
  // Now and then something is not loaded.
  const missing = ['chain0', 'chain1', 'group0', 'addresses0'][Math.floor(random() * 40)];
  if (missing !== undefined && network.has(missing)) network.unload(network.idOf(missing) as ChainId);
  const portId = ports[Math.floor(random() * ports.length)];
  if (portId === undefined) return undefined;
  const macs = routerMacsNear(network, portId);
  const toVip = balanced && random() < 0.5 ? packetToVip(random, macs) : undefined;
  const frame = toVip ?? randomPacket(random, macs);
  const key = emptyKey();
  if (extractKey(frame, frame.length, 1, 0, key) !== 'ok') return undefined;
  // Connections that other packets opened, and now and then this very one.
  for (let i = Math.floor(random() * 4); i > 0; i--) {
    const earlier = random() < 0.3 ? frame : randomPacket(random, routerMacsNear(network, portId));
    network.connections.take(simulateFrame(network, portId, earlier));
  }
  const direction = random() < 0.8 ? 'in' : 'out';
  return { network, ingress: { key, frame, direction, portId }, random };
}

function simulateFrame(network: VirtualNetwork, portId: PortId, frame: Uint8Array): Outcome {
  const key = emptyKey();
  extractKey(frame, frame.length, 1, 0, key);
  const { topology, state, connections } = network;
  return simulate({ key, frame, direction: 'in', portId }, { topology, state, connections, now: 0, explain: false });
}

function run({ network, ingress }: Case, explain = false): Outcome {
  const { topology, state } = network;
  return simulate(ingress, { topology, state, connections: network.connections, now: 0, explain });
}

const seeds = fc.integer({ min: 0, max: 0xffffffff });

test('no packet in no topology throws, and no forward is empty', () => {
  const endings = new Map<string, number>();
  fc.assert(
    fc.property(seeds, (seed) => {
      const one = caseOf(seed);
      if (one === undefined) return;
      const { verdict } = run(one);
      if (verdict.kind === 'forward') assert.notEqual(verdict.actions.length, 0);
      endings.set(verdict.kind, (endings.get(verdict.kind) ?? 0) + 1);
      if (verdict.kind === 'drop') endings.set(verdict.reason, (endings.get(verdict.reason) ?? 0) + 1);
    }),
    { numRuns: RUNS_FOR_ENDINGS },
  );
  for (const kind of ['forward', 'consume', 'drop', 'blocked', 'chainDrop', 'chainReject']) {
    assert.ok(endings.has(kind), `no packet ended as ${kind}`);
  }
});

test('bytes of garbage never throw', (context) => {
  fc.assert(
    fc.property(seeds, fc.uint8Array({ minLength: 0, maxLength: 120 }), (seed, frame) => {
      const one = caseOf(seed);
      if (one === undefined) return;
      const key = emptyKey();
      extractKey(frame, frame.length, 1, 0, key);
      run({ ...one, ingress: { ...one.ingress, frame, key } });
      // A key that promises more than the frame holds.
      run({ ...one, ingress: { ...one.ingress, frame } });
    }),
    cases(context, ...RUNS),
  );
});

test('the explaining run decides as the fast one', (context) => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const one = caseOf(seed);
      if (one === undefined) return;
      const { trace, traced, ...explained } = run(one, true);
      // The name of the flow is for explanations alone.
      const unnamed = traced?.map((match) => ({ ...match, flow: '' }));
      assert.deepEqual(unnamed === undefined ? explained : { ...explained, traced: unnamed }, run(one));
      assert.equal(trace?.at(-1)?.action.kind, 'end');
    }),
    cases(context, ...RUNS),
  );
});

/**
 * Every bit the mask leaves out may change. The key is what a datapath matches, so it is changed as
 * such; frames stay, as an installable outcome depends on nothing else in them.
 */
test('the mask is sound: unmasked bits do not matter', (context) => {
  const tried = cases(context, ...RUNS);
  let installable = 0;
  fc.assert(
    fc.property(seeds, (seed) => {
      const one = caseOf(seed);
      if (one === undefined) return;
      const outcome = run(one);
      if (!outcome.installable) return;
      installable++;
      for (let round = 0; round < 8; round++) {
        const key = varied(one.ingress.key, outcome, one.random);
        const again = run({ ...one, ingress: { ...one.ingress, key } });
        const name = (id: string): string => one.network.nameOf(id);
        const of = (which: Outcome): unknown => [
          outcomeLines(which, name),
          [...which.mask],
          which.tags,
          which.ttlAbove,
          which.rules,
        ];
        assert.deepEqual(of(again), of(outcome), `round ${round}`);
      }
    }),
    tried,
  );
  assert.ok(installable > tried.numRuns / 4, `only ${installable} installable outcomes`);
});
