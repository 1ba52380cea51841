import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Cloud } from '../lab/cloud.ts';
import { NeutronProject, type Subnet } from '../lab/neutron-project.ts';
import { servePages } from '../lab/pages.ts';
import { Reach } from '../lab/reach.ts';
import { until, type Daemon } from '../lab/shell.ts';

const APPS = ['app1', 'app2'];
/** VIPs on the outside network and on the members' own, and what leads to them from outside. */
const AT = {
  outside: '203.0.113.80',
  inside: '10.1.0.80',
  floating: '203.0.113.81',
  v2: '10.1.0.90',
  v2Floating: '203.0.113.91',
  v2Over6: 'fd00:1::90',
};

/**
 * Load balancers as neutron-server tells of them. Both members have a floating IP, too, or one of them.
 *
 * ```
 *  ext 203.0.113.0/24 ── r ── red 10.1.0.0/24, fd00:1::/64: app1 .11 hv1 (floating) · app2 .12 hv2 · near .20 hv3 · VIP of v2 .90
 *  out .200 hv3             └ blue 10.2.0.0/24: far .20 hv1
 * ```
 */
describe("Neutron's load balancers", () => {
  let cloud: Cloud;
  let reach: Reach;
  let acme: NeutronProject;
  let group = '';
  let router = '';
  let ext: Subnet;
  let red: Subnet;
  let red6: Subnet;
  const servers = new Map<string, Daemon>();
  const pools: string[] = [];
  const members: string[] = [];

  before(async () => {
    cloud = new Cloud('mnnlb', 3);
    await cloud.start();
    reach = new Reach(cloud);
    acme = new NeutronProject(cloud, 'acme');
    group = await acme.defaultGroup();
    ext = await acme.subnet(await acme.network('ext', { 'router:external': true }), '203.0.113.0/24', {
      gateway_ip: '203.0.113.1',
      enable_dhcp: false,
    });
    red = await acme.subnet(await acme.network('red'), '10.1.0.0/24', { gateway_ip: '10.1.0.1' });
    red6 = await acme.subnet(red.network, 'fd00:1::/64');
    const blue = await acme.subnet(await acme.network('blue'), '10.2.0.0/24', { gateway_ip: '10.2.0.1' });
    router = await acme.router('r');
    await acme.join(router, red, '10.1.0.1');
    await acme.join(router, blue, '10.2.0.1');
    await acme.setGateway(router, ext, '203.0.113.5');
    const open = await acme.group('open');
    for (const protocol of ['tcp', 'icmp']) await acme.rule(open, { protocol });
    await acme.rule(open, { ethertype: 'IPv6', protocol: 'tcp' });
    const machine = async (vm: string, host: string, mac: string, subnet: Subnet, address: string, via: string) => {
      const address6 = address.replace('10.1.0.', 'fd00:1::');
      const is6 = subnet === red;
      cloud.wire(vm, { host, mac, addresses: [`${address}/24`, ...(is6 ? [`${address6}/64`] : [])] });
      if (via !== '') cloud.net.ip(vm, 'route', 'add', 'default', 'via', via);
      return acme.instance(vm, {
        host,
        mac,
        at: [{ subnet, address }, ...(is6 ? [{ subnet: red6, address: address6 }] : [])],
        groups: [group, open],
      });
    };
    const app1 = await machine('app1', 'hv1', 'fa:16:3e:00:01:11', red, '10.1.0.11', '10.1.0.1');
    await machine('app2', 'hv2', 'fa:16:3e:00:01:12', red, '10.1.0.12', '10.1.0.1');
    await machine('near', 'hv3', 'fa:16:3e:00:01:20', red, '10.1.0.20', '10.1.0.1');
    await machine('far', 'hv1', 'fa:16:3e:00:02:20', blue, '10.2.0.20', '10.2.0.1');
    await machine('out', 'hv3', 'fa:16:3e:00:03:20', ext, '203.0.113.200', '');
    const own = await acme.floatingIp(ext, '203.0.113.82');
    await acme.associate(own.id, router, app1, '10.1.0.11');
    for (const vm of APPS) servers.set(vm, servePages(cloud.net, vm, { address: '::', port: 8080 }));
    for (const vm of APPS) await until(`${vm} to serve`, () => curl(vm, '127.0.0.1', 8080) === vm);
  });

  after(async () => {
    await Promise.all([...servers.values()].map((server) => server.stop('SIGKILL')));
    await cloud[Symbol.asyncDispose]();
  });

  function curl(vm: string, address: string, port = 80): string {
    const host = address.includes(':') ? `[${address}]` : address;
    return cloud.net.exec(vm, ['curl', '-s', '-g', '-m', '1', `http://${host}:${port}/`]).stdout;
  }

  /** Soon, and from then on: every connection is served, each member has some. */
  async function served(vm: string, address: string, by: readonly string[] = APPS): Promise<void> {
    const detail = (): string => reach.logs();
    await until(`${vm} to get a page of ${address}`, () => by.includes(curl(vm, address)), { detail });
    const answers = Array.from({ length: 24 }, () => curl(vm, address));
    assert.deepEqual([...new Set(answers)].sort(), [...by].sort(), `${vm} → ${address}\n${detail()}`);
  }

  async function addMembers(
    kind: 'neutronLbMembers' | 'neutronPoolMembersV2',
    pool_id: string,
    addresses: readonly string[] = ['10.1.0.11', '10.1.0.12'],
  ): Promise<void> {
    for (const address of addresses) {
      const id = randomUUID();
      await acme.api[kind].create({
        body: { id, tenant_id: 'acme', pool_id, address, protocol_port: 8080, weight: 1 },
      });
      members.push(id);
    }
  }

  it('of the first kind have an address in the outside network, for outside and inside', async () => {
    const pool_id = randomUUID();
    pools.push(pool_id);
    const pool = { protocol: 'HTTP', lb_method: 'ROUND_ROBIN', subnet_id: red.id, router_id: router };
    await acme.api.neutronLbPools.create({ body: { id: pool_id, tenant_id: 'acme', name: 'v1', ...pool } });
    await addMembers('neutronLbMembers', pool_id);
    const owner = { device_owner: 'neutron:LOADBALANCER', device_id: pool_id };
    const port_id = await acme.port([{ subnet: ext, address: AT.outside }], owner);
    const vip = { pool_id, subnet_id: ext.id, port_id, address: AT.outside, protocol: 'HTTP', protocol_port: 80 };
    await acme.api.neutronLbVips.create({ body: { id: randomUUID(), tenant_id: 'acme', ...vip } });
    await served('out', AT.outside);
    await served('far', AT.outside);
    // In the members' own network, and a member itself, which has a floating IP.
    await served('near', AT.outside);
    await served('app1', AT.outside);
  });

  it('of the first kind have one in the members network, with a floating IP for outside', async () => {
    const pool_id = randomUUID();
    pools.push(pool_id);
    await acme.api.neutronLbPools.create({ body: { id: pool_id, tenant_id: 'acme', subnet_id: red.id } });
    await addMembers('neutronLbMembers', pool_id);
    const owner = { device_owner: 'neutron:LOADBALANCER', device_id: pool_id };
    const port_id = await acme.port([{ subnet: red, address: AT.inside }], owner);
    const vip = { pool_id, subnet_id: red.id, port_id, address: AT.inside, protocol_port: 80 };
    await acme.api.neutronLbVips.create({ body: { id: randomUUID(), tenant_id: 'acme', ...vip } });
    await served('near', AT.inside);
    await served('far', AT.inside);
    const { id } = await acme.floatingIp(ext, AT.floating);
    await acme.associate(id, router, port_id, AT.inside);
    await served('out', AT.floating);
    await served('far', AT.floating);
  });

  /** With a group that lets nothing but port 80 in. Gives the port of the VIP, and the pool. */
  async function makeV2(subnet: Subnet, address: string, addresses: readonly string[]): Promise<[string, string]> {
    const { api } = acme;
    const [lb, listener, pool_id] = [randomUUID(), randomUUID(), randomUUID()];
    const front = await acme.group('front');
    for (const ethertype of ['IPv4', 'IPv6'] as const) {
      await acme.rule(front, { ethertype, protocol: 'tcp', port_range_min: 80, port_range_max: 80 });
      await acme.rule(front, { ethertype, direction: 'egress' });
    }
    const owner = { device_owner: 'neutron:LOADBALANCERV2', device_id: lb, admin_state_up: false };
    const vip_port_id = await acme.port([{ subnet, address }], { ...owner, security_groups: [front] });
    const common = { tenant_id: 'acme', admin_state_up: true };
    const at = { vip_address: address, vip_subnet_id: subnet.id, vip_port_id };
    await api.neutronLoadBalancersV2.create({ body: { id: lb, ...common, ...at } });
    const loadbalancers = [{ id: lb }];
    const front80 = { protocol: 'TCP', protocol_port: 80, loadbalancers };
    await api.neutronListenersV2.create({ body: { id: listener, ...common, ...front80 } });
    const pool = { protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN', listeners: [{ id: listener }], loadbalancers };
    await api.neutronPoolsV2.create({ body: { id: pool_id, ...common, ...pool } });
    await addMembers('neutronPoolMembersV2', pool_id, addresses);
    return [vip_port_id, pool_id];
  }

  it('of the second kind serve neighbours, other networks, and outside by a floating IP', async () => {
    const [port, pool] = await makeV2(red, AT.v2, ['10.1.0.11', '10.1.0.12']);
    pools.push(pool);
    await served('near', AT.v2);
    await served('app1', AT.v2);
    await served('far', AT.v2);
    const { id } = await acme.floatingIp(ext, AT.v2Floating);
    await acme.associate(id, router, port, AT.v2);
    await served('out', AT.v2Floating);
    // Its own security group says 80 and no more.
    assert.match(reach.ping('near', AT.v2, '-W', '0.5').stdout, / 100% packet loss/);
  });

  it('of the second kind serve IPv6', async () => {
    await makeV2(red6, AT.v2Over6, ['fd00:1::11', 'fd00:1::12']);
    await served('near', AT.v2Over6);
    await served('app1', AT.v2Over6);
  });

  it('leave out members that do not answer their checks', async () => {
    const { api } = acme;
    const [first, , second] = pools;
    const checks = { type: 'HTTP', delay: 1, timeout: 3, max_retries: 1, url_path: '/', expected_codes: '200' };
    const common = { tenant_id: 'acme', ...checks };
    await api.neutronLbHealthMonitors.create({ body: { ...common, pools: [{ pool_id: first ?? '' }] } });
    await api.neutronHealthMonitorsV2.create({ body: { ...common, pools: [{ id: second ?? '' }] } });
    await served('out', AT.outside);
    await servers.get('app2')?.stop('SIGKILL');
    const down = async (member: string | undefined): Promise<boolean> =>
      (await api.poolMembers.get({ id: member ?? '' })).status === 'INACTIVE';
    for (const member of [members[1], members[5]]) {
      await until('app2 to be down', () => down(member), { timeoutMs: 60_000, detail: () => reach.logs() });
    }
    await served('out', AT.outside, ['app1']);
    await served('near', AT.v2, ['app1']);
    await served('out', AT.v2Floating, ['app1']);
  });
});
