import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Cloud } from '../lab/cloud.ts';
import { serveMetadata } from '../lab/metadata-server.ts';
import { askName, serveNames } from '../lab/names.ts';
import { until, type Daemon } from '../lab/shell.ts';
import { Tenant } from '../lab/tenant.ts';

const SECRET = 'a secret that both know';
const CONTROLLER = '10.255.0.254';
const METADATA = 'http://169.254.169.254';
const FORWARDER = '10.1.0.53';
const FORWARDER6 = 'fd00:1::53';

type Told = {
  readonly instance: string;
  readonly tenant: string;
  readonly from: string;
  readonly path: string;
  readonly body: number;
  readonly headers: readonly string[];
};

/** Two tenants with the same addresses on two hosts: each machine is told what is its own. */
describe('agents serve instances metadata and names', () => {
  let cloud: Cloud;
  const servers: Daemon[] = [];
  const machines = [
    { vm: 'a-web', tenant: 'a', host: 'hv1', n: 10 },
    { vm: 'b-web', tenant: 'b', host: 'hv1', n: 10 },
    { vm: 'a-app', tenant: 'a', host: 'hv2', n: 11 },
    { vm: 'b-app', tenant: 'b', host: 'hv2', n: 11 },
  ] as const;

  before(async () => {
    cloud = new Cloud('mnsvc', 2);
    servers.push(serveMetadata(cloud.net, 'ctl', { secret: SECRET, address: CONTROLLER, port: 8775 }));
    servers.push(serveNames(cloud.net, 'ctl', { address: CONTROLLER, port: 5353 }));
    const secretFile = join(cloud.state, 'metadata-secret');
    writeFileSync(secretFile, `${SECRET}\n`, { mode: 0o600 });
    const metadata = ['--metadata-url', `http://${CONTROLLER}:8775`, '--metadata-secret-file', secretFile];
    await cloud.start(...metadata, '--dns-resolver', `${CONTROLLER}:5353`);
    for (const server of servers) {
      await until(`${server.name} to be ready`, () => server.output.includes('ready'), {
        detail: () => server.output,
        timeoutMs: 30_000,
      });
    }
    for (const name of ['a', 'b']) {
      const tenant = new Tenant(cloud, name);
      const bridge = await tenant.bridge('net');
      const router = await tenant.router('r');
      await tenant.join(bridge, router, ['10.1.0.1/24', 'fd00:1::1/64']);
      const subnet = { subnetPrefix: '10.1.0.0', subnetLength: 24, defaultGateway: '10.1.0.1' };
      await cloud.create(`/bridges/${bridge}/dhcp`, { ...subnet, dnsForwarderAddr: FORWARDER });
      const subnet6 = { prefix: 'fd00:1::', prefixLength: 64, dnsForwarderAddr: FORWARDER6 };
      await cloud.create(`/bridges/${bridge}/dhcpV6`, subnet6);
      for (const { vm, host, n } of machines.filter((one) => one.tenant === name)) {
        const port = await tenant.machine(vm, {
          ...{ host, bridge, mac: `02:00:00:00:01:${n}` },
          addresses: [`10.1.0.${n}/24`, `fd00:1::${n}/64`],
          gateways: ['10.1.0.1', 'fd00:1::1'],
        });
        await cloud.update(`/ports/${port}`, { instanceId: `instance-${vm}` });
      }
    }
  });

  after(async () => {
    await Promise.all(servers.map((server) => server.stop('SIGKILL')));
    await cloud[Symbol.asyncDispose]();
  });

  function curl(vm: string, ...more: string[]): { readonly code: number; readonly stdout: string } {
    const patience = ['--connect-timeout', '20', '--max-time', '40', '--retry', '2', '--retry-connrefused'];
    return cloud.net.exec(vm, ['curl', '-sS', '-g', ...patience, ...more], { timeoutMs: 150_000 });
  }

  function told(vm: string, ...more: string[]): Told {
    const { code, stdout } = curl(vm, ...more);
    assert.equal(code, 0, logs());
    return JSON.parse(stdout) as Told;
  }

  const logs = (): string => cloud.hosts.map((host) => cloud.agent(host).output.slice(-2_000)).join('\n');

  for (const { vm, tenant, n } of machines) {
    it(`tells ${vm} from a machine with the same address`, async () => {
      // The agent hears of the port's instance a moment after the API took it.
      await until(`${vm} to be served`, () => curl(vm, '-f', `${METADATA}/`).code === 0, { timeoutMs: 30_000 });
      const { headers: _headers, ...said } = told(vm, `${METADATA}/openstack/latest/meta_data.json`);
      const path = '/openstack/latest/meta_data.json';
      assert.deepEqual(said, { instance: `instance-${vm}`, tenant, from: `10.1.0.${n}`, path, body: 0 });
    });
  }

  it('serves it over IPv6 as well, by either address', async () => {
    const [global, onLink] = ['http://[fd00:a9fe:a9fe::254]/', 'http://[fe80::a9fe:a9fe%25eth0]/'];
    // Addresses of the machines are usable a moment after they were given.
    const served = (): boolean => curl('a-web', '-f', global).code === 0 && curl('b-app', '-f', onLink).code === 0;
    await until('both to be served over IPv6', served, { timeoutMs: 30_000, everyMs: 200 });
    // Its own, or the one it made itself of the router's advertisement, when that has come.
    assert.ok(['fd00:1::10', 'fd00:1::ff:fe00:110'].includes(told('a-web', global).from));
    const byLink = told('b-app', onLink);
    assert.equal(byLink.instance, 'instance-b-app');
    assert.match(byLink.from, /^fe80:/);
  });

  it('lets no machine speak for another', () => {
    const forged = ['x-instance-id: instance-a-app', 'X-Tenant-ID: b', 'x-forwarded-for: 10.1.0.11', 'x-evil: 1'];
    const said = told('a-web', ...forged.flatMap((header) => ['-H', header]), `${METADATA}/`);
    assert.deepEqual([said.instance, said.tenant, said.from], ['instance-a-web', 'a', '10.1.0.10']);
    assert.ok(!said.headers.includes('x-evil'));
  });

  it('carries long answers and bodies, and refuses those that are too long', () => {
    assert.equal(curl('a-web', `${METADATA}/long`).stdout.length, 300_000);
    const post = (size: number): string[] => ['-d', 'x'.repeat(size), `${METADATA}/password`];
    assert.equal(told('a-web', ...post(30_000)).body, 30_000);
    const status = curl('a-web', '-o', '/dev/null', '-w', '%{http_code}', ...post(80_000)).stdout;
    assert.equal(status, '413');
  });

  it('is nowhere but there: other ports are closed, and the host has no such address', () => {
    assert.notEqual(cloud.net.exec('a-web', ['curl', '-s', '-m', '2', 'http://169.254.169.254:8775/']).code, 0);
    for (const host of cloud.hosts) {
      const listening = cloud.net.mustExec(host, ['ss', '-Hltnu']);
      assert.equal(listening.split('\n').filter((line) => /:(53|80) /.test(line)).length, 0, listening);
    }
  });

  it('answers questions for names by UDP and TCP, over IPv4 and IPv6', async () => {
    for (const [vm, server] of [
      ['a-web', FORWARDER],
      ['b-app', FORWARDER],
      ['a-app', FORWARDER6],
    ] as const) {
      assert.equal(askName(cloud.net, vm, server, 'www.example').stdout.trim(), 'udp 0 1', logs());
    }
    assert.equal(askName(cloud.net, 'a-web', FORWARDER, 'long.example').stdout.trim(), 'tcp 0 100', logs());
    const asked = await until('the resolver to tell what it was asked', () => {
      const found = [...(servers[1]?.output ?? '').matchAll(/udp (\d+) ([0-9a-f]{4})/g)];
      return found.length >= 4 ? found : undefined;
    });
    // Not the instance's id, and another port each time.
    assert.ok(asked.some(([, , id]) => id !== '1234'));
    assert.ok(new Set(asked.map(([, port]) => port)).size > 1);
  });

  it('says so when no resolver answers, and goes on when one does again', async () => {
    await servers[1]?.stop('SIGKILL');
    assert.equal(askName(cloud.net, 'b-web', FORWARDER, 'www.example').stdout.trim(), 'udp 2 0', logs());
    const again = serveNames(cloud.net, 'ctl', { address: CONTROLLER, port: 5353 });
    servers.push(again);
    await until('the resolver to be back', () => again.output.includes('ready'), { timeoutMs: 30_000 });
    assert.equal(askName(cloud.net, 'b-web', FORWARDER, 'www.example').stdout.trim(), 'udp 0 1', logs());
  });

  it('says so when the metadata service does not answer', async () => {
    await servers[0]?.stop('SIGKILL');
    const status = curl('a-app', '-o', '/dev/null', '-w', '%{http_code}', '--retry', '0', `${METADATA}/`).stdout;
    assert.equal(status, '502');
  });
});
