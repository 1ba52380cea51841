import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Cloud } from '../lab/cloud.ts';
import { Dhclient } from '../lab/dhclient.ts';
import { Reach } from '../lab/reach.ts';
import { Tenant } from '../lab/tenant.ts';

/** Machines on two hosts get IPv6 addresses from the bridge, by a real DHCPv6 client. */
describe('dhclient -6 configures machines on two hosts', () => {
  let cloud: Cloud;
  let reach: Reach;
  let dir: string;
  let dhclient: Dhclient;
  const machines = [
    { vm: 'vm1', host: 'hv1', mac: '02:00:00:00:01:01', address: '2001:db8:1::11' },
    { vm: 'vm2', host: 'hv2', mac: '02:00:00:00:01:02', address: '2001:db8:1::12' },
  ] as const;

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'mndhcp6-'));
    cloud = new Cloud('mndhcp6', 2);
    await cloud.start();
    reach = new Reach(cloud);
    dhclient = new Dhclient(cloud.net, dir, () => reach.logs());
    const tenant = new Tenant(cloud, 'acme');
    const bridge = await tenant.bridge('net');
    await cloud.create(`/bridges/${bridge}/dhcpV6`, {
      prefix: '2001:db8:1::',
      prefixLength: 64,
      dnsServerAddrs: ['2001:db8::53'],
    });
    for (const { vm, host, mac, address } of machines) {
      const extraDhcpOpts = [{ optName: 'domain-search', optValue: `${vm}.example` }];
      const body = { clientId: mac, fixedAddress: address, name: vm, extraDhcpOpts };
      await cloud.create(`/bridges/${bridge}/dhcpV6/2001:db8:1::_64/hostsV6`, body);
      await tenant.machine(vm, { host, bridge, addresses: [], mac });
    }
  });

  after(async () => {
    await cloud[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true, force: true });
  });

  for (const { vm, address } of machines) {
    it(`gives ${vm} its address and name server`, () => {
      const said = dhclient.lease6(vm);
      assert.equal(said['reason'], 'BOUND6');
      assert.equal(said['new_ip6_address'], address);
      assert.equal(said['new_dhcp6_name_servers'], '2001:db8::53');
      assert.equal(said['new_dhcp6_domain_search'], `${vm}.example.`);
      assert.equal(said['new_max_life'], '86400');
      assert.equal(said['new_dhcp6_server_id'], '0:3:0:1:2:44:48:43:50:1');
    });
  }

  it('lets the machines talk with what they were given', () => {
    reach.yes('vm1', '2001:db8:1::12');
  });

  it('tells the name server alone to who only asks for that', () => {
    const said = dhclient.information6('vm1');
    assert.equal(said['new_dhcp6_name_servers'], '2001:db8::53');
    assert.equal(said['new_ip6_address'], undefined);
  });
});
