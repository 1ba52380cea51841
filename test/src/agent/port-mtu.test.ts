import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { DROP_REASONS } from '@midonet/flow';
import type { PortId } from '@midonet/topology';
import { Rig, until, type RigHost } from './rig.ts';
import type { Station } from './station.ts';

const LIMIT = 1000;
/** UDP of exactly as much. */
const FITS = LIMIT - 28;

/** web on the first host, app on its switch on the second, db on another switch there. */
describe('machines whose interface takes less than the overlay', () => {
  const rig = new Rig();
  let one: RigHost;
  let two: RigHost;
  let web: Station;
  let app: Station;
  let db: Station;

  before(async () => {
    await rig.startController();
    one = await rig.host('one');
    two = await rig.host('two');
    const { red, blue } = await rig.twoSwitches();
    web = await rig.plug(one, red, 'web', '10.1.0.10', '10.1.0.1');
    app = await rig.plug(two, red, 'app', '10.1.0.11', '10.1.0.1');
    db = await rig.plug(two, blue, 'db', '10.2.0.10', '10.2.0.1');
    await web.ping('10.1.0.11');
    await web.ping('10.2.0.10');
  });

  after(() => rig.close());

  const drops = (host: RigHost): number => host.agent.drops.total('tooLongForPort');
  const got = (station: Station, what: string, many: number): Promise<void> =>
    until(
      `${many} times ${what}`,
      () => station.count(what) === many,
      () => station.log.join('\n'),
    );
  const heard = (host: RigHost, port: string, limit: number): Promise<void> =>
    until('the limit to be heard of', () => host.agent.knowledge.portLimit(port as PortId) === limit); // brand: of a port

  it('what is on another host takes what the tunnels take', async () => {
    assert.equal(one.agent.knowledge.portLimit(app.port as PortId), 1450); // brand: of a port
    web.udp('10.1.0.11', 1, 9, 1450 - 28);
    await got(app, 'udp 1 > 9', 1);
    web.udp('10.1.0.11', 2, 9, 1450 - 28 + 1);
    await until('the drop', () => drops(one) === 1);
  });

  it('other hosts hear of an interface that is made smaller, and the flows to it go', async () => {
    two.links.resize('app', LIMIT);
    two.links.resize('db', LIMIT);
    await heard(one, app.port, LIMIT);
    await heard(one, db.port, LIMIT);
    web.udp('10.1.0.11', 3, 9, FITS);
    await got(app, 'udp 3 > 9', 1);
    web.udp('10.1.0.11', 4, 9, FITS + 1);
    await until('the drop', () => drops(one) === 2);
    const { by } = [...one.agent.drops.list()].find(({ reason }) => reason === 'tooLongForPort') ?? assert.fail();
    assert.deepEqual(by, { kind: 'port', id: app.port });
    assert.ok(DROP_REASONS.tooLongForPort.includes('no router on its way'));
  });

  it('a flow that stands sends longer packets up', async () => {
    for (const size of [FITS, FITS + 1, FITS, FITS + 1]) web.udp('10.1.0.11', 3, 9, size);
    await until('the drops', () => drops(one) === 4);
    await got(app, 'udp 3 > 9', 3);
  });

  it('a router on the way says what fits', async () => {
    web.udp('10.2.0.10', 5, 9, FITS + 1);
    await got(web, `fragmentation needed mtu ${LIMIT}`, 1);
    web.udp('10.2.0.10', 5, 9, FITS);
    await got(db, 'udp 5 > 9', 1);
    assert.equal(db.count('udp'), 1);
  });

  it('on the same host too', async () => {
    await app.ping('10.2.0.10');
    app.udp('10.2.0.10', 6, 9, FITS + 1);
    await got(app, `fragmentation needed mtu ${LIMIT}`, 1);
  });

  it('when it takes more again, more goes', async () => {
    two.links.resize('app', 1500);
    await heard(one, app.port, 1450);
    web.udp('10.1.0.11', 7, 9, FITS + 1);
    await got(app, 'udp 7 > 9', 1);
  });
});
