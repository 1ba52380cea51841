import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Shop } from './shop.ts';

const limit = { timeout: 120_000 };

/** Everything that a file can say. */
const NET = `
tenant: acme
loggingResources: { audit: {}, quiet: { enabled: false } }
tunnelZones:
  underlay: { type: vxlan, hosts: { hv1: 10.255.0.1 } }
chains:
  common:
    - { do: accept, ethertype: arp }
    - { do: accept, proto: icmp, icmp-type: 8 }
  to-web:
    - { jump: common }
    - { do: accept, proto: tcp, dst-port: 80-90, src: not 10.0.0.0/8 }
    - { do: accept, src-group: admins, in-ports: 'red/web,red/app', port-group: web }
    - { do: accept, connection: return }
    - { do: drop, untagged: true, src-mac: '02:00:00:00:00:01/ff:00:00:00:00:00' }
    - { do: redirect, to: red/app, into: true, fail-open: true, push-vlan: 7, proto: tcp }
    - { do: l2-transform, pop-vlan: true, then: continue, vlan: 9 }
  edge-out:
    - { do: snat, to: '203.0.113.5:1024-65535', then: continue, out-ports: edge/up }
    - { do: snat, to: '[2001:db8::5]:80', src: 'fd00::/64' }
  edge-in:
    log: drop
    loggers: { denied: { to: audit, event: drop }, all: { to: quiet } }
    rules:
    - { do: trace, to: slow, limit: 20, proto: tcp }
    - { do: rev-snat, traversed: edge }
    - { do: dnat, to: 10.1.0.10, dst: 203.0.113.9, fragments: any }
ipAddressGroups: { admins: [192.0.2.10, '2001:db8::10'] }
portGroups: { web: { stateful: true, ports: [red/web, red/app] } }
mirrors:
  all: { to: wan/sink }
  dns: { to: wan/sink, when: [{ proto: udp, dst-port: 53 }, { untagged: true, in-ports: red/web }] }
qosPolicies: { silver: { egress: 50M, ingress: 100M/10M, dscp: 46, description: for all } }
bridges:
  red:
    qos: silver
    inbound: common
    ports:
      web: { outbound: to-web, allowed: ['02:00:00:00:00:0a=10.1.0.10', '02:00:00:00:00:0a=fd00:1::/64'] }
      app: { up: false, allowed: [], instance: 5f2c9a1e }
      tap: { host: hv1, interface: tap0 }
      trunk: { peer: vlans/red, vlan: 7 }
    dhcp:
      10.1.0.0/24:
        gateway: 10.1.0.1
        server: 10.1.0.2
        dns: [10.1.0.53]
        forwarder: 10.1.0.54
        mtu: 1400
        enabled: false
        routes: [{ to: 10.9.0.0/16, via: 10.1.0.9 }]
        hosts:
          app: { mac: '02:00:00:00:00:0b', address: 10.1.0.11, options: { domain_name: 'example.org' } }
          '02:00:00:00:00:0c': { address: 10.1.0.12 }
    dhcp6:
      'fd00:1::/64':
        dns: ['fd00:1::53']
        forwarder: 'fd00:1::54'
        hosts: { '02:00:00:00:00:0b': { address: 'fd00:1::b', name: app, options: { domain-search: a.example } } }
    arp: { 10.1.0.10: '02:00:00:00:00:0a' }
    macs: { '02:00:00:00:00:0a': web, '02:00:00:00:00:0d': { port: web, vlan: 7 } }
  vlans:
    ports: { red: { peer: red/trunk } }
  wan: { inboundMirrors: dns, ports: { own: { postInFilterMirrors: 'all,dns' }, sink: {} } }
routers:
  edge:
    inbound: edge-in
    outbound: edge-out
    forward: common
    asNumber: 65001
    ports:
      to-red: { bridge: red, addresses: [10.1.0.1/24, 'fd00:1::1/64'] }
      to-core: { peer: core/to-edge, addresses: [10.3.0.1/30] }
      up: { peer: wan/own, mac: '02:00:00:00:00:aa', addresses: [203.0.113.1/24], connected: false }
    routes:
      - { to: 0.0.0.0/0, port: up, via: 203.0.113.254 }
      - { to: 10.66.0.0/16, from: 10.1.0.0/24, reject: true, weight: 7 }
    balancer:
      pools:
        web: { members: [10.1.0.2:80, { at: 10.1.0.3:80, weight: 2, up: false }], health: { path: /up, delay: 9 } }
        dns: { protocol: udp, members: ['[fd00:1::2]:53'] }
      vips:
        front: { at: 203.0.113.10:80, pool: web, sticky: source-ip }
  core: { up: false, ports: { to-edge: { peer: edge/to-core, addresses: [10.3.0.2/30] } } }
traceRequests:
  slow: { router: edge, when: { invert: true } }
  web: { port: red/web, when: { proto: tcp, dst-port: 443, src-group: admins }, limit: 20, enabled: false }
  red: { bridge: red }
`;

async function opened(): Promise<Shop> {
  const shop = await Shop.open();
  await shop.client.hosts.create({ body: { name: 'hv1' } });
  return shop;
}

async function made(shop: Shop, text: string): Promise<void> {
  const { code, err } = await shop.run('apply', '-f', shop.file(text));
  assert.equal(code, 0, err);
}

for (const [what, text] of [
  ['everything that a file can say', NET],
  ['the demo', readFileSync(join(import.meta.dirname, '../../../demo/topology.yaml'), 'utf8')],
] as const) {
  test(`exported and applied again, ${what} is the same, here and on an empty controller`, limit, async () => {
    await using shop = await opened();
    await shop.client.hosts.create({ body: { name: 'hv2' } });
    await made(shop, text);
    const { out, err, code } = await shop.run('export');
    assert.deepEqual([code, err], [0, '']);
    const again = await shop.run('diff', '-f', shop.file(out), '--prune');
    assert.deepEqual([again.out, again.code], ['nothing to change\n', 0]);

    await using empty = await opened();
    await empty.client.hosts.create({ body: { name: 'hv2' } });
    await made(empty, out);
    assert.equal((await empty.run('export')).out, out);
    // The file that it came from finds nothing to add either.
    assert.equal((await empty.run('diff', '-f', empty.file(text), '--prune')).out, 'nothing to change\n');
  });
}

test('what a file cannot say is told; hosts may be left out; diff ends with 3', limit, async () => {
  await using shop = await opened();
  await made(shop, NET);
  const { id } = await shop.client.loadBalancers.create({ body: { tenantId: 'acme' } });
  const { out, err } = await shop.run('export', '--tenant', 'acme', '--without-hosts');
  assert.match(err, new RegExp(`not in the file: load balancer ${id}, which is at no router`));
  assert.doesNotMatch(out, /hv1|tunnelZones/);
  const differs = await shop.run('diff', '-f', shop.file(NET.replace('mtu: 1400', 'mtu: 1500')));
  assert.deepEqual(differs, {
    code: 3,
    out: '~ DHCP 10.1.0.0/24 on bridge red (interfaceMTU: 1400 → 1500)\n1 change to make\n',
    err: '',
  });
  await shop.client.chains.create({ body: { name: 'x', tenantId: 'umbrella' } });
  const parsed = JSON.parse((await shop.run('export', '--tenant', 'umbrella', '--json')).out) as unknown;
  assert.deepEqual(parsed, {
    tenant: 'umbrella',
    tunnelZones: { underlay: { type: 'vxlan', hosts: { hv1: '10.255.0.1' } } },
    chains: { x: [] },
  });
});

test(
  'by default it is the whole cloud, a document for each tenant, here and on an empty controller',
  limit,
  async () => {
    await using shop = await opened();
    await made(shop, NET);
    await made(shop, 'tenant: umbrella\nbridges: { red: { ports: { web: {} } } }\n');
    await made(
      shop,
      "tenant: ''\nrouters: { provider: { shared: true, ports: { up: { addresses: [192.0.2.2/24] } } } }\n",
    );
    const { out, err, code } = await shop.run('export');
    assert.deepEqual([code, err], [0, '']);
    assert.deepEqual(
      out.split(/^---$/m).map((one) => /^tenant: (.*)$/m.exec(one)?.[1]),
      ['""', 'acme', 'umbrella'],
    );
    assert.equal(out.match(/tunnelZones/g)?.length, 1);
    const again = await shop.run('diff', '-f', shop.file(out), '--prune');
    assert.deepEqual([again.out, again.code], ['nothing to change\n', 0]);
    await using empty = await opened();
    await made(empty, out);
    assert.equal((await empty.run('export')).out, out);
    const json = JSON.parse((await shop.run('export', '--json')).out) as unknown[];
    assert.equal(json.length, 3);
  },
);

test('describe shows an object with all that hangs on it', limit, async () => {
  await using shop = await opened();
  await made(shop, NET);
  const said = async (...words: string[]): Promise<string> => {
    const { out, err, code } = await shop.run('describe', ...words);
    assert.equal(code, 0, err);
    return out.replace(/ +/g, ' ');
  };
  const router = await said('router', 'edge');
  for (const part of [
    /^id /,
    /ports:\n ID NAME DEVICE/,
    /peers:\n[^:]*edge\/to-red red/,
    /routes:\n[\s\S]*10\.66\.0\.0\/16 10\.1\.0\.0\/24/,
    /chains:\n OF HOOK CHAIN\n edge inbound edge-in\n edge outbound edge-out\n edge forward common/,
    /NAT:\n RULE ACTION WHEN\n edge-in:2 rev-snat traversed edge\n/,
    /pools:\n/,
    /VIPs:\n POOL AT NAME STICKY STATE\n web 203\.0\.113\.10:80 front source-ip up/,
    /members:\n/,
    /health monitors:\n/,
  ]) {
    assert.match(router, part);
  }
  const bridge = await said('bridge', 'red');
  for (const part of [/DHCP hosts:\n/, /DHCPv6:\n/, /MAC table:\n/, /rules:\n[\s\S]*to-web:1 jump common/, /QoS:\n/]) {
    assert.match(bridge, part);
  }
  assert.match(await said('port', 'tap'), /bound to:\n HOST ALIVE INTERFACE\n hv1 no tap0/);
  assert.match(
    await said('host', 'hv1'),
    /ports:\n[\s\S]*tap[\s\S]*tunnel zones:\n ZONE ADDRESS\n underlay 10\.255\.0\.1/,
  );
  assert.match(await said('chain', 'common'), /used by:\n NAME AS\n red inbound\n edge forward/);
  const { attached } = JSON.parse((await shop.run('describe', 'pool', 'web', '-o', 'json')).out) as {
    attached: Record<string, unknown[]>;
  };
  assert.deepEqual([attached['members']?.length, attached['VIPs']?.length], [2, 1]);
  for (const [kind, name] of [
    ['vip', 'front'],
    ['pool-member', 'web/10.1.0.2:80'],
    ['load-balancer', 'edge'],
    ['health-monitor', 'edge/web'],
    ['qos-policy', 'silver'],
    ['mirror', 'dns'],
    ['ip-address-group', 'admins'],
    ['port-group', 'web'],
    ['tunnel-zone', 'underlay'],
    ['rule', 'to-web:2'],
  ] as const) {
    assert.match(await said(kind, name), /^(id|name|uri) /m);
  }
});

test('tables, wide tables, JSON and YAML', limit, async () => {
  await using shop = await Shop.open();
  const { id } = await shop.client.bridges.create({ body: { name: 'red' } });
  assert.match((await shop.run('list', 'bridges')).out, new RegExp(`^ID .*\\n${id.slice(0, 8)} `));
  assert.match((await shop.run('list', 'bridges', '-o', 'wide')).out, new RegExp(`\\n${id} `));
  assert.match((await shop.run('list', 'bridges', '-o', 'yaml')).out, new RegExp(`^- id: ${id}\\n`));
  assert.deepEqual(
    (await shop.run('list', 'bridges', '-o', 'json')).out,
    (await shop.run('list', 'bridges', '--json')).out,
  );
  const wrong = await shop.run('list', 'bridges', '-o', 'xml');
  assert.deepEqual([wrong.code, /there is table, wide, json, yaml/.test(wrong.err)], [2, true]);
  assert.equal((await shop.run('show', 'bridge', id.slice(0, 5))).code, 0, 'the beginning of an id is enough');
});
