import type { Cloud } from './cloud.ts';
import { Reach } from './reach.ts';
import { Tenant } from './tenant.ts';

/**
 * Two subnets behind a router, IPv4 and IPv6, on a cloud of two hosts: `web` (10.1.0.10, fd00:1::10) and
 * `near` (10.2.0.11, fd00:2::11) on hv1, `db` (10.2.0.10, fd00:2::10) on hv2. `web` reaches both. Gives the router.
 */
export async function nearAndFar(cloud: Cloud): Promise<{ readonly router: string; readonly reach: Reach }> {
  const tenant = new Tenant(cloud, 'acme');
  const [red, blue] = [await tenant.bridge('red'), await tenant.bridge('blue')];
  const router = await tenant.router('r');
  await tenant.join(red, router, ['10.1.0.1/24', 'fd00:1::1/64']);
  await tenant.join(blue, router, ['10.2.0.1/24', 'fd00:2::1/64']);
  for (const [vm, host, bridge, n, address] of [
    ['web', 'hv1', red, 1, 10],
    ['near', 'hv1', blue, 2, 11],
    ['db', 'hv2', blue, 2, 10],
  ] as const) {
    await tenant.machine(vm, {
      host,
      bridge,
      addresses: [`10.${n}.0.${address}/24`, `fd00:${n}::${address}/64`],
      gateways: [`10.${n}.0.1`, `fd00:${n}::1`],
    });
  }
  const reach = new Reach(cloud);
  for (const to of ['10.2.0.10', 'fd00:2::10', '10.2.0.11']) reach.yes('web', to);
  return { router, reach };
}
