import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ip } from '@midonet/simulation/testing';
import { Rig, type RigHost } from './rig.ts';
import type { Station } from './station.ts';

const UPLINK = '203.0.113.2';

/** A tenant's machine on the first host, its way out on the second: the answer comes in where nobody saw the question. */
describe('connections over two hosts', () => {
  const rig = new Rig();
  let one: RigHost;
  let two: RigHost;
  let far: RigHost;
  let web: Station;
  let world: Station;

  before(async () => {
    await rig.startController();
    one = await rig.host('one');
    two = await rig.host('two');
    // Has nothing that the others send to.
    far = await rig.host('far');
    const red = await rig.create('/bridges', { name: 'red', tenantId: 'acme' });
    const outside = await rig.create('/bridges', { name: 'outside', tenantId: 'acme' });
    const edge = await rig.create('/routers', { name: 'edge', tenantId: 'acme' });
    await rig.attach(edge, red, '10.1.0.1/24');
    const up = await rig.attach(edge, outside, `${UPLINK}/24`);
    const [incoming, outgoing] = [
      await rig.create('/chains', { name: 'in' }),
      await rig.create('/chains', { name: 'out' }),
    ];
    await rig.create(`/chains/${incoming}/rules`, { type: 'rev_snat', flowAction: 'accept' });
    const natTargets = [{ addressFrom: UPLINK, addressTo: UPLINK, portFrom: 1024, portTo: 65_535 }];
    await rig.create(`/chains/${outgoing}/rules`, { type: 'snat', flowAction: 'accept', natTargets, outPorts: [up] });
    const { body } = await rig.request('GET', `/routers/${edge}`);
    await rig.must('PUT', `/routers/${edge}`, {
      ...Object(body),
      inboundFilterId: incoming,
      outboundFilterId: outgoing,
    });
    web = await rig.plug(one, red, 'web', '10.1.0.10', '10.1.0.1');
    world = await rig.plug(two, outside, 'world', '203.0.113.1');
  });

  after(() => rig.close());

  // The hosts meet by this packet, which must not be there before the other host knows its connection.
  it('a machine pings the world as the uplink', async () => {
    await web.ping('203.0.113.1');
    assert.ok(world.count('10.1.0.10 >') === 0, world.log.join('\n'));
    assert.ok(world.count(UPLINK) > 0, world.log.join('\n'));
    assert.equal(one.agent.connections.table.size, 1);
    assert.equal(two.agent.connections.table.size, 1);
  });

  it('hosts that have nothing to tell each other do not meet', () => {
    const met = [one, two, far].map(({ agent }) => agent.connections.peers.exchange?.load.peers);
    assert.deepEqual(met, [1, 1, 0]);
  });

  it('what is known of it needs no agent', async () => {
    const upcalls = one.agent.loop.upcalls + two.agent.loop.upcalls;
    await web.ping('203.0.113.1');
    assert.equal(one.agent.loop.upcalls + two.agent.loop.upcalls, upcalls);
  });

  it('a connection of the datapath takes its port once, also when the other host told of it first', () => {
    const { connections } = one.agent;
    const [known] = connections.table.all();
    assert.ok(known !== undefined);
    const dst = ip('203.0.113.3');
    const began = { ...known, original: { ...known.original, dst }, reply: { ...known.reply, src: dst } };
    const reused = (): number => connections.allocator.stats().reused;
    const before = reused();
    connections.beganAt([began], two.agent.identity.id, 0);
    assert.equal(reused(), before, 'it is not known here who translated it');
    connections.began([began], 0);
    assert.equal(reused(), before + 1);
    connections.began([began], 0);
    assert.equal(reused(), before + 1);
  });
});
