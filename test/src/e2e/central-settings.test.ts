import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Cloud } from '../lab/cloud.ts';
import { serveMetadata } from '../lab/metadata-server.ts';
import { askName, serveNames } from '../lab/names.ts';
import { must, until, type Daemon } from '../lab/shell.ts';
import { Tenant } from '../lab/tenant.ts';

const SECRET = 'a secret that both know';
const CONTROLLER = '10.255.0.254';
const FORWARDER = '10.1.0.53';
const MONITORING = '10.255.0.1:8182';

/** What is set at the controller, agents do: while they run, and after a restart without a word on their command line. */
describe('agents follow central settings', () => {
  let cloud: Cloud;
  const servers: Daemon[] = [];

  before(async () => {
    cloud = new Cloud('mnconf', 1);
    servers.push(serveMetadata(cloud.net, 'ctl', { secret: SECRET, address: CONTROLLER, port: 8775 }));
    servers.push(serveNames(cloud.net, 'ctl', { address: CONTROLLER, port: 5353 }));
    const secretFile = join(cloud.state, 'metadata-secret');
    writeFileSync(secretFile, `${SECRET}\n`, { mode: 0o600 });
    await cloud.start('--metadata-secret-file', secretFile);
    for (const server of servers) {
      await until(`${server.name} to be ready`, () => server.output.includes('ready'), {
        detail: () => server.output,
        timeoutMs: 30_000,
      });
    }
    const tenant = new Tenant(cloud, 'a');
    const bridge = await tenant.bridge('net');
    await tenant.join(bridge, await tenant.router('r'), ['10.1.0.1/24']);
    const subnet = { subnetPrefix: '10.1.0.0', subnetLength: 24, defaultGateway: '10.1.0.1' };
    await cloud.create(`/bridges/${bridge}/dhcp`, { ...subnet, dnsForwarderAddr: FORWARDER });
    const port = await tenant.machine('web', {
      ...{ host: 'hv1', bridge, mac: '02:00:00:00:01:10' },
      ...{ addresses: ['10.1.0.10/24'], gateways: ['10.1.0.1'] },
    });
    await cloud.update(`/ports/${port}`, { instanceId: 'instance-web' });
  });

  after(async () => {
    await Promise.all(servers.map((server) => server.stop('SIGKILL')));
    await cloud[Symbol.asyncDispose]();
  });

  async function conf(...words: string[]): Promise<string> {
    const url = ['--url', `${cloud.controllerUrl}/midonet-api`, '--token', cloud.token];
    return must(cloud.midonet('ctl', 'conf', ...words, ...url));
  }

  const logs = (): string => cloud.agent('hv1').output.slice(-2_000);
  const resolves = (): boolean => askName(cloud.net, 'web', FORWARDER, 'one.example').stdout.trim() === 'udp 0 1';
  const metadata = (): boolean => {
    const asked = ['curl', '-sSf', '--connect-timeout', '5', '--max-time', '20', 'http://169.254.169.254/'];
    return cloud.net.exec('web', asked, { timeoutMs: 30_000 }).code === 0;
  };
  const monitored = (): boolean =>
    cloud.net.exec('ctl', ['curl', '-sf', '-m', '5', `http://${MONITORING}/healthz`], { timeoutMs: 10_000 }).code === 0;

  it('asks other resolvers, serves metadata and is monitored from one moment to the next', async () => {
    assert.equal(metadata(), false);
    assert.equal(monitored(), false);
    await conf('set', `agent.dns.resolvers : ["${CONTROLLER}:5353"]`);
    const where = `enabled : true, nova_metadata_url : "http://${CONTROLLER}:8775"`;
    await conf('set', `agent.openstack.metadata { ${where} }`, '--template', 'edge');
    await conf('template-set', 'hv1', 'edge');
    await conf('set', `agent.metrics.listen : "${MONITORING}"`, '--host', 'hv1');
    const patience = { timeoutMs: 60_000, everyMs: 300, detail: logs };
    await until('names to be known', resolves, patience);
    await until('metadata to be served', metadata, patience);
    await until('monitoring to be answered', monitored, patience);
    assert.match(await conf('get', 'agent.openstack', '--host', 'hv1'), /metadata\.enabled = true/);
  });

  it('goes on with them behind a restart, and without them when they are taken away', async () => {
    await cloud.agent('hv1').stop('SIGTERM');
    await cloud.startAgent('hv1');
    const patience = { timeoutMs: 60_000, everyMs: 300, detail: logs };
    await until('names to be known', resolves, patience);
    await until('monitoring to be answered', monitored, patience);
    await conf('clear', '--host', 'hv1');
    await until('monitoring to be left alone', () => !monitored(), patience);
  });
});
