import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TracedPacketDto } from '@midonet/contract';
import { Rig, until, type RigHost } from './rig.ts';
import type { Station } from './station.ts';

/** web on one host, db on the other, a router between. */
describe('trace requests on the memory datapath', () => {
  const rig = new Rig();
  let one: RigHost;
  let two: RigHost;
  let web: Station;
  let request = '';

  const packets = async (): Promise<readonly TracedPacketDto[]> =>
    (await rig.request('GET', `/traces/${request}/packets`)).body as readonly TracedPacketDto[];
  const told = async (count: number): Promise<readonly TracedPacketDto[]> => {
    let seen: readonly TracedPacketDto[] = [];
    await until(
      `${count} packets`,
      async () => {
        seen = await packets();
        return (
          seen.length >= count && seen.every(({ arrivals, verdict }) => verdict !== 'forward' || arrivals.length > 0)
        );
      },
      () => JSON.stringify(seen, undefined, 1),
    );
    return seen;
  };

  before(async () => {
    await rig.startController();
    one = await rig.host('one');
    two = await rig.host('two');
    const { red, blue, router } = await rig.twoSwitches();
    web = await rig.plug(one, red, 'web', '10.1.0.10', '10.1.0.1');
    await rig.plug(two, blue, 'db', '10.2.0.10', '10.2.0.1');
    await web.ping('10.2.0.10');
    const condition = { nwProto: 1, nwSrcAddress: '10.1.0.10', nwDstAddress: '10.2.0.10' };
    const body = { name: 't', deviceType: 'ROUTER', deviceId: router, condition, limit: 4, enabled: true };
    request = await rig.create('/traces', body);
  });

  after(() => rig.close());

  it('packets that had a flow come up, request and answer are one account, each with where it came out', async () => {
    await until('the router to have it', () =>
      [one, two].every(({ agent }) => {
        const { devices } = agent.knowledge;
        return [...devices.routerIds()].every((id) => devices.router(id)?.traces.size === 1);
      }),
    );
    await web.ping('10.2.0.10');
    const [there, back] = await told(2);
    assert.deepEqual([there?.way, there?.host, there?.arrivals.map(({ host }) => host)], ['forward', 'one', ['two']]);
    assert.deepEqual([back?.way, back?.host, back?.arrivals.map(({ host }) => host)], ['return', 'two', ['one']]);
    assert.equal(there?.flow, back?.flow);
    assert.match(there?.arrivals[0]?.packet ?? '', /10\.1\.0\.10 > 10\.2\.0\.10/);
    assert.ok(there?.steps.some(({ at, action }) => at.kind === 'router' && action.kind === 'route'));
  });

  it('behind the limit packets have flows again', async () => {
    for (let i = 0; i < 4; i++) await web.ping('10.2.0.10');
    const { recorded } = one.agent.traces.counters;
    assert.equal(recorded, 4);
    const before = one.agent.loop.upcalls;
    await web.ping('10.2.0.10');
    await web.ping('10.2.0.10');
    assert.equal(one.agent.loop.upcalls, before);
    assert.equal((await told(8)).length, 8);
  });

  it('a rule that traces begins with its chain, and ends with its limit and with its request', async () => {
    const [router] = [...one.agent.knowledge.devices.routerIds()];
    const traces = { deviceType: 'ROUTER', deviceId: router, condition: { condInvert: true }, enabled: true };
    const byRule = await rig.create('/traces', { name: 'by rule', ...traces });
    const chain = await rig.create('/chains', { name: 'c', tenantId: 'acme' });
    await rig.create(`/chains/${chain}/rules`, { type: 'trace', requestId: byRule, limit: 2, nwProto: 1 });
    await rig.request('PUT', `/routers/${router ?? ''}`, { inboundFilterId: chain });
    const seen = async (): Promise<readonly TracedPacketDto[]> =>
      (await rig.request('GET', `/traces/${byRule}/packets`)).body as readonly TracedPacketDto[];
    await until('packets to be traced', async () => {
      await web.ping('10.2.0.10');
      return (await seen()).length >= 4;
    });
    await web.ping('10.2.0.10');
    const packets = await seen();
    assert.deepEqual([packets.length, new Set(packets.map(({ host }) => host)).size], [4, 2], 'two a host');
    assert.ok(
      packets[0]?.steps.some(({ action }) => action.kind === 'rule' && String(action['does']).startsWith('trace for')),
    );
    assert.equal((await rig.request('DELETE', `/traces/${byRule}`)).status, 204);
    assert.deepEqual((await rig.request('GET', `/chains/${chain}/rules`)).body, []);
  });

  it('a deleted request takes what was traced with it, and flows with it do not come again', async () => {
    const { recorded } = one.agent.traces.counters;
    const { status } = await rig.request('DELETE', `/traces/${request}`);
    assert.equal(status, 204);
    await until('both hosts to forget it', () =>
      [one, two].every(({ agent }) => [...agent.rows.owned()].every(({ kind }) => kind !== 'tracedPacket')),
    );
    assert.deepEqual((await rig.store.list('tracedPacket/')).entries, []);
    await web.ping('10.2.0.10');
    assert.equal(one.agent.traces.counters.recorded, recorded);
  });
});
