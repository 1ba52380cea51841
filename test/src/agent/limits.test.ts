import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Rig, until, type RigHost } from './rig.ts';
import type { Station } from './station.ts';

/** A kilobit a second, and 125 bytes at once: the second or third packet is over it. */
const TIGHT = { maxKbps: 1, maxBurstKb: 1 };

/** QoS policies as agents bring them into their datapaths: two machines on two hosts, one bridge. */
describe('agents limit ports as their policies say', () => {
  const rig = new Rig();
  let one: RigHost;
  let two: RigHost;
  let web: Station;
  let app: Station;
  let red = '';

  before(async () => {
    await rig.startController();
    one = await rig.host('one');
    two = await rig.host('two');
    red = await rig.create('/bridges', { name: 'red', tenantId: 'acme' });
    web = await rig.plug(one, red, 'web', '10.1.0.10');
    app = await rig.plug(two, red, 'app', '10.1.0.11');
    await web.ping('10.1.0.11');
  });

  after(() => rig.close());

  const meter = ({ agent }: RigHost): number => agent.datapath.counters().drops.meter;
  const policy = (...rules: readonly object[]): Promise<string> => rig.create('/qos_policies', { rules });
  const set = (path: string, qosPolicyId: string | null): Promise<void> => rig.must('PUT', path, { qosPolicyId });

  /** Sends until the limit shows. */
  async function limited(at: RigHost): Promise<void> {
    const before = meter(at);
    let port = 1000;
    await until(
      'packets over the limit',
      () => {
        web.udp('10.1.0.11', port++);
        return meter(at) > before;
      },
      () => JSON.stringify(at.agent.datapath.counters()),
    );
  }

  /** Sends until all of so many in a row arrive. */
  async function unlimited(): Promise<void> {
    let [sent, port] = [0, 30_000];
    await until('ten packets in a row to arrive', async () => {
      const [before, drops] = [app.count('udp'), meter(one) + meter(two)];
      for (sent = 0; sent < 10; sent++) web.udp('10.1.0.11', port++);
      await until('all or a drop', () => app.count('udp') >= before + sent || meter(one) + meter(two) > drops);
      return meter(one) + meter(two) === drops;
    });
  }

  it('limits what a machine sends, live, and no longer when the policy goes', async () => {
    await unlimited();
    const id = await policy({ ...TIGHT });
    await set(`/ports/${web.port}`, id);
    await limited(one);
    assert.equal(meter(two), 0);
    await rig.must('DELETE', `/qos_policies/${id}`);
    await unlimited();
  });

  it('limits what a machine gets on its own host', async () => {
    const before = meter(one);
    await set(`/ports/${app.port}`, await policy({ ...TIGHT, direction: 'ingress' }));
    await limited(two);
    assert.equal(meter(one), before);
    await set(`/ports/${app.port}`, null);
    await unlimited();
  });

  it("takes the bridge's policy, which a port's own goes before", async () => {
    const id = await policy({ ...TIGHT, direction: 'both' });
    await set(`/bridges/${red}`, id);
    await limited(one);
    const wide = await policy({ maxKbps: 1_000_000, direction: 'both' });
    for (const { port } of [web, app]) await set(`/ports/${port}`, wide);
    await unlimited();
    for (const { port } of [web, app]) await set(`/ports/${port}`, null);
    await limited(one);
    await set(`/bridges/${red}`, null);
    await unlimited();
  });

  it('a rule that changes or goes changes the limit', async () => {
    const id = await policy({ ...TIGHT });
    await set(`/ports/${web.port}`, id);
    await limited(one);
    const { body } = await rig.request('GET', `/qos_policies/${id}`);
    const [rule] = (body as { rules: { id: string }[] }).rules;
    await rig.must('PUT', `/qos_bw_limit_rules/${rule?.id}`, { maxKbps: 1_000_000, maxBurstKb: 0 });
    await unlimited();
    await rig.must('PUT', `/qos_bw_limit_rules/${rule?.id}`, TIGHT);
    await limited(one);
    await rig.must('DELETE', `/qos_bw_limit_rules/${rule?.id}`);
    await unlimited();
    await set(`/ports/${web.port}`, null);
  });

  it('marks live, and flows of the old mark go', async () => {
    await unlimited();
    const seen = (): string[] =>
      one.agent.datapath.dump().flatMap(({ actions }) => actions.map((one) => JSON.stringify(one)));
    const marks = (value: number): boolean => seen().some((text) => text.includes(`"ipTos","value":${value}`));
    const id = await policy({ dscpMark: 46 });
    await set(`/bridges/${red}`, id);
    const send = (value: number) => () => {
      web.udp('10.1.0.11', 4000);
      return marks(value);
    };
    await until('flows that mark', send(184), () => seen().join());
    const { body } = await rig.request('GET', `/qos_policies/${id}`);
    const [rule] = (body as { rules: { id: string }[] }).rules;
    await rig.must('PUT', `/qos_dscp_rules/${rule?.id}`, { dscpMark: 10 });
    await until('flows that mark anew', send(40));
    assert.ok(!marks(184));
    await set(`/bridges/${red}`, null);
    await until('flows that mark nothing', () => !seen().some((text) => text.includes('ipTos')));
  });

  it('an agent that starts again without a controller limits as before', async () => {
    const id = await policy({ ...TIGHT });
    await set(`/ports/${web.port}`, id);
    await limited(one);
    await one.agent.stop('keep');
    await rig.stopController();
    one = await rig.host('one');
    await limited(one);
    await rig.startController();
    await until('the controller', () => one.agent.connection.status.connected);
    await rig.must('DELETE', `/qos_policies/${id}`);
    await unlimited();
  });
});
