import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Cloud } from '../lab/cloud.ts';
import { ask, echo } from '../lab/echo.ts';
import { Reach } from '../lab/reach.ts';
import { until } from '../lab/shell.ts';
import { Tenant } from '../lab/tenant.ts';

const SERVICE = '10.9.0.1';

/**
 * One service address behind two machines on two hosts, two equal routes to it:
 *
 *   web (hv1) ─ red 10.1.0.0/24 ─ r ─ transit 10.2.0.0/24 ┬ one (hv2) 10.2.0.11, also 10.9.0.1
 *                                                         └ two (hv3) 10.2.0.12, also 10.9.0.1
 */
describe('two equal routes', () => {
  let cloud: Cloud;
  let tenant: Tenant;
  let router = '';
  let down = '';
  const stop = new AsyncDisposableStack();
  const routes: Record<string, string> = {};

  before(async () => {
    cloud = new Cloud('mnecmp', 3);
    stop.use(cloud);
    await cloud.start();
    tenant = new Tenant(cloud, 'acme');
    const [red, transit] = [await tenant.bridge('red'), await tenant.bridge('transit')];
    router = await tenant.router('r');
    await tenant.join(red, router, ['10.1.0.1/24']);
    ({ down } = await tenant.join(transit, router, ['10.2.0.1/24']));
    await tenant.machine('web', { host: 'hv1', bridge: red, addresses: ['10.1.0.10/24'], gateways: ['10.1.0.1'] });
    for (const [vm, host, address] of [
      ['one', 'hv2', '10.2.0.11'],
      ['two', 'hv3', '10.2.0.12'],
    ] as const) {
      await tenant.machine(vm, { host, bridge: transit, addresses: [`${address}/24`], gateways: ['10.2.0.1'] });
      cloud.net.ip(vm, 'addr', 'add', `${SERVICE}/32`, 'dev', 'lo');
      stop.use(await echo(cloud.net, vm, SERVICE));
      routes[vm] = await tenant.route(router, `${SERVICE}/32`, { nextHopPort: down, nextHopGateway: address });
    }
    const reach = new Reach(cloud);
    reach.yes('web', '10.2.0.11');
    reach.yes('web', '10.2.0.12');
  });

  after(async () => {
    await stop.disposeAsync();
  });

  it('are both used over many flows, and each flow stays on one', (t) => {
    const flows = ask(cloud.net, 'web', { to: SERVICE, flows: 64, packets: 5 });
    for (const [i, words] of flows.entries()) {
      assert.equal(new Set(words).size, 1, `flow ${i} met ${words.join()}`);
    }
    const by = (vm: string): number => flows.filter(([word]) => word === vm).length;
    assert.equal(by('one') + by('two'), 64, 'every flow is answered');
    t.diagnostic(`of 64 flows ${by('one')} took one path, ${by('two')} the other`);
    // Fair coins leave this range once in ten million runs.
    assert.ok(by('one') >= 11 && by('two') >= 11, `one ${by('one')}, two ${by('two')}`);
  });

  it('become one when the other goes, and two when it comes back', async () => {
    const words = (): string =>
      [...new Set(ask(cloud.net, 'web', { to: SERVICE, flows: 32, packets: 1 }).flat())].sort().join(' ');
    assert.equal((await cloud.request('DELETE', `/routes/${routes['one'] ?? ''}`)).status, 204);
    await until('one path', () => words() === 'two');
    await tenant.route(router, `${SERVICE}/32`, { nextHopPort: down, nextHopGateway: '10.2.0.11' });
    await until('two paths', () => words() === 'one two');
  });
});
