import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Capture } from '../lab/capture.ts';
import { Cloud } from '../lab/cloud.ts';
import { Reach } from '../lab/reach.ts';
import { Tenant } from '../lab/tenant.ts';

/** Two tenants with the same addresses, the same MACs and the same networks on the same two hosts. */
describe('tenants with identical networks never mix', () => {
  let cloud: Cloud;
  let reach: Reach;
  const routers: Record<string, string> = {};

  before(async () => {
    cloud = new Cloud('mntnt', 2);
    await cloud.start();
    reach = new Reach(cloud);
    for (const name of ['a', 'b'] as const) {
      const tenant = new Tenant(cloud, name);
      const [red, blue] = [await tenant.bridge('red'), await tenant.bridge('blue')];
      const router = await tenant.router('r');
      routers[name] = router;
      await tenant.join(red, router, ['10.1.0.1/24', 'fd00:1::1/64']);
      await tenant.join(blue, router, ['10.2.0.1/24', 'fd00:2::1/64']);
      for (const [vm, host, bridge, n, address] of [
        ['web', 'hv1', red, 1, 10],
        ['app', 'hv2', red, 1, 11],
        ['db', 'hv2', blue, 2, 10],
      ] as const) {
        await tenant.machine(`${name}-${vm}`, {
          host,
          bridge,
          addresses: [`10.${n}.0.${address}/24`, `fd00:${n}::${address}/64`],
          mac: `02:00:00:00:0${n}:${address}`,
          gateways: [`10.${n}.0.1`, `fd00:${n}::1`],
        });
      }
    }
  });

  after(async () => {
    await cloud[Symbol.asyncDispose]();
  });

  for (const [own, other, to, machine] of [
    ['a', 'b', '10.1.0.11', 'app'],
    ['b', 'a', '10.1.0.11', 'app'],
    ['a', 'b', '10.2.0.10', 'db'],
    ['b', 'a', 'fd00:2::10', 'db'],
  ] as const) {
    it(`takes ${own}'s packets for ${to} to ${own}'s machine alone`, async () => {
      await using mine = await Capture.start(cloud.net, `${own}-${machine}`, 'eth0');
      await using theirs = await Capture.start(cloud.net, `${other}-${machine}`, 'eth0');
      await using neighbour = await Capture.start(cloud.net, `${other}-web`, 'eth0');
      // Each tenant asks for another one, as the ARP of the test before may still be repeated.
      const nobody = own === 'a' ? '10.1.0.77' : '10.1.0.78';
      const size = own === 'a' ? 321 : 432;
      reach.yes(`${own}-web`, to, '-s', String(size));
      // Not even a broadcast crosses: the ARP of a machine that does not exist reaches its own network only.
      cloud.net.exec(`${own}-web`, ['ping', '-n', '-c', '1', '-W', '0.5', nobody]);
      await mine.sees(new RegExp(`echo request.*length ${size + 8}`));
      for (const foreign of [theirs, neighbour]) {
        assert.doesNotMatch(foreign.text, /echo re/);
        assert.doesNotMatch(foreign.text, new RegExp(`who-has ${nobody} `));
      }
    });
  }

  it('leaves one tenant alone when the other changes', async () => {
    await cloud.update(`/routers/${routers['a'] ?? ''}`, { adminStateUp: false });
    await reach.notSoon('a-web', '10.2.0.10');
    reach.yes('b-web', '10.2.0.10');
    await cloud.update(`/routers/${routers['a'] ?? ''}`, { adminStateUp: true });
    await reach.soon('a-web', '10.2.0.10');
  });
});
