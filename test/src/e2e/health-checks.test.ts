import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Cloud } from '../lab/cloud.ts';
import { servePages } from '../lab/pages.ts';
import { Reach } from '../lab/reach.ts';
import { type Daemon, run, until } from '../lab/shell.ts';
import { Tenant } from '../lab/tenant.ts';

const VIP = '10.9.0.1';
const VIP6 = 'fd00:9::1';
/** Leases of ten seconds, and machines that stall. */
const PATIENCE = { timeoutMs: 90_000, everyMs: 200 };

type Health = { readonly loadBalancers: number; readonly up: number };

/** A client and two members, each on a hypervisor of its own; the agents ask the members themselves. */
describe('health checks over three hypervisors', () => {
  let cloud: Cloud;
  let reach: Reach;
  const servers = new Map<string, Daemon>();
  /** By machine: members of the TCP pool, the HTTP pool and the IPv6 pool. */
  const members = new Map<string, string[]>();
  let httpMonitor = '';
  const links = new Map<string, string>();

  before(async () => {
    cloud = new Cloud('mnhc', 3);
    await cloud.start();
    reach = new Reach(cloud);
    const tenant = new Tenant(cloud, 'acme');
    const [red, blue] = [await tenant.bridge('red'), await tenant.bridge('blue')];
    const edge = await tenant.router('edge');
    await tenant.join(red, edge, ['10.1.0.1/24', 'fd00:1::1/64']);
    await tenant.join(blue, edge, ['10.2.0.1/24', 'fd00:2::1/64']);
    await tenant.machine('web', {
      ...{ host: 'hv1', bridge: red, addresses: ['10.1.0.10/24', 'fd00:1::10/64'] },
      gateways: ['10.1.0.1', 'fd00:1::1'],
    });
    for (const n of [1, 2]) {
      const addresses = [`10.2.0.1${n}/24`, `fd00:2::1${n}/64`];
      await tenant.machine(`app${n}`, {
        ...{ host: `hv${n + 1}`, bridge: blue, addresses },
        gateways: ['10.2.0.1', 'fd00:2::1'],
      });
      startServer(`app${n}`);
      members.set(`app${n}`, []);
    }
    for (const host of cloud.hosts) links.set(host, interfaces(host));
    const loadBalancerId = await cloud.create('/load_balancers', {});
    const timing = { delay: 1, timeout: 1, maxRetries: 2, adminStateUp: true };
    const tcpMonitor = await cloud.create('/health_monitors', { type: 'TCP', ...timing });
    httpMonitor = await cloud.create('/health_monitors', { type: 'HTTP', urlPath: '/', ...timing });
    for (const [healthMonitorId, address, port, net] of [
      [tcpMonitor, VIP, 80, '10.2.0.1'],
      [httpMonitor, VIP, 81, '10.2.0.1'],
      [tcpMonitor, VIP6, 80, 'fd00:2::1'],
    ] as const) {
      const poolId = await cloud.create('/pools', { loadBalancerId, healthMonitorId, lbMethod: 'ROUND_ROBIN' });
      await cloud.create('/vips', { poolId, address, protocolPort: port });
      for (const n of [1, 2]) {
        const member = await cloud.create('/pool_members', { poolId, address: `${net}${n}`, protocolPort: 8080 });
        members.get(`app${n}`)?.push(member);
      }
    }
    // Every host has met the router by now, and finds its load balancer without another packet.
    for (const n of [1, 2]) await reach.soon('web', `10.2.0.1${n}`);
    await cloud.update(`/routers/${edge}`, { loadBalancerId });
  });

  after(async () => {
    for (const server of servers.values()) await server.stop('SIGKILL');
    await cloud[Symbol.asyncDispose]();
  });

  function startServer(vm: string): void {
    servers.set(vm, servePages(cloud.net, vm, { address: '::', port: 8080 }));
  }

  const interfaces = (host: string): string => cloud.net.mustExec(host, ['ip', '-o', 'link']).replace(/\d+:.*?: /g, '');

  /** By the agent's own socket: a process of the product for each question takes its time. All zero while it starts. */
  const health = (host: string): Health => {
    const socket = `${cloud.state}/${host}/agent.sock`;
    const { code, stdout } = run(['curl', '-sS', '--unix-socket', socket, 'http://agent/status']);
    if (code !== 0) return { loadBalancers: 0, up: 0 };
    return (JSON.parse(stdout) as { readonly healthChecks: Health }).healthChecks;
  };

  /** The hosts that ask, of those whose agent runs. */
  const checkers = (hosts: readonly string[]): string[] => hosts.filter((host) => health(host).loadBalancers > 0);

  const details = (): string => `${reach.logs()}\n${JSON.stringify(cloud.hosts.map((host) => health(host)))}`;

  async function statuses(vm: string): Promise<string> {
    const answers = (members.get(vm) ?? []).map((id) => cloud.request('GET', `/pool_members/${id}`));
    return (await Promise.all(answers)).map(({ body }) => (body as { status: string }).status).join(' ');
  }

  const toBe = (vm: string, status: string): Promise<unknown> =>
    until(
      `the members of ${vm} to be ${status}`,
      async () => (await statuses(vm)) === Array(3).fill(status).join(' '),
      {
        ...PATIENCE,
        detail: () => reach.logs(),
      },
    );

  /** Who answers at a VIP, fetched again and again; every fetch must be answered. */
  function answerers(url: string, times = 8): string[] {
    const names = Array.from({ length: times }, () => {
      const ran = cloud.net.exec('web', ['curl', '-gsS', '-m', '20', url]);
      assert.equal(ran.code, 0, `${url}: ${ran.stderr}\n${reach.logs()}`);
      return ran.stdout;
    });
    return [...new Set(names)].sort();
  }

  const vips = [`http://${VIP}/`, `http://${VIP}:81/`, `http://[${VIP6}]/`];

  it('one agent asks all members, by TCP and HTTP, over IPv4 and IPv6', async () => {
    await until('one agent to ask all', () => checkers(cloud.hosts).length === 1, { ...PATIENCE, detail: details });
    const [checker = ''] = checkers(cloud.hosts);
    await until('all members to be found well', () => health(checker).up === 6, { ...PATIENCE, detail: details });
    const pools = (await cloud.request('GET', '/pools')).body as { mappingStatus: string }[];
    assert.deepEqual(new Set(pools.map(({ mappingStatus }) => mappingStatus)), new Set(['ACTIVE']));
    for (const url of vips) assert.deepEqual(answerers(url, 16), ['app1', 'app2'], url);
  });

  it('a member whose server ended gets no new connections until it is back', async () => {
    await servers.get('app1')?.stop('SIGKILL');
    await toBe('app1', 'INACTIVE');
    for (const url of vips) {
      await until(`all agents to know, at ${url}`, () => answerers(url).join() === 'app2', PATIENCE);
    }
    assert.equal(await statuses('app2'), 'ACTIVE ACTIVE ACTIVE');
    startServer('app1');
    await toBe('app1', 'ACTIVE');
    for (const url of vips) await until(`${url} to use it again`, () => answerers(url).includes('app1'), PATIENCE);
  });

  it('HTTP: an answer of another status than the expected ones is none', async () => {
    await cloud.update(`/health_monitors/${httpMonitor}`, { expectedCodes: '204' });
    for (const vm of ['app1', 'app2']) {
      await until(`${vm} to be down for HTTP alone`, async () => (await statuses(vm)) === 'ACTIVE INACTIVE ACTIVE', {
        ...PATIENCE,
        detail: details,
      });
    }
    await cloud.update(`/health_monitors/${httpMonitor}`, { expectedCodes: '200' });
    for (const vm of ['app1', 'app2']) await toBe(vm, 'ACTIVE');
  });

  it('an agent that is killed and comes back within its lease goes on', async () => {
    const before = checkers(cloud.hosts);
    const [killed = ''] = before;
    await cloud.agent(killed).stop('SIGKILL');
    await cloud.startAgent(killed);
    for (const vm of ['app1', 'app2']) await toBe(vm, 'ACTIVE');
    await until('one to ask all', () => checkers(cloud.hosts).length === 1, { ...PATIENCE, detail: details });
    await until('all members to be found well', () => health(checkers(cloud.hosts)[0] ?? '').up === 6, {
      ...PATIENCE,
      detail: details,
    });
  });

  it('another agent takes over from one that was killed, and knows who was down', async () => {
    await servers.get('app2')?.stop('SIGKILL');
    await toBe('app2', 'INACTIVE');
    const [killed = ''] = checkers(cloud.hosts);
    await cloud.agent(killed).stop('SIGKILL');
    const others = cloud.hosts.filter((host) => host !== killed);
    const ofApp2 = (line: string): boolean => members.get('app2')?.some((id) => line.includes(id)) === true;
    const foundDown = (): string[] =>
      others
        .flatMap((host) => cloud.agent(host).output.split('\n'))
        .filter((line) => line.includes('a pool member is down') && ofApp2(line));
    const before = foundDown();
    await until('another agent to ask', () => checkers(others).length === 1, {
      ...PATIENCE,
      detail: () => reach.logs(),
    });
    await toBe('app2', 'INACTIVE');
    await cloud.startAgent(killed);
    assert.deepEqual(foundDown(), before, 'it was told, and did not find out');
    // Members on the host whose agent was killed could not answer meanwhile.
    await toBe('app1', 'ACTIVE');
    assert.deepEqual(answerers(vips[0] ?? ''), ['app1']);
    startServer('app2');
    await toBe('app2', 'ACTIVE');
    assert.equal(checkers(cloud.hosts).length, 1, details());
  });

  it('leaves nothing on the hypervisors, and ends with its load balancer', async () => {
    for (const host of cloud.hosts) assert.equal(interfaces(host), links.get(host), host);
    const balancers = (await cloud.request('GET', '/load_balancers')).body as { id: string }[];
    for (const { id } of balancers) await cloud.request('DELETE', `/load_balancers/${id}`);
    await until('nobody to ask', () => checkers(cloud.hosts).length === 0, { ...PATIENCE, detail: details });
  });
});
