import assert from 'node:assert/strict';
import { it } from 'node:test';
import { MemoryFabric, openMemory } from '@midonet/datapath/memory';
import { ethernet, frame, MAC_BROADCAST } from '@midonet/packet';
import type { Entity, MirrorId } from '@midonet/topology';
import * as make from './items.ts';
import { Offline } from './offline.ts';
import { RED_MAC, tellSmallCloud } from './small-cloud.ts';

const MIRROR = make.uuid(7, 1) as MirrorId;

function mirrorTo(port: number): Entity {
  const conditions = [{ invert: false, fragmentPolicy: 'any' } as const];
  return { kind: 'mirror', id: MIRROR, name: 'm', toPortId: make.portId(port), conditions };
}

it('a copy of what is dropped goes out by the flow; one that is lost counts by its mirror, and nobody else notices', async () => {
  const offline = new Offline();
  const host = new MemoryFabric({ schedule: 'manual' }).host('host');
  const got: Uint8Array[] = [];
  host.interface('vm-red').listen(() => undefined);
  host.interface('vm-green').listen((bytes) => got.push(bytes.slice()));
  const clock = (): number => offline.clock.now();
  const agent = await offline.start((events) => openMemory({ clock, host }, events), ['vm-red', 'vm-green']);
  try {
    offline.welcome();
    tellSmallCloud(offline, agent.identity.id, []);
    let revision = 2;
    const tell = (kind: string, id: string, entity: Entity): void => {
      offline.tell({ op: 'delta', sub: offline.sub(kind, id), revision: revision++, changes: [make.item(entity)] });
    };
    const send = (bytes: Uint8Array, packets: number): number => {
      const before = got.length;
      for (let i = 0; i < packets; i++) {
        host.interface('vm-red').send(bytes);
        host.fabric.run();
      }
      return got.length - before;
    };
    const lost = (): number => agent.drops.total('mirrorUnreachable');
    const red = make.mac(RED_MAC);
    const toItself = frame(ethernet({ dst: red, src: red }), new Uint8Array(46));
    const toAll = frame(ethernet({ dst: MAC_BROADCAST, src: red }), new Uint8Array(46));
    assert.equal(send(toItself, 2), 0, 'before there is a mirror');
    const shown = { ...make.bridgePort(1, 1, { bound: [agent.identity.id, 'vm-red'] }), inboundMirrorIds: [MIRROR] };
    tell('bridge', make.bridgeId(1), shown);
    tell('host', agent.identity.id, shown);
    assert.equal(send(toItself, 1), 0, 'it waits for the mirror');
    offline.snapshot('mirror', MIRROR, [make.item(mirrorTo(9))]);
    host.fabric.run();
    assert.equal(got.length, 1, 'and goes on, once');
    const { dropped } = agent.processor.counters;
    assert.equal(send(toItself, 4), 4);
    assert.equal(agent.processor.counters.dropped, dropped, 'they met the flow');
    assert.deepEqual(got.at(-1), toItself);
    assert.equal(send(toAll, 2), 4, 'a copy beside what is flooded');
    assert.equal(lost(), 0);
    tell('mirror', MIRROR, mirrorTo(3));
    assert.equal(send(toAll, 5), 5, 'the mirror has a port that takes no copies: the flood goes on');
    agent.flows.counted.poll();
    assert.equal(lost(), 5);
    assert.equal(agent.drops.total('sameSourceAndDestination'), 7, 'as many as there were');
  } finally {
    await offline.close();
  }
});
