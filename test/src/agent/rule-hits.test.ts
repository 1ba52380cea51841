import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { MemoryFabric, openMemory } from '@midonet/datapath/memory';
import { mac, ruleOf, udpFrame, type RuleText } from '@midonet/simulation/testing';
import type { Chain, ChainId, RuleId } from '@midonet/topology';
import * as make from './items.ts';
import { Offline } from './offline.ts';

const RED = { mac: '02:00:00:00:00:01', ip: '10.1.0.10', ip6: 'fd00::10' };
const GREEN = { mac: '02:00:00:00:00:03', ip: '10.1.0.11' };
const CHAIN = 'cccccccc-0000-4000-8000-000000000001' as ChainId; // brand: a test's own
const RULES = [1, 2, 3].map((n) => `dddddddd-0000-4000-8000-00000000000${n}` as RuleId); // brand: likewise
const TEXTS: readonly RuleText[] = [
  { do: 'return', tpDst: 1 },
  { do: 'accept', tpDst: 53 },
  { do: 'drop', nwProto: 17 },
];

it('packets and bytes count for the rules that applied and their meters, simulated or by flows, and are told to the controller', async () => {
  const offline = new Offline();
  const host = new MemoryFabric({ schedule: 'manual' }).host('host');
  for (const name of ['vm-red', 'vm-green']) host.interface(name).listen(() => undefined);
  const clock = (): number => offline.clock.now();
  const agent = await offline.start((events) => openMemory({ clock, host }, events), ['vm-red', 'vm-green']);
  try {
    offline.welcome();
    const { id } = agent.identity;
    const red = { ...make.bridgePort(1, 1, { bound: [id, 'vm-red'] }), inboundFilterId: CHAIN };
    const green = make.bridgePort(2, 1, { bound: [id, 'vm-green'] });
    offline.snapshot('host', id, [red, green].map(make.item));
    offline.want('bridge', make.bridgeId(1));
    offline.snapshot('bridge', make.bridgeId(1), [make.bridge(1), red, green].map(make.item));
    const learned = { kind: 'learnedMac', bridgeId: make.bridgeId(1), vlan: 0 } as const;
    offline.snapshot('macTable', make.bridgeId(1), [
      make.row({ ...learned, mac: mac(GREEN.mac), portId: make.portId(2) }),
      make.row({ ...learned, mac: mac(RED.mac), portId: make.portId(1) }),
    ]);
    const send = (port: number, packets: number): void => {
      for (let i = 0; i < packets; i++) {
        host.interface('vm-red').send(udpFrame(RED, GREEN.mac, GREEN.ip, { ports: [1000, port] }));
        host.fabric.run();
      }
    };
    // The chain comes when the first packet asks for it, which then goes on and counts.
    send(53, 1);
    const chain: Chain = { kind: 'chain', id: CHAIN, tenantId: 't', name: 'c', log: 'drop' };
    const rules = TEXTS.map((text, i) => ({ ...ruleOf(RULES[i] as RuleId, CHAIN, i, text), meter: 'udp' }));
    offline.snapshot('chain', CHAIN, [chain, ...rules].map(make.item));
    host.fabric.run();
    send(53, 4);
    send(99, 3);
    const { length } = udpFrame(RED, GREEN.mac, GREEN.ip, { ports: [1000, 53] });
    const reported = (): unknown => {
      const puts = offline.sent.flatMap(({ puts }) => (Array.isArray(puts) ? (puts as unknown[]) : []));
      return puts.findLast((put) => JSON.stringify(put).includes('hostRuleHits'));
    };
    const row = (accepted: number, dropped: number): unknown => ({
      kind: 'hostRuleHits',
      hostId: id,
      hits: [
        { ruleId: RULES[1], packets: accepted, bytes: accepted * length },
        { ruleId: RULES[2], packets: dropped, bytes: dropped * length },
      ],
      meters: [{ tenantId: 't', name: 'udp', packets: accepted + dropped, bytes: (accepted + dropped) * length }],
    });
    assert.ok(agent.processor.counters.simulated < 8, 'the others met their flows');
    offline.clock.advance(11_000);
    assert.deepEqual(reported(), row(5, 3));
    send(53, 2);
    agent.flows.forgetAll();
    send(53, 1);
    offline.clock.advance(11_000);
    assert.deepEqual(reported(), row(8, 3));
    // The chain logs what it drops: each connection once, as its flow takes the rest.
    const log = readFileSync(join(offline.stateDir, 'rule-log.jsonl'), 'utf8').trim().split('\n');
    assert.equal(log.length, 1);
    const { at, ...line } = JSON.parse(log[0] ?? '') as Record<string, unknown>;
    assert.ok(typeof at === 'string');
    assert.deepEqual(line, {
      ...{ event: 'DROP', decision: 'drop', chain: CHAIN, rule: RULES[2], port: make.portId(1), etherType: 0x0800 },
      ...{ proto: 17, srcPort: 1000, dstPort: 99, src: RED.ip, dst: GREEN.ip },
    });
  } finally {
    await offline.close();
  }
});
