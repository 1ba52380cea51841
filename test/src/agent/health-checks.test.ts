import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Rig, until, type RigHost } from './rig.ts';
import type { Station } from './station.ts';

/** Nobody answers to checks here: what is looked at is who makes them. */
describe('who checks a load balancer', () => {
  const rig = new Rig();
  const hosts: RigHost[] = [];
  const stations: Station[] = [];
  let router = '';
  let balancer = '';
  let pool = '';
  let member = '';

  before(async () => {
    await rig.startController();
    router = await rig.create('/routers', { name: 'r', tenantId: 'acme' });
    for (const n of [1, 2]) {
      const bridge = await rig.create('/bridges', { name: `b${n}`, tenantId: 'acme' });
      await rig.attach(router, bridge, `10.${n}.0.1/24`);
      const host = await rig.host(`hv${n}`);
      hosts.push(host);
      stations.push(await rig.plug(host, bridge, `vm${n}`, `10.${n}.0.10`, `10.${n}.0.1`));
    }
    balancer = await rig.create('/load_balancers', { tenantId: 'acme' });
    const timing = { delay: 1, timeout: 1, maxRetries: 1, adminStateUp: true };
    const healthMonitorId = await rig.create('/health_monitors', { type: 'TCP', ...timing });
    pool = await rig.create('/pools', { loadBalancerId: balancer, healthMonitorId, lbMethod: 'ROUND_ROBIN' });
    member = await rig.create('/pool_members', { poolId: pool, address: '10.2.0.10', protocolPort: 80 });
    const { body } = await rig.request('GET', `/routers/${router}`);
    await rig.must('PUT', `/routers/${router}`, { ...(body as object), loadBalancerId: balancer });
  });

  after(() => rig.close());

  const asking = (): RigHost[] => hosts.filter(({ agent }) => agent.checks.size > 0);
  const status = async (): Promise<unknown> =>
    Reflect.get((await rig.request('GET', `/pool_members/${member}`)).body as object, 'status');
  const detail = (): string =>
    JSON.stringify(hosts.map(({ agent }) => [agent.checks.status(), agent.answers.counters]));

  it('is nobody whose packets did not meet the router', async () => {
    assert.equal(asking().length, 0);
    assert.ok(hosts.every(({ agent }) => !agent.subscriptions.has({ kind: 'balancer', id: balancer })));
    assert.equal(
      Reflect.get((await rig.request('GET', `/pools/${pool}`)).body as object, 'mappingStatus'),
      'PENDING_CREATE',
    );
  });

  it('is one of those whose packets did, and it finds that nobody answers', async () => {
    await stations[0]?.ping('10.2.0.10');
    await until('one to ask', () => asking().length === 1, detail, 60_000);
    await until('the member to be down', async () => (await status()) === 'INACTIVE', detail, 60_000);
    assert.equal(asking().length, 1, detail());
    assert.ok(
      hosts.some(({ agent }) => agent.checks.findings.timeout > 0),
      detail(),
    );
  });

  it('is another one when that leaves, which knows who was down', async () => {
    const [leaving] = asking();
    const other = hosts.find((host) => host !== leaving);
    assert.ok(leaving !== undefined && other !== undefined);
    await until(
      'the other to follow it',
      () => other.agent.subscriptions.has({ kind: 'balancer', id: balancer }),
      detail,
    );
    hosts.splice(hosts.indexOf(leaving), 1);
    await leaving.agent.stop('remove');
    await until('the other to ask', () => other.agent.checks.size === 1, detail, 60_000);
    await until('the member to be down', async () => (await status()) === 'INACTIVE', detail, 60_000);
  });

  it('is nobody when there is nothing to ask', async () => {
    await rig.must('DELETE', `/pool_members/${member}`);
    await until('nobody to ask', () => asking().length === 0, detail, 60_000);
    await until(
      'the claim to be gone',
      async () => (await rig.store.get(`healthChecker/${balancer}`)) === undefined,
      detail,
    );
    member = await rig.create('/pool_members', { poolId: pool, address: '10.1.0.10', protocolPort: 80 });
    await until('it to ask again', () => asking().length === 1, detail, 60_000);
  });
});
