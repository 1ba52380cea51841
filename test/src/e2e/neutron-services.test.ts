import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ethernet, frame, icmp4, ipv4, vlan } from '@midonet/packet';
import { ip4, mac } from '@midonet/simulation/testing';
import { Capture } from '../lab/capture.ts';
import { Cloud } from '../lab/cloud.ts';
import { inject } from '../lab/inject.ts';
import { NeutronProject, type Subnet } from '../lab/neutron-project.ts';
import { servePages } from '../lab/pages.ts';
import { Reach } from '../lab/reach.ts';
import { until, type Daemon } from '../lab/shell.ts';

const VLAN = 100;
const WEB_MAC = 'fa:16:3e:00:01:10';
/** Behind the trunk; its frames carry the tag. */
const BARE = { mac: 'fa:16:3e:00:09:50', ip: '10.1.0.50' };

/**
 * A firewall, a tap and an L2 gateway as neutron-server tells of them.
 *
 * ```
 *  red 10.1.0.0/24: web .10 hv1 · tap .99 hv3 ── r ── blue 10.2.0.0/24: db .10 hv2
 *   └ VLAN 100 ── trunk: bare .50 hv3
 * ```
 */
describe("Neutron's firewalls, taps and L2 gateways", () => {
  let cloud: Cloud;
  let reach: Reach;
  let acme: NeutronProject;
  let router = '';
  let red: Subnet;
  const ports = new Map<string, string>();
  const servers: Daemon[] = [];

  before(async () => {
    cloud = new Cloud('mnnfw', 3);
    await cloud.start();
    reach = new Reach(cloud);
    acme = new NeutronProject(cloud, 'acme');
    red = await acme.subnet(await acme.network('red'), '10.1.0.0/24', { gateway_ip: '10.1.0.1' });
    const blue = await acme.subnet(await acme.network('blue'), '10.2.0.0/24', { gateway_ip: '10.2.0.1' });
    router = await acme.router('r');
    await acme.join(router, red, '10.1.0.1');
    await acme.join(router, blue, '10.2.0.1');
    for (const [vm, host, subnet, address, via] of [
      ['web', 'hv1', red, '10.1.0.10', '10.1.0.1'],
      ['db', 'hv2', blue, '10.2.0.10', '10.2.0.1'],
      ['tap', 'hv3', red, '10.1.0.99', '10.1.0.1'],
    ] as const) {
      const own = `fa:16:3e:00:0${host.slice(2)}:10`;
      cloud.wire(vm, { host, mac: own, addresses: [`${address}/24`] });
      cloud.net.ip(vm, 'route', 'add', 'default', 'via', via);
      const fields = { port_security_enabled: false };
      ports.set(vm, await acme.instance(vm, { host, mac: own, at: [{ subnet, address }], groups: [], fields }));
    }
    for (const port of [80, 81]) servers.push(servePages(cloud.net, 'db', { address: '0.0.0.0', port }));
    for (const port of [80, 81]) await until('db to serve', () => curl('db', '127.0.0.1', port) === 'db');
    await reach.soon('web', '10.2.0.10');
  });

  after(async () => {
    await Promise.all(servers.map((server) => server.stop('SIGKILL')));
    await cloud[Symbol.asyncDispose]();
  });

  const detail = (): string => reach.logs();

  function curl(vm: string, address: string, port: number): string {
    return cloud.net.exec(vm, ['curl', '-s', '-m', '1', `http://${address}:${port}/`]).stdout;
  }

  async function served(port: number, expected: boolean): Promise<void> {
    const isServed = (): boolean => curl('web', '10.2.0.10', port) === 'db';
    await until(`port ${port} to be ${expected ? 'open' : 'closed'}`, () => isServed() === expected, { detail });
  }

  it('let through what a firewall allows, with the answers, and write down what it does not', async () => {
    const rule = { ip_version: 4, enabled: true, action: 'allow', source_ip_address: '10.1.0.0/24' } as const;
    const firewall_rule_list = [
      { id: randomUUID(), position: 1, protocol: 'tcp', destination_port: '80', ...rule },
      { id: randomUUID(), position: 2, protocol: 'icmp', ...rule },
    ];
    const id = randomUUID();
    const placed = { 'add-router-ids': [router], 'del-router-ids': [], 'last-router': false };
    await acme.api.neutronFirewalls.create({ body: { id, tenant_id: 'acme', firewall_rule_list, ...placed } });
    const [logging_resource_id, log] = [randomUUID(), randomUUID()];
    const logged = { logging_resource_id, firewall_id: id, fw_event: 'DROP' };
    await acme.api.neutronFirewallLogs.create({ body: { id: log, tenant_id: 'acme', ...logged } });
    await served(81, false);
    await served(80, true);
    await reach.soon('web', '10.2.0.10');
    await reach.notSoon('db', '10.1.0.10');
    const lines = (): string => readFileSync(join(cloud.state, 'hv1', 'rule-log.jsonl'), 'utf8');
    await until('the drop to be written down', () => lines().includes(log), { detail });
    const update = (body: Parameters<typeof acme.api.neutronFirewalls.update>[0]['body']) =>
      acme.api.neutronFirewalls.update({ id, body });
    await update({ firewall_rule_list: firewall_rule_list.map((one) => ({ ...one, destination_port: null })) });
    await served(81, true);
    await update({ admin_state_up: false });
    await served(80, false);
    await update({ 'add-router-ids': [], 'del-router-ids': [router], 'last-router': true });
    await served(80, true);
    await reach.soon('db', '10.1.0.10');
  });

  it('copy the packets of a port to the service of a tap, on a third host', async () => {
    const [service, flow] = [randomUUID(), randomUUID()];
    const own = { tenant_id: 'acme' };
    await acme.api.neutronTapServices.create({ body: { ...own, id: service, port_id: ports.get('tap') ?? '' } });
    const tapped = { tap_service_id: service, source_port: ports.get('db') ?? '', direction: 'BOTH' };
    await acme.api.neutronTapFlows.create({ body: { ...own, id: flow, ...tapped } });
    await using seen = await Capture.start(cloud.net, 'tap', 'eth0');
    await until('copies of both directions', () => {
      reach.yes('web', '10.2.0.10');
      return [/10\.1\.0\.10 > 10\.2\.0\.10: .*request/, /10\.2\.0\.10 > 10\.1\.0\.10: .*reply/].every((one) =>
        one.test(seen.text),
      );
    });
    await acme.api.neutronTapFlows.remove({ id: flow });
    await acme.api.neutronTapServices.remove({ id: service });
    reach.yes('web', '10.2.0.10');
  });

  it('have what is in a VLAN of a trunk as neighbours', async () => {
    const trunk = await acme.network('trunk');
    const untagged = await acme.subnet(trunk, '192.0.2.0/24', { enable_dhcp: false });
    cloud.wire('bare', { host: 'hv3', mac: BARE.mac });
    const at = [{ subnet: untagged, address: '192.0.2.50' }];
    const fields = { port_security_enabled: false };
    await acme.instance('bare', { host: 'hv3', mac: BARE.mac, at, groups: [], fields });
    const [device_id, id] = [randomUUID(), randomUUID()];
    const device = { id: device_id, tenant_id: 'acme', type: 'network_vlan', resource_id: trunk };
    await acme.api.neutronGatewayDevices.create({ body: device });
    const gateway = { id: randomUUID(), devices: [{ device_id, segmentation_id: VLAN }] };
    const connection = { network_id: red.network, segmentation_id: VLAN, l2_gateway: gateway };
    await acme.api.neutronL2GatewayConnections.create({ body: { id, tenant_id: 'acme', ...connection } });
    await using seen = await Capture.start(cloud.net, 'bare', 'eth0');
    cloud.net.ip('web', 'neigh', 'replace', BARE.ip, 'lladdr', BARE.mac, 'dev', 'eth0');
    await until(
      'an answer with the tag',
      () => {
        inject(cloud.net, 'bare', 'eth0', [taggedEcho()]);
        return new RegExp(`${WEB_MAC} > ${BARE.mac}.*vlan ${VLAN},.*10\\.1\\.0\\.10 > 10\\.1\\.0\\.50: .*reply`).test(
          seen.text,
        );
      },
      { detail: () => `${seen.text}\n${detail()}` },
    );
  });
});

/** An echo request from `bare` to `web`, tagged as its switch would. */
function taggedEcho(): Uint8Array {
  const link = ethernet({ dst: mac(WEB_MAC), src: mac(BARE.mac) });
  const ip = ipv4({ src: ip4(BARE.ip), dst: ip4('10.1.0.10'), kind: 'ipv4' });
  return frame(link, vlan({ id: VLAN }), ip, icmp4({ kind: 'echoRequest', id: 7, sequence: 1 }), new Uint8Array(20));
}
