import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { BridgeId } from '@midonet/topology';
import { Rig, until, type RigHost } from './rig.ts';
import type { Station } from './station.ts';

/** red 10.1.0.0/24 on both hosts, blue 10.2.0.0/24 on the second, one router between them. */
describe('agents on the memory datapath with a real controller', () => {
  const rig = new Rig();
  let one: RigHost;
  let two: RigHost;
  let web: Station;
  let app: Station;
  let db: Station;
  let red = '';

  before(async () => {
    await rig.startController();
    one = await rig.host('one');
    two = await rig.host('two');
    const switches = await rig.twoSwitches();
    red = switches.red;
    web = await rig.plug(one, red, 'web', '10.1.0.10', '10.1.0.1');
    app = await rig.plug(two, red, 'app', '10.1.0.11', '10.1.0.1');
    db = await rig.plug(two, switches.blue, 'db', '10.2.0.10', '10.2.0.1');
  });

  after(() => rig.close());

  it('pings on one switch across hosts', () => web.ping('10.1.0.11'));
  it('pings the router', () => web.ping('10.1.0.1'));
  it('pings through the router across hosts', () => web.ping('10.2.0.10'));
  it('pings through the router on one host', () => app.ping('10.2.0.10'));

  it('carries a known flow without an upcall', async () => {
    await web.ping('10.1.0.11');
    const before = one.agent.loop.upcalls + two.agent.loop.upcalls;
    await web.ping('10.1.0.11');
    assert.equal(one.agent.loop.upcalls + two.agent.loop.upcalls, before);
  });

  it('answers for a machine that does not with host unreachable', async () => {
    web.udp('10.2.0.99', 1000);
    await until(
      'host unreachable',
      () => web.count('unreachable') > 0,
      () => web.log.join('\n'),
    );
  });

  it('a MAC that moves takes its flows along', async () => {
    await web.ping('10.1.0.11');
    const moved = await rig.plug(one, red, 'app2', '10.1.0.11', '10.1.0.1');
    app.silent = true;
    await moved.ping('10.1.0.1');
    web.udp('10.1.0.11', 2000);
    await until(
      'the datagram at the new place',
      () => moved.count('udp') > 0,
      () => moved.log.join('\n'),
    );
    moved.silent = true;
    app.silent = false;
    await app.ping('10.1.0.1');
    const where = (): unknown => one.agent.knowledge.macPort(red as BridgeId, 0, app.mac);
    await until(
      'the other host to hear of it',
      () => where() === app.port,
      () => String(where()),
    );
    await web.ping('10.1.0.11');
  });

  it('an interface that vanishes takes its port out; it comes back with it', async () => {
    await web.ping('10.2.0.10');
    two.links.remove('db');
    await rig.active(db.port, false);
    two.links.add('db');
    await rig.active(db.port);
    await web.ping('10.2.0.10');
  });

  it('goes on forwarding and simulating without a controller', async () => {
    await web.ping('10.2.0.10');
    await rig.stopController();
    await until(
      'the agents to notice',
      () => !one.agent.connection.status.connected && !two.agent.connection.status.connected,
    );
    await web.ping('10.2.0.10');
    const before = one.agent.processor.counters.simulated;
    web.udp('10.2.0.10', 4000);
    web.udp('10.1.0.11', 4000);
    await until(
      'both to be delivered',
      () => db.count('4000') > 0 && app.count('4000') > 0,
      () => db.log.join('\n'),
    );
    // What a router answers itself is never a flow: each echo is simulated.
    await web.ping('10.2.0.1');
    assert.ok(one.agent.processor.counters.simulated > before);
    await rig.startController();
    await until(
      'the agents to be back',
      () => one.agent.connection.status.connected && two.agent.connection.status.connected,
    );
  });

  it('a restarted agent keeps its identity, key and flows', async () => {
    await web.ping('10.2.0.10');
    const { identity } = one.agent;
    const flows = one.agent.flows.table.size;
    assert.ok(flows > 0);
    await one.agent.stop('keep');
    one = await rig.host('one');
    assert.equal(one.agent.identity.id, identity.id);
    assert.equal(one.agent.adoption.waiting, 0);
    assert.ok(one.agent.flows.table.size > 0);
    assert.equal(one.agent.loop.upcalls, 0);
    await web.ping('10.2.0.10');
    assert.equal(one.agent.loop.upcalls, 0);
  });

  it('a second agent on one state folder is refused with a clear error', async () => {
    await assert.rejects(rig.host('two'), /already uses .*give this one another folder/);
  });
});
