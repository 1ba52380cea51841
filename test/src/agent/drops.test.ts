import assert from 'node:assert/strict';
import { it } from 'node:test';
import { MemoryFabric, openMemory } from '@midonet/datapath/memory';
import { ethernet, frame } from '@midonet/packet';
import * as make from './items.ts';
import { Offline } from './offline.ts';
import { RED_MAC, tellSmallCloud } from './small-cloud.ts';

it('packets that a flow drops count beside those that the agent dropped, and are told to the controller', async () => {
  const offline = new Offline();
  const host = new MemoryFabric({ schedule: 'manual' }).host('host');
  for (const name of ['vm-red', 'vm-green']) host.interface(name).listen(() => undefined);
  const clock = (): number => offline.clock.now();
  const agent = await offline.start((events) => openMemory({ clock, host }, events), ['vm-red', 'vm-green']);
  try {
    offline.welcome();
    tellSmallCloud(offline, agent.identity.id, []);
    const toItself = frame(ethernet({ dst: make.mac(RED_MAC), src: make.mac(RED_MAC) }), new Uint8Array(46));
    const send = (packets: number): void => {
      for (let i = 0; i < packets; i++) {
        host.interface('vm-red').send(toItself);
        host.fabric.run();
      }
    };
    const reported = (): unknown => {
      const puts = offline.sent.flatMap(({ puts }) => (Array.isArray(puts) ? (puts as unknown[]) : []));
      return puts.findLast((put) => JSON.stringify(put).includes('hostDrops'));
    };
    const row = (packets: number): unknown => {
      const by = { byKind: 'bridge', byId: make.bridgeId(1) };
      const drop = { reason: 'sameSourceAndDestination', port: make.portId(1), ...by, packets };
      return { kind: 'hostDrops', hostId: agent.identity.id, drops: [drop] };
    };
    send(5);
    assert.equal(agent.processor.counters.dropped, 1, 'the others met the flow');
    offline.clock.advance(6_000);
    assert.deepEqual(reported(), row(5));
    send(2);
    agent.flows.forgetAll();
    offline.clock.advance(6_000);
    assert.deepEqual(reported(), row(7));
  } finally {
    await offline.close();
  }
});
