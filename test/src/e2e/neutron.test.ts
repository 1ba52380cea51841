import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Cloud } from '../lab/cloud.ts';
import { Dhclient } from '../lab/dhclient.ts';
import { Held, holdServer } from '../lab/held.ts';
import { serveMetadata } from '../lab/metadata-server.ts';
import { NeutronProject, type Subnet } from '../lab/neutron-project.ts';
import { servePages } from '../lab/pages.ts';
import { Reach } from '../lab/reach.ts';
import { Daemon, until } from '../lab/shell.ts';
import { echoed } from '../lab/udp-echo.ts';

const MTU = 1400;
const [CONTROLLER, SECRET] = ['10.255.0.254', 'a secret that both know'];
const WEB_MAC = 'fa:16:3e:00:01:10';
/** Connects, and nothing else. */
const TRY = ['/usr/bin/python3', '-c', "import socket; socket.create_connection(('10.1.0.10', 8001), 1)"];
/** Of its MAC (RFC 4291, appendix A). */
const WEB6 = 'fd00:1::f816:3eff:fe00:110';
const DB6 = 'fd00:2::10';

/**
 * Machines of two projects as neutron-server tells of them; nothing else was made.
 *
 * ```
 *  red 10.1.0.0/24, fd00:1::/64 (SLAAC)       blue fd00:2::/64 (DHCPv6)
 *  web .10 hv1 · app .11 hv2 · guest .12 hv3 ── r ── db ::10 hv2
 * ```
 */
describe('instances of OpenStack', () => {
  let cloud: Cloud;
  let reach: Reach;
  let dhclient: Dhclient;
  let dir: string;
  const servers: Daemon[] = [];
  let acme: NeutronProject;
  let other: NeutronProject;
  let group = '';
  let guests = '';
  let dbs = '';
  let router = '';
  let red4: Subnet;
  let red6: Subnet;
  let blue6: Subnet;
  const ports = new Map<string, string>();
  const legs: { readonly subnet: Subnet; readonly port: string }[] = [];
  const rules: string[] = [];

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'mnneu-'));
    cloud = new Cloud('mnneu', 3);
    servers.push(serveMetadata(cloud.net, 'ctl', { secret: SECRET, address: CONTROLLER, port: 8775 }));
    const secretFile = join(dir, 'metadata-secret');
    writeFileSync(secretFile, `${SECRET}\n`, { mode: 0o600 });
    await cloud.start('--metadata-url', `http://${CONTROLLER}:8775`, '--metadata-secret-file', secretFile);
    reach = new Reach(cloud);
    dhclient = new Dhclient(cloud.net, dir, logs);
    acme = new NeutronProject(cloud, 'acme');
    other = new NeutronProject(cloud, 'other');
    group = await acme.defaultGroup();
    guests = await other.defaultGroup();
    dbs = await acme.group('dbs');
    const red = await acme.network('red', { shared: true, mtu: MTU });
    red4 = await acme.subnet(red, '10.1.0.0/24', {
      gateway_ip: '10.1.0.1',
      dns_nameservers: ['192.0.2.53'],
      host_routes: [{ destination: '172.20.0.0/16', nexthop: '10.1.0.9' }],
    });
    const slaac = { ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' };
    red6 = await acme.subnet(red, 'fd00:1::/64', { gateway_ip: 'fd00:1::1', ...slaac });
    const blue = await acme.network('blue', { mtu: MTU });
    const stateful = { ipv6_ra_mode: 'dhcpv6-stateful', ipv6_address_mode: 'dhcpv6-stateful' };
    const names = ['2001:db8::53'];
    blue6 = await acme.subnet(blue, 'fd00:2::/64', { gateway_ip: 'fd00:2::1', dns_nameservers: names, ...stateful });
    router = await acme.router('r');
    for (const [subnet, address] of [
      [red4, '10.1.0.1'],
      [red6, 'fd00:1::1'],
      [blue6, 'fd00:2::1'],
    ] as const) {
      legs.push({ subnet, port: await acme.join(router, subnet, address) });
    }
    const machines = [
      { vm: 'web', project: acme, host: 'hv1', mac: WEB_MAC, groups: [group], address: '10.1.0.10', address6: WEB6 },
      { vm: 'app', project: acme, host: 'hv2', mac: 'fa:16:3e:00:01:11', groups: [group], address: '10.1.0.11' },
      { vm: 'guest', project: other, host: 'hv3', mac: 'fa:16:3e:00:01:12', groups: [guests], address: '10.1.0.12' },
      { vm: 'db', project: acme, host: 'hv2', mac: 'fa:16:3e:00:02:10', groups: [group, dbs], address6: DB6 },
    ];
    for (const { vm, project, host, mac, groups, address, address6 } of machines) {
      cloud.wire(vm, { host, mac });
      const at6 = address6 === undefined ? [] : [{ subnet: address6 === DB6 ? blue6 : red6, address: address6 }];
      const at = [...(address === undefined ? [] : [{ subnet: red4, address }]), ...at6];
      const fields = { extra_dhcp_opts: [{ opt_name: 'ntp-server', opt_value: '192.0.2.123' }] };
      ports.set(vm, await project.instance(vm, { host, mac, at, groups, ...(vm === 'web' ? { fields } : {}) }));
    }
  });

  after(async () => {
    await Promise.all(servers.map((server) => server.stop('SIGKILL')));
    await cloud[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true, force: true });
  });

  const logs = (): string => reach.logs();
  const portOf = (vm: string): string => ports.get(vm) ?? '';

  function curl(vm: string, address: string, port: number): string {
    const host = address.includes(':') ? `[${address}]` : address;
    return cloud.net.exec(vm, ['curl', '-s', '-g', '-m', '1', `http://${host}:${port}/`]).stdout;
  }

  async function pages(vm: string, ...numbers: readonly number[]): Promise<void> {
    for (const port of numbers) servers.push(servePages(cloud.net, vm, { address: '::', port }));
    for (const port of numbers) await until(`${vm} to serve`, () => curl(vm, '127.0.0.1', port) === vm);
  }

  async function served(vm: string, address: string, port: number): Promise<void> {
    await until(`${vm} to get pages of ${address}:${port}`, () => curl(vm, address, port) !== '', { detail: logs });
  }

  async function refused(vm: string, address: string, port: number): Promise<void> {
    await until(`${vm} to get no pages of ${address}:${port}`, () => curl(vm, address, port) === '', { detail: logs });
  }

  it('are told by DHCP what their subnet, their network and their port say', () => {
    const said = dhclient.lease('web');
    assert.equal(said['new_ip_address'], '10.1.0.10');
    assert.equal(said['new_subnet_mask'], '255.255.255.0');
    assert.equal(said['new_routers'], '10.1.0.1');
    assert.equal(said['new_domain_name_servers'], '192.0.2.53');
    assert.equal(said['new_interface_mtu'], String(MTU));
    assert.equal(said['new_ntp_servers'], '192.0.2.123');
    assert.match(said['new_rfc3442_classless_static_routes'] ?? '', /\b16 172 20 10 1 0 9\b/);
    assert.equal(dhclient.lease('app')['new_ip_address'], '10.1.0.11');
    assert.equal(dhclient.lease('guest')['new_ntp_servers'], undefined);
  });

  it('get the metadata of their own project, also in a network of another', async () => {
    for (const [vm, project] of [
      ['web', 'acme'],
      ['guest', 'other'],
    ] as const) {
      const ask = ['curl', '-s', '-f', '--max-time', '5', 'http://169.254.169.254/'];
      const answer = await until(`metadata of ${vm}`, () => cloud.net.exec(vm, ask).stdout, { detail: logs });
      const { tenant, instance } = JSON.parse(answer) as { readonly tenant: string; readonly instance: string };
      const port = await acme.api.neutronPorts.get({ id: portOf(vm) });
      assert.deepEqual([tenant, instance], [project, port['device_id']]);
    }
  });

  it('of one group reach each other, on other hosts, with packets as long as the MTU', () => {
    reach.yes('web', '10.1.0.11');
    reach.yes('app', '10.1.0.10', '-M', 'do', '-s', String(MTU - 28));
  });

  it('of another project are refused, and are let in by a rule from the moment it is there', async () => {
    await pages('web', 8000, 8011);
    await served('app', '10.1.0.10', 8011);
    assert.match(reach.ping('guest', '10.1.0.10', '-W', '0.5').stdout, / 100% packet loss/);
    assert.equal(curl('guest', '10.1.0.10', 8000), '');
    const range = { protocol: 'tcp', port_range_min: 8000, port_range_max: 8010, remote_ip_prefix: '10.1.0.0/24' };
    const rule = await acme.rule(group, range);
    await served('guest', '10.1.0.10', 8000);
    assert.equal(curl('guest', '10.1.0.10', 8011), '');
    rules.push(await acme.rule(group, { protocol: 'icmp', remote_ip_prefix: '10.1.0.0/24' }));
    await reach.soon('guest', '10.1.0.10');
    await acme.api.neutronSecurityGroupRules.remove({ id: rule });
    await refused('guest', '10.1.0.10', 8000);
    reach.yes('guest', '10.1.0.10');
  });

  it('talk on as long as the rule is there that let them', async () => {
    servers.push(await holdServer(cloud.net, 'web', '10.1.0.10', 8001));
    const tcp = { protocol: 'tcp', port_range_min: 8001, port_range_max: 8001 };
    const rule = await acme.rule(group, tcp);
    const isIn = async (): Promise<boolean> =>
      (await new Daemon('try', ['ip', 'netns', 'exec', cloud.net.name('guest'), ...TRY]).ended()) === 0;
    await until('guest to be let in', isIn, { detail: logs });
    const held = await Held.open(cloud.net, 'guest', { to: '10.1.0.10', port: 8001, count: 3 });
    try {
      assert.equal(await held.goesOn(logs), 3);
      await acme.api.neutronSecurityGroupRules.remove({ id: rule });
      await until('guest not to be let in', async () => !(await isIn()), { detail: logs });
      const { done } = held.rounds;
      assert.equal(await isIn(), false);
      assert.equal(held.rounds.done, done, 'nothing was heard of the others meanwhile');
      rules.push(await acme.rule(group, tcp));
      assert.equal(await held.goesOn(logs), 3);
    } finally {
      await held.stop();
    }
  });

  it('are sent datagrams in pieces by a rule for their port', async () => {
    const pieces = { from: 'guest', to: 'web', address: '10.1.0.10', count: 10, bytes: 4000 };
    rules.push(await acme.rule(group, { protocol: 'udp', port_range_min: 9001, port_range_max: 9001 }));
    await until(
      'pieces to come',
      async () => (await echoed(cloud.net, { ...pieces, patienceSeconds: 1 })).answered > 0,
    );
    assert.deepEqual(await echoed(cloud.net, pieces), { asked: 10, answered: 10 });
  });

  it('send from their own addresses alone, from those allowed to them, or from all', async () => {
    const { api } = acme;
    const id = portOf('web');
    const from = (address: string): string[] => ['-I', address];
    for (const address of ['10.1.0.66', '10.1.0.67'])
      cloud.net.ip('web', 'addr', 'add', `${address}/24`, 'dev', 'eth0');
    const lost = (address: string): void =>
      assert.match(reach.ping('web', '10.1.0.11', ...from(address), '-W', '0.5').stdout, / 100% packet loss/);
    const soon = async (address: string): Promise<void> => {
      const once = (): boolean => reach.ping('web', '10.1.0.11', ...from(address), '-c', '1', '-W', '0.5').code === 0;
      await until(`echoes to ${address}`, once, { detail: logs });
      reach.yes('web', '10.1.0.11', ...from(address));
    };
    lost('10.1.0.66');
    // The address is kept by a port that is nowhere, as those of VRRP are.
    ports.set('vip', await acme.port([{ subnet: red4, address: '10.1.0.66' }], { security_groups: [group] }));
    await api.neutronPorts.update({ id, body: { allowed_address_pairs: [{ ip_address: '10.1.0.66' }] } });
    await soon('10.1.0.66');
    await reach.soon('app', '10.1.0.66');
    lost('10.1.0.67');
    const open = { port_security_enabled: false, security_groups: [], allowed_address_pairs: [] };
    await api.neutronPorts.update({ id, body: open });
    await soon('10.1.0.67');
    await served('guest', '10.1.0.10', 8011);
    await api.neutronPorts.update({ id, body: { port_security_enabled: true, security_groups: [group] } });
    await refused('guest', '10.1.0.10', 8011);
    lost('10.1.0.67');
  });

  it('have IPv6 addresses by themselves, or by DHCPv6 and no others, and reach each other by their router', async () => {
    for (const vm of ['web', 'db']) {
      // Their kernels ask for routers when the link comes up.
      cloud.net.ip(vm, 'link', 'set', 'eth0', 'down');
      cloud.net.ip(vm, 'link', 'set', 'eth0', 'up');
      const route = (): boolean => cloud.net.ip(vm, '-6', 'route', 'show', 'default').includes('via fe80:');
      await until(`${vm} to have a router`, route, { detail: logs });
    }
    const said = dhclient.lease6('db');
    assert.equal(said['new_ip6_address'], DB6);
    assert.equal(said['new_dhcp6_name_servers'], '2001:db8::53');
    const addresses = (vm: string): string[] =>
      [...cloud.net.ip(vm, '-6', 'addr', 'show', 'dev', 'eth0', 'scope', 'global').matchAll(/inet6 (\S+?)\//g)].map(
        ([, address = '']) => address,
      );
    assert.deepEqual([addresses('web'), addresses('db')], [[WEB6], [DB6]]);
    await reach.soon('web', DB6);
    await reach.soon('db', WEB6);
  });

  it('are let in over IPv6 by rules for that', async () => {
    await pages('db', 5432, 5433);
    // The members of its own group come in to all.
    await acme.api.neutronPorts.update({ id: portOf('db'), body: { security_groups: [dbs] } });
    await refused('web', DB6, 5432);
    const tcp = { ethertype: 'IPv6', protocol: 'tcp', remote_ip_prefix: 'fd00:1::/64' } as const;
    await acme.rule(dbs, { ...tcp, port_range_min: 5432, port_range_max: 5432 });
    await served('web', DB6, 5432);
    assert.equal(curl('web', DB6, 5433), '');
    assert.match(reach.ping('web', DB6, '-W', '0.5').stdout, / 100% packet loss/);
    await acme.rule(dbs, { ethertype: 'IPv6', protocol: 'ipv6-icmp' });
    await reach.soon('web', DB6);
  });

  it('leave nothing behind when Neutron has deleted everything', async () => {
    const { api } = acme;
    for (const id of ports.values()) await api.neutronPorts.remove({ id });
    for (const { subnet, port } of legs) await acme.leave(router, subnet, port);
    await api.neutronRouters.remove({ id: router });
    for (const { id } of [red4, red6, blue6]) await api.neutronSubnets.remove({ id });
    for (const id of new Set([red4.network, blue6.network])) await api.neutronNetworks.remove({ id });
    for (const id of rules) await api.neutronSecurityGroupRules.remove({ id });
    for (const id of [group, guests, dbs]) await api.neutronSecurityGroups.remove({ id });
    assert.deepEqual(await acme.leftovers(), []);
  });
});
