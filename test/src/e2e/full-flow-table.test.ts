import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Cloud } from '../lab/cloud.ts';
import { ask, echo } from '../lab/echo.ts';
import { Reach } from '../lab/reach.ts';
import { until } from '../lab/shell.ts';
import { Tenant } from '../lab/tenant.ts';

const CAPACITY = 256;
const FLOWS = 2_000;

/**
 * Agents with room for 256 flows and a machine that makes thousands. The routers have two equal
 * routes, so that the mask of each flow has its UDP ports in it: one flow a connection.
 */
describe('a full flow table', () => {
  let cloud: Cloud;
  const stop = new AsyncDisposableStack();

  before(async () => {
    cloud = new Cloud('mnfull', 2);
    stop.use(cloud);
    await cloud.start('--max-flows', String(CAPACITY));
    const tenant = new Tenant(cloud, 'acme');
    const [red, transit] = [await tenant.bridge('red'), await tenant.bridge('transit')];
    const router = await tenant.router('r');
    await tenant.join(red, router, ['10.1.0.1/24']);
    const { down } = await tenant.join(transit, router, ['10.2.0.1/24']);
    await tenant.machine('web', { host: 'hv1', bridge: red, addresses: ['10.1.0.10/24'], gateways: ['10.1.0.1'] });
    await tenant.machine('app', { host: 'hv1', bridge: red, addresses: ['10.1.0.11/24'] });
    await tenant.machine('srv', {
      host: 'hv2',
      bridge: transit,
      addresses: ['10.2.0.11/24', '10.2.0.12/24'],
      gateways: ['10.2.0.1'],
    });
    cloud.net.ip('srv', 'addr', 'add', '10.9.0.1/32', 'dev', 'lo');
    for (const nextHopGateway of ['10.2.0.11', '10.2.0.12']) {
      await tenant.route(router, '10.9.0.1/32', { nextHopPort: down, nextHopGateway });
    }
    stop.use(await echo(cloud.net, 'srv', '10.9.0.1'));
    const reach = new Reach(cloud);
    for (const to of ['10.1.0.11', '10.2.0.11', '10.2.0.12']) reach.yes('web', to);
  });

  after(async () => {
    await stop.disposeAsync();
  });

  it('delivers every packet of many more flows than it holds', (t) => {
    const flows = ask(cloud.net, 'web', { to: '10.9.0.1', flows: FLOWS, packets: 2 });
    assert.equal(flows.length, FLOWS);
    const lost = flows.flat().filter((word) => word !== 'srv').length;
    assert.equal(lost, 0, `${lost} of ${2 * FLOWS} datagrams had no answer`);
    const { flows: held, evicted, drops } = cloud.agentStatus('hv1').datapath;
    t.diagnostic(`${FLOWS} flows through a table of ${CAPACITY}: ${evicted} evicted, ${held} held`);
    assert.ok(held <= CAPACITY, `${held} flows held`);
    assert.ok(evicted >= FLOWS - CAPACITY, `only ${evicted} evicted`);
    assert.equal(drops['upcallQueueFull'], 0);
  });

  it('keeps its size over a restart, and says so when asked for another', async () => {
    await cloud.agent('hv1').stop();
    await cloud.startAgent('hv1', '--max-flows', '512');
    await until('the agent to say so', () => cloud.agent('hv1').output.includes(`"maxFlows":${CAPACITY}`));
    const words = ask(cloud.net, 'web', { to: '10.9.0.1', flows: CAPACITY * 2, packets: 1 }).flat();
    assert.deepEqual([...new Set(words)], ['srv']);
    assert.ok(cloud.agentStatus('hv1').datapath.flows <= CAPACITY);
  });

  it('harms nobody else', () => {
    for (const host of cloud.hosts) assert.ok(cloud.agent(host).running, cloud.agent(host).output.slice(-3000));
    new Reach(cloud).yes('app', '10.1.0.10', '-c', '20');
  });
});
