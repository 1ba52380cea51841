import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Cloud } from '../lab/cloud.ts';
import { Reach } from '../lab/reach.ts';
import { Tenant } from '../lab/tenant.ts';

/** Machines on two hosts get IPv6 addresses from the bridge, by a real DHCPv6 client. */
describe('dhclient -6 configures machines on two hosts', () => {
  let cloud: Cloud;
  let reach: Reach;
  let dir: string;
  const machines = [
    { vm: 'vm1', host: 'hv1', mac: '02:00:00:00:01:01', address: '2001:db8:1::11' },
    { vm: 'vm2', host: 'hv2', mac: '02:00:00:00:01:02', address: '2001:db8:1::12' },
  ] as const;

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'mndhcp6-'));
    cloud = new Cloud('mndhcp6', 2);
    await cloud.start();
    reach = new Reach(cloud);
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
      const said = dhclient(vm, 'lease');
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
    const said = dhclient('vm1', 'information');
    assert.equal(said['new_dhcp6_name_servers'], '2001:db8::53');
    assert.equal(said['new_ip6_address'], undefined);
  });

  /** Asks once with a script of ours, that writes down what it was told and sets the address. */
  function dhclient(vm: string, what: 'lease' | 'information'): Record<string, string> {
    const said = join(dir, `${vm}.${what}.env`);
    const script = join(dir, `${vm}.sh`);
    writeFileSync(
      script,
      `#!/bin/sh
[ "$reason" = BOUND6 ] && ip -6 addr add "$new_ip6_address/64" dev "$interface" nodad
case "$reason" in PREINIT6) ;; *) env > ${said} ;; esac
exit 0
`,
    );
    chmodSync(script, 0o755);
    writeFileSync(join(dir, 'dhclient.conf'), 'request dhcp6.name-servers, dhcp6.domain-search;\ntimeout 20;\n');
    const files = ['-cf', join(dir, 'dhclient.conf'), '-lf', join(dir, `${vm}.leases`), '-pf', join(dir, `${vm}.pid`)];
    const mode = what === 'lease' ? [] : ['-S'];
    const ran = cloud.net.exec(vm, ['dhclient', '-6', ...mode, '-1', '-v', '-sf', script, ...files, 'eth0'], {
      timeoutMs: 30_000,
    });
    assert.ok(ran.code === 0 && existsSync(said), `${ran.stderr}\n${reach.logs()}`);
    const lines = readFileSync(said, 'utf8').split('\n');
    return Object.fromEntries(lines.map((line) => [line.split('=')[0] ?? '', line.slice(line.indexOf('=') + 1)]));
  }
});
