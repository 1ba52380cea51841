import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { EVERYTHING } from './everything.ts';
import { Shop } from './shop.ts';

const limit = { timeout: 120_000 };

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
  ['everything that a file can say', EVERYTHING],
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
  await made(shop, EVERYTHING);
  const { id } = await shop.client.loadBalancers.create({ body: { tenantId: 'acme' } });
  const { out, err } = await shop.run('export', '--tenant', 'acme', '--without-hosts');
  assert.match(err, new RegExp(`not in the file: load balancer ${id}, which is at no router`));
  assert.doesNotMatch(out, /hv1|tunnelZones/);
  const differs = await shop.run('diff', '-f', shop.file(EVERYTHING.replace('mtu: 1400', 'mtu: 1500')));
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
    await made(shop, EVERYTHING);
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
  await made(shop, EVERYTHING);
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
  assert.match(await said('chain', 'common'), /jumped to by:\n RULE\n to-web:1\n/);
  assert.match(
    await said('chain', 'edge-in'),
    /loggers:\n NAME RESOURCE LOGS\n( all quiet all\n denied audit drop| denied audit drop\n all quiet all)/,
  );
  assert.match(
    await said('bridge', 'wan'),
    /mirrors:\n OF PLACE MIRROR COPIES GO TO\n wan inbound dns sink\n own behind the inbound filter all sink\n/,
  );
  assert.match(bridge, /DHCP:\n[^\n]*\n 10\.1\.0\.0\/24 10\.1\.0\.1 10\.1\.0\.54 10\.1\.0\.53 1400/);
  assert.match(bridge, /trace requests:\n NAME OF ENABLED\n( red red yes\n web web no| web web no\n red red yes)/);
  assert.match(
    await said('mirror', 'dns'),
    /copies what is:\n WHEN\n proto udp dst-port 53\n[^]*shown by:\n[^]* wan inbound/,
  );
  assert.match(
    await said('rule', 'to-web:2'),
    /action accept meter web\nwhen proto tcp src not 10\.0\.0\.0\/8 dst-port 80-90/,
  );
  assert.match(await said('trace-request', 'web'), /when proto tcp [^\n]*dst-port 443/);
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
