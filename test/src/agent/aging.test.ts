import assert from 'node:assert/strict';
import { it } from 'node:test';
import { MemoryFabric, openMemory } from '@midonet/datapath/memory';
import { ethernet, frame, ipv4, udp, type Ip4 } from '@midonet/packet';
import * as make from './items.ts';
import { Offline } from './offline.ts';
import { GATEWAY_RED, RED_MAC, tellSmallCloud } from './small-cloud.ts';

const GREEN = '02:00:00:00:00:03';
const GREEN_KEY = `learnedMac/${make.bridgeId(1)}/0/${GREEN}`;

async function smallCloud() {
  const offline = new Offline();
  const fabric = new MemoryFabric({ schedule: 'manual' });
  const host = fabric.host('host');
  const names = ['vm-red', 'vm-green', 'vm-blue'];
  for (const name of names) host.interface(name).listen(() => undefined);
  const clock = (): number => offline.clock.now();
  const agent = await offline.start((events) => openMemory({ clock, host }, events), names);
  offline.welcome();
  tellSmallCloud(offline, agent.identity.id, [make.ip('10.2.0.10') as Ip4]);
  const send = (from: string, src: string, dst: string, to: string): void => {
    const addresses = ipv4({ src: make.ip('10.1.0.10') as Ip4, dst: make.ip(to) as Ip4 });
    const link = ethernet({ dst: make.mac(dst), src: make.mac(src) });
    host.interface(from).send(frame(link, addresses, udp({ srcPort: 1, dstPort: 2 }), new Uint8Array(8)));
    fabric.run();
  };
  const wrote = (member: 'puts' | 'deletes'): string =>
    JSON.stringify(offline.sent.map((message) => message[member] ?? []));
  return { offline, agent, send, wrote };
}

it('a learned MAC stays while flows use it and is taken back some time after the last one', async () => {
  const { offline, agent, send, wrote } = await smallCloud();
  send('vm-green', GREEN, RED_MAC, '10.1.0.11');
  offline.clock.advance(10);
  assert.match(wrote('puts'), new RegExp(GREEN));
  for (let second = 0; second < 120; second += 10) {
    offline.clock.advance(10_000);
    send('vm-green', GREEN, RED_MAC, '10.1.0.11');
  }
  assert.ok(agent.rows.ownedAt(GREEN_KEY), 'flows use it');
  // A minute until the flow goes, and this host's own part of 30 to 60 seconds.
  offline.clock.advance(100_000);
  assert.ok(agent.rows.ownedAt(GREEN_KEY), 'not yet');
  offline.clock.advance(25_000);
  assert.equal(agent.rows.ownedAt(GREEN_KEY), undefined);
  assert.ok(wrote('deletes').includes(GREEN_KEY));
  await offline.close();
});

it('a neighbour that does not answer fails after a few tries, and is asked again later', async () => {
  const { offline, agent, send } = await smallCloud();
  send('vm-red', RED_MAC, GATEWAY_RED, '10.2.0.99');
  assert.equal(agent.resolver.size, 1);
  assert.equal(agent.parking.size, 1);
  offline.clock.advance(3_100);
  assert.equal(agent.resolver.size, 0);
  assert.equal(agent.parking.size, 0);
  const ask = (): unknown => agent.knowledge.neighbour(make.routerId(1), make.portId(6), make.ip('10.2.0.99'));
  assert.equal(ask(), 'failed');
  offline.clock.advance(10_000);
  assert.equal(ask(), undefined);
  await offline.close();
});

it('devices that nothing was sent through for a while are not followed any more', async () => {
  const { offline, agent, send } = await smallCloud();
  send('vm-red', RED_MAC, GATEWAY_RED, '10.2.0.10');
  assert.equal(agent.knowledge.devices.count.bridges, 2);
  offline.clock.advance(400_000);
  // The bridges of its own ports stay, as their QoS policies hold for these.
  assert.equal(agent.knowledge.devices.count.routers, 0);
  const followed = [...agent.subscriptions.all()].map(({ topic }) => topic.kind).sort();
  assert.deepEqual(followed, ['bridge', 'bridge', 'conf', 'host']);
  await offline.close();
});
