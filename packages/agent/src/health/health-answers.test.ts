import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Execute } from '@midonet/datapath';
import { emptyKey, type DpPort } from '@midonet/flow';
import { parseIp } from '@midonet/packet';
import type { HostId, LoadBalancerId, PortId, TopologyItem } from '@midonet/topology';
import { FlowWriter } from '../flows/flow-writer.ts';
import { ManualClock } from '../manual-clock.ts';
import type { Packet } from '../upcalls/packet.ts';
import { Knowledge } from '../view/knowledge.ts';
import { HealthAnswers } from './health-answers.ts';

const HERE = 'here' as HostId;
const THERE = 'there' as HostId;
const ID = 'lb' as LoadBalancerId;
const PEER = parseIp('10.255.0.2') ?? assert.fail();

const packet: Packet = {
  ...{ direction: 'in', portId: 'p' as PortId, inPort: 1 as DpPort, key: emptyKey() },
  ...{ frame: new Uint8Array(60), fullLength: 60, gsoSize: 0, depth: 0 },
};

function rig() {
  const clock = new ManualClock();
  const knowledge = new Knowledge(HERE, () => clock.now());
  const sent: Execute[] = [];
  const taken: LoadBalancerId[] = [];
  const flows = new FlowWriter(() => assert.fail('nothing is written'));
  flows.send = (execute) => void sent.push(execute);
  const answers = new HealthAnswers({ knowledge, flows, clock, onAnswer: (id) => taken.push(id) });
  const tell = (...values: readonly object[]): void => {
    knowledge.apply(values.map((value) => value as TopologyItem));
  };
  tell({
    key: `loadBalancer/${ID}`,
    value: { kind: 'loadBalancer', id: ID, tenantId: '', adminStateUp: true },
  });
  const checker = (hostId: HostId): void => {
    tell({ key: `healthChecker/${ID}`, value: { kind: 'healthChecker', balancerId: ID, hostId, tunnelKey: 77 } });
  };
  const zone = (): void => {
    tell(
      { key: 'tunnelZone/z', value: { kind: 'tunnelZone', id: 'z', name: 'z', type: 'vxlan' } },
      ...[HERE, THERE].map((hostId) => ({
        key: `tunnelZoneMember/z/${hostId}`,
        value: { kind: 'tunnelZoneMember', zoneId: 'z', hostId, address: PEER },
      })),
    );
  };
  return { clock, sent, taken, answers, checker, zone };
}

test('answers go to the host that asks: this one, or another by its tunnel key', () => {
  const { answers, taken, sent, checker, zone } = rig();
  checker(HERE);
  answers.take(ID, packet);
  assert.deepEqual(taken, [ID]);
  zone();
  checker(THERE);
  answers.take(ID, packet);
  assert.deepEqual(
    sent.map(({ actions }) => actions),
    [[{ kind: 'tunnel', peer: PEER, key: 77 }]],
  );
  assert.deepEqual(answers.counters, { taken: 1, forwarded: 1, refused: 0 });
});

test('they end here when nobody asks, or the way to who does is not known', () => {
  const { answers, sent, checker } = rig();
  answers.take(ID, packet);
  checker(THERE);
  answers.take(ID, packet);
  assert.equal(sent.length, 0);
  assert.equal(answers.counters.refused, 2);
});

test('members that flood are heard a thousand times a second', () => {
  const { answers, checker, clock, taken } = rig();
  checker(HERE);
  for (let i = 0; i < 3_000; i++) answers.take(ID, packet);
  assert.equal(taken.length, 1_000);
  clock.advance(1_000);
  answers.take(ID, packet);
  assert.equal(taken.length, 1_001);
  assert.equal(answers.counters.refused, 2_000);
});
