import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyKey, extractKey, getField, KEY_WORDS, NO_CONNECTIONS, PacketReader, type FlowKey } from '@midonet/flow';
import { conditionOf, randomCondition, randomPacket, seededRandom, VirtualNetwork } from '@midonet/simulation/testing';
import type { ConditionText } from '@midonet/simulation/testing';
import { cases } from '@midonet/packet/testing/runs';
import fc from 'fast-check';
import { Walk } from '../../walk.ts';
import { ChainRun } from '../chain-run.ts';
import { holds } from '../evaluate.ts';
import { expressionOf, type Expression } from '../expression.ts';
import { Candidates } from './candidates.ts';
import { featuresOf } from './feature.ts';
import { RuleSet } from './rule-set.ts';

const sent = () => ({ kind: 'sent' }) as const;

const net = new VirtualNetwork();
const bridge = net.bridge('bridge');
const inside = net.vm(bridge, 'inside');
const outside = net.vm(bridge, 'outside');
const groups = {
  ports: [inside, outside],
  devices: [bridge, inside, outside],
  portGroups: [net.portGroup('insiders', inside), net.portGroup('outsiders', outside)],
  addressGroups: [net.ipAddrGroup('some', '10.0.0.1', 'fd00::1'), net.ipAddrGroup('others', '10.0.0.3')],
};

function runOf(key: FlowKey, frame: Uint8Array): ChainRun {
  const reader = new PacketReader();
  reader.reset(key);
  const { topology, state } = net;
  const input = {
    key,
    frame,
    segmentLength: undefined,
    topology,
    state,
    connections: NO_CONNECTIONS,
    explain: false,
    terse: false,
  };
  const walk = new Walk(reader, { ...input, ingressPort: inside }, { leave: sent, enter: sent });
  walk.cross(inside);
  walk.cross(bridge);
  return new ChainRun(walk, inside, outside);
}

/** Positions of the rules that apply, one after the other, until `until` of them did. */
function classified(rules: readonly Expression[], set: RuleSet, run: ChainRun, until: number): number[] {
  const candidates = new Candidates(set, run);
  const applied: number[] = [];
  while (applied.length < until) {
    const i = candidates.next();
    if (i < 0) break;
    if (holds(rules[i] as Expression, run)) applied.push(i);
  }
  return applied;
}

function walked(rules: readonly Expression[], run: ChainRun, until: number): number[] {
  const applied: number[] = [];
  for (let i = 0; i < rules.length && applied.length < until; i++) {
    if (holds(rules[i] as Expression, run)) applied.push(i);
  }
  return applied;
}

/** Rules of many values, so that chains part into many sets, beside those of few values that overlap. */
function anyRule(random: () => number): ConditionText {
  if (random() < 0.5) return randomCondition(random, groups);
  const byte = (): number => Math.floor(random() * 4);
  const start = Math.floor(random() * 90);
  return {
    ...(random() < 0.4 ? { nwSrc: `10.0.${byte() & 1}.${byte()}/${24 + 2 * byte()}` } : {}),
    ...(random() < 0.4 ? { nwDst: `fd00::${byte()}/${122 + 2 * byte()}` } : {}),
    ...(random() < 0.4 ? { tpDst: [start, start + Math.floor(random() * 40)] } : {}),
    ...(random() < 0.2 ? { tpSrc: byte() } : {}),
    ...(random() < 0.3 ? { nwProto: random() < 0.5 ? 6 : 17 } : {}),
    ...(random() < 0.1 ? { inPorts: [random() < 0.5 ? inside : outside] } : {}),
    ...(random() < 0.1 ? { dlSrc: `02:00:00:00:00:0${byte()}` } : {}),
  };
}

function caseOf(seed: number) {
  const random = seededRandom(seed);
  const frame = randomPacket(random);
  const key = emptyKey();
  if (extractKey(frame, frame.length, 1, 0, key) !== 'ok') return undefined;
  const length = 1 + Math.floor(random() * (random() < 0.2 ? 200 : 40));
  const rules = Array.from({ length }, () => expressionOf(conditionOf(anyRule(random))));
  const set = RuleSet.of(rules.map(featuresOf));
  return { random, frame, key, rules, set, until: random() < 0.5 ? 1 : 1 + Math.floor(random() * length) };
}

const RUNS = 1500;
const seeds = fc.integer({ min: 0, max: 0xffffffff });

test('the rules that apply are those that apply when all are asked one by one, in their order', (context) => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const one = caseOf(seed);
      if (one === undefined) return;
      const { rules, set, key, frame, until } = one;
      const [fast, slow] = [runOf(key, frame), runOf(key, frame)];
      assert.deepEqual(classified(rules, set, fast, until), walked(rules, slow, until));
      const tags = new Set(slow.walk.tags);
      assert.ok(
        fast.walk.tags.every((tag) => tags.has(tag)),
        'depends on a group that the rules asked one by one do not need',
      );
    }),
    cases(context, RUNS),
  );
});

test('what the classifier reads is in the mask: unmasked bits do not matter', (context) => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const one = caseOf(seed);
      if (one === undefined) return;
      const { rules, set, key, frame, until, random } = one;
      const run = runOf(key, frame);
      const applied = classified(rules, set, run, until);
      if (!run.walk.installable) return;
      const { mask } = run.walk.packet;
      for (let round = 0; round < 6; round++) {
        const varied = key.slice() as FlowKey;
        for (let word = 0; word < KEY_WORDS; word++) {
          const noise = random() < 0.5 ? 1 << Math.floor(random() * 32) : Math.floor(random() * 0x100000000);
          varied[word] = ((key[word] ?? 0) ^ (noise & ~(mask[word] ?? 0))) >>> 0;
        }
        const again = runOf(varied, frame);
        assert.deepEqual(classified(rules, set, again, until), applied, `round ${round}`);
        assert.deepEqual([...again.walk.packet.mask], [...mask]);
      }
    }),
    cases(context, RUNS),
  );
});

test('of ten thousand rules a packet is asked a few, and its mask keeps no field that only later rules need', () => {
  const rules = Array.from({ length: 10_000 }, (_, i): ConditionText => {
    if (i === 0) return { nwProto: 6, nwDst: '10.0.0.0/24' };
    const network = `172.${16 + (i >> 12)}.${(i >> 4) & 255}.${(i & 15) * 16}/28`;
    return { nwProto: i % 2 === 0 ? 6 : 17, nwSrc: network, tpDst: 1 + (i % 60_000) };
  }).map((text) => expressionOf(conditionOf(text)));
  const set = RuleSet.of(rules.map(featuresOf));
  const random = seededRandom(7);
  let most = 0;
  for (let i = 0; i < 200; i++) {
    const frame = randomPacket(random);
    const key = emptyKey();
    if (extractKey(frame, frame.length, 1, 0, key) !== 'ok') continue;
    const run = runOf(key, frame);
    const candidates = new Candidates(set, run);
    let asked = 0;
    while (candidates.next() >= 0) asked++;
    most = Math.max(most, asked);
    const first = runOf(key, frame);
    if (classified(rules, set, first, 1)[0] !== 0) continue;
    assert.equal(getField(first.walk.packet.mask, 'l4Dst'), 0);
    assert.equal(first.walk.packet.mask[9], 0, 'the source address is asked by later rules only');
  }
  assert.ok(most <= 4, `${most} rules asked`);
});
