import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Cloud } from '../lab/cloud.ts';
import { Dhclient } from '../lab/dhclient.ts';
import { Reach } from '../lab/reach.ts';
import { Tenant } from '../lab/tenant.ts';

/** Two machines on two hosts get all they need to know from the bridge, by a real DHCP client. */
describe('dhclient configures machines on two hosts', () => {
  let cloud: Cloud;
  let reach: Reach;
  let dir: string;
  let dhclient: Dhclient;
  const resolvConf = readFileSync('/etc/resolv.conf', 'utf8');
  const machines = [
    { vm: 'vm1', host: 'hv1', mac: '02:00:00:00:01:01', address: '10.1.0.11' },
    { vm: 'vm2', host: 'hv2', mac: '02:00:00:00:01:02', address: '10.1.0.12' },
  ] as const;

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'mndhcp-'));
    cloud = new Cloud('mndhcp', 2);
    await cloud.start();
    reach = new Reach(cloud);
    dhclient = new Dhclient(cloud.net, dir, () => reach.logs());
    const tenant = new Tenant(cloud, 'acme');
    const bridge = await tenant.bridge('net');
    const router = await tenant.router('r');
    await tenant.join(bridge, router, ['10.1.0.1/24']);
    const far = await tenant.bridge('far');
    await tenant.join(far, router, ['172.20.0.1/16']);
    await tenant.machine('far', {
      host: 'hv2',
      bridge: far,
      addresses: ['172.20.0.9/16'],
      gateways: ['172.20.0.1'],
    });
    await cloud.create(`/bridges/${bridge}/dhcp`, {
      subnetPrefix: '10.1.0.0',
      subnetLength: 24,
      defaultGateway: '10.1.0.1',
      serverAddr: '10.1.0.2',
      dnsServerAddrs: ['192.0.2.53', '192.0.2.54'],
      interfaceMTU: 1400,
      opt121Routes: [{ destinationPrefix: '172.20.0.0', destinationLength: 16, gatewayAddr: '10.1.0.1' }],
    });
    for (const { vm, host, mac, address } of machines) {
      await cloud.create(`/bridges/${bridge}/dhcp/10.1.0.0_24/hosts`, { macAddr: mac, ipAddr: address, name: vm });
      await tenant.machine(vm, { host, bridge, addresses: [], mac });
    }
  });

  after(async () => {
    await cloud[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true, force: true });
  });

  for (const { vm, address } of machines) {
    it(`gives ${vm} address, router, DNS, MTU and static routes`, () => {
      const said = dhclient.lease(vm);
      assert.equal(said['reason'], 'BOUND');
      assert.equal(said['new_ip_address'], address);
      assert.equal(said['new_subnet_mask'], '255.255.255.0');
      assert.equal(said['new_routers'], '10.1.0.1');
      assert.equal(said['new_domain_name_servers'], '192.0.2.53 192.0.2.54');
      assert.equal(said['new_interface_mtu'], '1400');
      assert.equal(said['new_dhcp_server_identifier'], '10.1.0.2');
      // RFC 3442: prefix length, its significant bytes, gateway. The default route must be among them.
      assert.match(said['new_rfc3442_classless_static_routes'] ?? '', /\b16 172 20 10 1 0 1\b/);
      assert.match(said['new_rfc3442_classless_static_routes'] ?? '', /\b0 10 1 0 1\b/);
      assert.match(dhclient.leases(vm), new RegExp(`fixed-address ${address};`));
    });
  }

  it('lets the machines talk with what they were given', () => {
    for (const { vm } of machines) cloud.net.ip(vm, 'route', 'add', '172.20.0.0/16', 'via', '10.1.0.1');
    reach.yes('vm1', '10.1.0.12');
    reach.yes('vm2', '10.1.0.11', '-M', 'do', '-s', '1372');
    reach.yes('vm1', '172.20.0.9');
  });

  it('leaves the machine that runs the test as it was', () => {
    assert.equal(readFileSync('/etc/resolv.conf', 'utf8'), resolvConf);
  });
});
