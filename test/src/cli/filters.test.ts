import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Shop } from './shop.ts';

const limit = { timeout: 30_000 };

/** A security group: the web servers take HTTP from everywhere, SSH from administrators, nothing else. */
const NET = `
tenant: acme
ipAddressGroups:
  admins: [192.0.2.10, '2001:db8::10']
portGroups:
  web: { ports: [red/web1, red/web2] }
chains:
  common:
    - { do: accept, ethertype: arp }
    - { do: accept, proto: icmp }
  to-web:
    - { jump: common }
    - { do: accept, proto: tcp, dst-port: 80 }
    - { do: accept, proto: tcp, dst-port: 22, src-group: admins }
    - { do: accept, in-ports: 'red/web1,red/web2', out-port-group: web }
    - { do: drop }
  from-edge:
    - { do: reject, src: not 10.0.0.0/8, untagged: true }
bridges:
  red:
    ports:
      web1: { outbound: to-web }
      web2: { outbound: to-web }
routers:
  edge:
    forward: from-edge
    ports: { to-red: { bridge: red, addresses: [10.1.0.1/24] } }
`;

const rulesOf = async (shop: Shop, chain: string): Promise<string[]> => {
  const { out, code, err } = await shop.run('show', 'chain', chain);
  assert.equal(code, 0, err);
  return out.split('\n').flatMap((line) => /^\s+(\d+ .*)$/.exec(line)?.[1]?.replace(/\s+/g, ' ') ?? []);
};

const text = (rules: readonly string[]): string =>
  `chains:\n  to-web:\n${rules.map((one) => `    - ${one}\n`).join('')}`;

test('a security group by apply: made, then nothing to change, and devices filter with it', limit, async () => {
  await using shop = await Shop.open();
  const first = await shop.run('apply', '-f', shop.file(NET));
  assert.equal(first.code, 0, first.err);
  const again = await shop.run('apply', '-f', shop.file(NET));
  assert.equal(again.out, 'nothing to change\n', again.err);
  assert.deepEqual(await rulesOf(shop, 'to-web'), [
    '1 jump common',
    '2 accept proto tcp dst-port 80',
    '3 accept proto tcp dst-port 22 src-group admins',
    '4 accept in-ports web1,web2 out-port-group web',
    '5 drop',
  ]);
  assert.deepEqual(await rulesOf(shop, 'from-edge'), ['1 reject src not 10.0.0.0/8 untagged']);
  const [chain] = await shop.client.chains.list({ query: { name: 'to-web' } });
  assert.equal(chain?.portOutboundIds.length, 2);
  assert.equal((await shop.client.portGroups.list())[0]?.portIds.length, 2);
  const [router] = await shop.client.routers.list();
  assert.notEqual(router?.forwardChainId, null);
  const listed = await shop.run('list', 'chains');
  assert.match(listed.out, /to-web .*acme .*5 .*2 ports/);
});

test('applying a changed file makes only the changes, keeps rule ids, and takes away what went', limit, async () => {
  await using shop = await Shop.open();
  await shop.run('apply', '-f', shop.file(text(['{ do: accept, proto: tcp, dst-port: 80 }', '{ do: drop }'])));
  const [chain] = await shop.client.chains.list();
  const before = await shop.client.chains.rules({ id: chain?.id ?? '' });
  const changed = await shop.run(
    ...['apply', '-f', shop.file(text(['{ do: accept, proto: tcp, dst-port: 80-90 }', '{ do: drop }']))],
  );
  assert.match(
    changed.out,
    /~ rule to-web:1 \(accept {2}proto tcp dst-port 80 → accept {2}proto tcp dst-port 80-90\)\n1 change made/,
  );
  const after = await shop.client.chains.rules({ id: chain?.id ?? '' });
  assert.deepEqual(
    after.map(({ id }) => id),
    before.map(({ id }) => id),
  );
  const inserted = await shop.run('apply', '-f', shop.file(text(['{ do: return, vlan: 7 }', '{ do: drop }'])));
  assert.match(inserted.out, /1 change made/);
  const gone = await shop.run('apply', '-f', shop.file(text(['{ do: drop }'])), '--dry-run');
  assert.match(gone.out, /- rule to-web:1 return {2}vlan 7\n1 change to make/);
  const groups = (members: string) => shop.file(`ipAddressGroups: { a: [${members}] }`);
  await shop.run('apply', '-f', groups('10.0.0.1, 10.0.0.2'));
  const fewer = await shop.run('apply', '-f', groups('10.0.0.2'));
  assert.match(fewer.out, /- 10\.0\.0\.1 in IP address group a/);
  const off = shop.file('bridges: { red: { inbound: to-web } }');
  assert.match((await shop.run('apply', '-f', off)).out, /inbound: none → to-web/);
  const none = shop.file('bridges: { red: { inbound: none } }');
  assert.match((await shop.run('apply', '-f', none)).out, /inbound: to-web → none/);
});

test(
  'prune takes off the filters that the file does not name any more; their chains and groups stay',
  limit,
  async () => {
    await using shop = await Shop.open();
    await shop.run('apply', '-f', shop.file(NET));
    const less = NET.replace('web1: { outbound: to-web }', 'web1: {}').replace('    forward: from-edge\n', '');
    assert.equal((await shop.run('apply', '-f', shop.file(less))).out, 'nothing to change\n');
    const pruned = await shop.run('apply', '-f', shop.file(less), '--prune');
    assert.deepEqual(pruned.out.trimEnd().split('\n'), [
      '~ filters of port web1 on red (outbound: to-web → none)',
      '~ filters of router edge (forward: from-edge → none)',
      '2 changes made',
    ]);
    assert.equal((await shop.run('apply', '-f', shop.file(less), '--prune')).out, 'nothing to change\n');
    const none = 'tenant: acme\nbridges: { red: { ports: { web1: {}, web2: {} } } }\n';
    await shop.run('apply', '-f', shop.file(none), '--prune');
    assert.equal((await shop.client.chains.list()).length, 3);
    assert.equal((await shop.client.portGroups.list())[0]?.portIds.length, 2);
  },
);

test('mistakes in a file name file, line and what is there instead', limit, async () => {
  await using shop = await Shop.open();
  for (const [rule, expected] of [
    ['{ do: allow }', /net\.yaml:3: chains\.to-web\[0\]\.do must be one of accept, drop/],
    ['{ do: drop, jump: x }', /net\.yaml:3: .*one of do and jump/],
    ['{ do: drop, dst-prot: 7 }', /no field "dst-prot"/],
    ['{ do: drop, proto: tpc }', /net\.yaml:3: .*"tpc" is no number up to 255, nor icmp, tcp/],
    ['{ jump: nowhere }', /net\.yaml:3: .*no chain nowhere/],
    ['{ do: drop, src-port: 5-3 }', /net\.yaml:3: .*no range/],
    ['{ do: drop, src-port: 5, icmp-type: 3 }', /net\.yaml:3: .*given in another way/],
    ['{ do: drop, src: 10.0.0.0/8, fragments: some }', /net\.yaml:3: .*fragmentPolicy must be one of/],
    ['{ do: snat }', /net\.yaml:3: .*snat: needs "to", an address or range like/],
    ['{ do: snat, to: web }', /net\.yaml:3: .*to: "web" is no address or range/],
    ['{ do: drop, to: 10.0.0.1 }', /net\.yaml:3: .*"to" goes with jump, snat, dnat, redirect and trace only/],
    ['{ jump: a, to: 10.0.0.1 }', /net\.yaml:3: chains\.to-web\[0\]\.to goes with snat, dnat, redirect and trace only/],
    ['{ do: drop, then: accept }', /net\.yaml:3: .*"then" goes with snat, dnat/],
    ['{ do: rev-snat, then: drop }', /net\.yaml:3: .*then: "drop" is none of accept, continue, return/],
    ['{ do: accept, connection: both }', /net\.yaml:3: .*"both" is neither forward nor return/],
    ['{ do: drop, in-ports: web }', /net\.yaml:3: .*name a port with its device/],
  ] as const) {
    const { code, err } = await shop.run('apply', '-f', shop.file(text([rule])));
    assert.match(err, expected, rule);
    assert.equal(code, 2, err);
  }
  assert.deepEqual(await shop.client.chains.list(), [], 'nothing was made');
});

test('rules are made, changed, moved and deleted by chain and place', limit, async () => {
  await using shop = await Shop.open();
  await shop.ok('create', 'chain', 'in');
  await shop.ok('create', 'chain', 'other');
  await shop.ok('create', 'bridge', 'red', '--inbound', 'in');
  await shop.ok('create', 'port', '--bridge', 'red', '--name', 'web', '--outbound', 'in');
  await shop.ok('create', 'ip-address-group', 'admins');
  await shop.ok('create', 'ip-address', 'admins', '192.0.2.1', '2001:db8::1');
  await shop.ok('create', 'port-group', 'servers', '--stateful');
  await shop.ok('create', 'port-group-member', 'servers', 'web');
  await shop.ok('create', 'rule', 'in', 'drop');
  await shop.ok('create', 'rule', 'in', 'accept', '--proto', 'tcp', '--dst-port', '80', '--src-group', 'not admins');
  await shop.ok('create', 'rule', 'in', 'jump', '--to', 'other', '--in-port-group', 'servers', '--last');
  await shop.ok(
    'create',
    'rule',
    'in',
    'reject',
    '--src-mac',
    '02:00:00:00:00:00/ff:00:00:00:00:00',
    '--position',
    '2',
  );
  assert.deepEqual(await rulesOf(shop, 'in'), [
    '1 accept proto tcp dst-port 80 src-group not admins',
    '2 reject src-mac 02:00:00:00:00:00/ff:00:00:00:00:00',
    '3 drop',
    '4 jump other in-port-group servers',
  ]);
  assert.match(
    await shop.ok('update', 'rule', 'in:1', '--clear', 'src-group', '--dst-port', '443'),
    /^1 {2}accept {2}proto tcp dst-port 443$/,
  );
  assert.match(await shop.ok('update', 'rule', 'in:3', '--action', 'return', '--position', '1'), /^1 {2}return$/);
  await shop.ok('delete', 'rule', 'in:4', 'in:3');
  assert.match(await shop.ok('list', 'rules', 'in'), /1 .*return\n2 .*accept .*proto tcp dst-port 443$/);
  assert.match(await shop.ok('show', 'rule', 'in:2'), /type +accept[^]*nwProto +6/);
  assert.equal(await shop.ok('list', 'ip-addresses', 'admins'), '192.0.2.1\n2001:db8::1');
  assert.match(await shop.ok('show', 'ip-address-group', 'admins'), /addresses +192\.0\.2\.1, 2001:db8::1/);
  assert.match(await shop.ok('list', 'port-groups', '--port', 'web'), /servers .*yes +web$/);
  await shop.ok('delete', 'port-group-member', 'servers', 'web');
  await shop.ok('delete', 'ip-address', 'admins', '192.0.2.1');
  await shop.ok('update', 'bridge', 'red', '--inbound', 'none');
  assert.equal((await shop.client.bridges.list())[0]?.inboundFilterId, null);
  await shop.ok('delete', 'chain', 'in', 'other');
  await shop.ok('delete', 'port-group', 'servers');
  await shop.ok('delete', 'ip-address-group', 'admins');
  assert.match((await shop.run('create', 'rule', 'nowhere', 'drop')).err, /no chain "nowhere"/);
});

const NAT = `
tenant: acme
chains:
  edge-in:
    - { do: rev-snat, in-ports: [edge/up], then: continue }
    - { do: dnat, to: '10.1.0.10:80', in-ports: [edge/up], proto: tcp, dst: 203.0.113.5, dst-port: 8080 }
  edge-out:
    - { do: rev-dnat, out-ports: [edge/up, edge/to-red], connection: return }
    - { do: snat, to: ['203.0.113.5-203.0.113.6:1024-65535', '203.0.113.9:1024-65535'], out-ports: edge/up }
    - { do: snat, to: '[2001:db8::5]:1024-65535', src: 'fd00::/8' }
bridges: { red: {} }
routers:
  edge:
    inbound: edge-in
    outbound: edge-out
    ports:
      to-red: { bridge: red, addresses: [10.1.0.1/24] }
      up: { addresses: [203.0.113.2/24] }
`;

test('NAT rules by apply: made as written, then nothing to change, changed in place', limit, async () => {
  await using shop = await Shop.open();
  const first = await shop.run('apply', '-f', shop.file(NAT));
  assert.equal(first.code, 0, first.err);
  assert.equal((await shop.run('apply', '-f', shop.file(NAT))).out, 'nothing to change\n');
  assert.deepEqual(await rulesOf(shop, 'edge-in'), [
    '1 rev-snat then continue in-ports up',
    '2 dnat to 10.1.0.10:80 proto tcp dst 203.0.113.5 dst-port 8080 in-ports up',
  ]);
  assert.deepEqual(await rulesOf(shop, 'edge-out'), [
    '1 rev-dnat out-ports up,to-red connection return',
    '2 snat to 203.0.113.5-203.0.113.6:1024-65535,203.0.113.9:1024-65535 out-ports up',
    '3 snat to [2001:db8::5]:1024-65535 src fd00::/8',
  ]);
  const changed = await shop.run('apply', '-f', shop.file(NAT.replace('10.1.0.10:80', '10.1.0.11:80')));
  assert.match(changed.out, /^~ rule edge-in:2 \(dnat to 10\.1\.0\.10:80 .* → dnat to 10\.1\.0\.11:80 .*\)\n1 change/);
});

test('NAT rules and connection tests on the command line', limit, async () => {
  await using shop = await Shop.open();
  await shop.ok('create', 'chain', 'nat');
  await shop.ok('create', 'rule', 'nat', '--do', 'snat', '--to', '203.0.113.5:1024-65535', '--then', 'return');
  await shop
    .ok('create', 'rule', 'nat', 'dnat', '--to', '[2001:db8::5]:80,2001:db8::6-2001:db8::7', '--dst', 'fd00::1')
    .then(
      () => assert.fail('targets with and without ports'),
      (error: unknown) => assert.match(String(error), /natTargets:? either all targets have ports or none/),
    );
  await shop.ok('create', 'rule', 'nat', 'rev-snat', '--connection', 'return');
  assert.deepEqual(await rulesOf(shop, 'nat'), [
    '1 rev-snat connection return',
    '2 snat to 203.0.113.5:1024-65535 then return',
  ]);
  assert.match(
    await shop.ok('show', 'rule', 'nat:2'),
    /type +snat\n.*natTargets +203\.0\.113\.5:1024-65535\n[^]*flowAction +return/,
  );
  assert.match(await shop.ok('list', 'rules', 'nat'), /2 .* snat to 203\.0\.113\.5:1024-65535 then return/);
  const update = (...words: string[]) => shop.ok('update', 'rule', 'nat:2', ...words);
  assert.match(await update('--to', '203.0.113.6', '--then', 'accept'), /^2 {2}snat to 203\.0\.113\.6$/);
  assert.match(await update('--action', 'dnat', '--to', '10.0.0.5'), /^2 {2}dnat to 10\.0\.0\.5$/);
  assert.match(await update('--action', 'accept', '--connection', 'forward'), /^2 {2}accept {2}connection forward$/);
  assert.match(await update('--clear', 'connection'), /^2 {2}accept$/);
  for (const [words, expected] of [
    [['snat'], /snat: needs "to", an address or range/],
    [['accept', '--then', 'continue'], /"then" goes with snat/],
    [['snat', '--do', 'dnat', '--to', '10.0.0.1'], /say what the rule does, once: accept, drop/],
    [[], /say what the rule does, once/],
  ] as const) {
    const said = await shop.run('create', 'rule', 'nat', ...words);
    assert.equal(said.code, 2, said.out);
    assert.match(said.err, expected);
  }
});

test('a trace names chains and rules, and says which one dropped the packet', limit, async () => {
  await using shop = await Shop.open();
  const net = `
chains:
  guard: [{ do: accept, proto: udp, dst-port: 53 }, { do: drop, proto: udp }]
bridges: { red: { inbound: guard, ports: { web: {}, db: {} } } }
`;
  assert.equal((await shop.run('apply', '-f', shop.file(net))).code, 0);
  const host = await shop.client.hosts.create({ body: { name: 'hv' } });
  const ports = await shop.client.ports.list();
  for (const { id, vifId } of ports) {
    await shop.client.hostPorts.create({ id: host.id, body: { portId: id, interfaceName: `tap-${vifId ?? ''}` } });
  }
  const macs = ['--src-mac', '02:00:00:00:00:01', '--dst-mac', '02:00:00:00:00:02'];
  const traced = await shop.run('trace', '--from-port', 'web', ...macs, 'udp 10.0.0.1:9 > 10.0.0.2:99');
  assert.equal(traced.code, 0, traced.err);
  assert.match(traced.out, /chain guard/);
  assert.match(traced.out, /rule guard:1 .*does not apply/);
  assert.match(traced.out, /rule guard:2 .*drop/);
  assert.match(traced.out, /dropped by rule guard:2/);
});

test('the security group of the manual is made as it is printed there', limit, async () => {
  await using shop = await Shop.open();
  const page = readFileSync(join(import.meta.dirname, '../../../docs/chains.md'), 'utf8');
  const example = /```yaml\n([^]*?)```/.exec(page)?.[1] ?? assert.fail('the page has an example');
  const made = await shop.run('apply', '-f', shop.file(example));
  assert.equal(made.code, 0, made.err);
  assert.equal((await shop.run('apply', '-f', shop.file(example))).out, 'nothing to change\n');
  const [web] = (await shop.client.ports.list()).filter(({ vifId }) => vifId === 'web1');
  const host = await shop.client.hosts.create({ body: { name: 'hv' } });
  await shop.client.hostPorts.create({ id: host.id, body: { portId: web?.id ?? '', interfaceName: 'tap1' } });
  const macs = ['--src-mac', '02:00:00:00:00:01', '--dst-mac', '02:00:00:00:00:02'];
  const ask = (packet: string) => shop.run('trace', '--from-port', 'web1', ...macs, packet);
  assert.match((await ask('udp 10.9.9.9:5 > 10.1.0.11:53')).out, /dropped by rule from-web:2/);
  assert.doesNotMatch((await ask('udp 10.1.0.10:5 > 10.1.0.11:53')).out, /dropped by rule from-web/);
});

test('hairpin as on the page on NAT: both addresses are translated on the way to the neighbour', limit, async () => {
  await using shop = await Shop.open();
  const page = readFileSync(join(import.meta.dirname, '../../../docs/nat.md'), 'utf8');
  const [, , example = ''] = page.split('```yaml\n').map((part) => part.split('```')[0] ?? '');
  const arp = "{ ports: { web: {} }, arp: { 10.1.0.11: '02:00:00:00:00:11' } }";
  const made = await shop.run('apply', '-f', shop.file(example.replace('red: {}', `red: ${arp}`)));
  assert.equal(made.code, 0, made.err);
  const ports = await shop.client.ports.list();
  const host = await shop.client.hosts.create({ body: { name: 'hv' } });
  const web = ports.find(({ vifId }) => vifId === 'web');
  await shop.client.hostPorts.create({ id: host.id, body: { portId: web?.id ?? '', interfaceName: 'tap1' } });
  const gateway = ports.find(({ vifId }) => vifId === 'to-red')?.portMac ?? '';
  const macs = ['--src-mac', '02:00:00:00:00:20', '--dst-mac', gateway];
  const ask = async (packet: string) => (await shop.run('trace', '--from-port', 'web', ...macs, packet)).out;
  const hairpin = await ask('tcp 10.1.0.20:5000 > 203.0.113.2:8080');
  assert.match(hairpin, /rewrites destination to 10\.1\.0\.11, port 80\n/);
  assert.match(hairpin, /rewrites source to 10\.1\.0\.1, port 1024\n/);
  const floating = await ask('udp 10.1.0.10:5000 > 203.0.113.2:8080');
  assert.doesNotMatch(floating, /rewrites destination/);
  const out = await ask('tcp 10.1.0.10:5000 > 198.51.100.1:443');
  assert.match(out, /rewrites source to 203\.0\.113\.7\n/);
  const masqueraded = await ask('tcp 10.1.0.20:5000 > 198.51.100.1:443');
  assert.match(masqueraded, /rewrites source to 203\.0\.113\.2, port 1024\n/);
});

test('the networks of the page on NAT are made as they are printed there', limit, async () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/nat.md'), 'utf8');
  const examples = [...page.matchAll(/```yaml\n([^]*?)```/g)].map(([, text = '']) => text);
  assert.equal(examples.length, 2);
  for (const example of examples) {
    await using shop = await Shop.open();
    const made = await shop.run('apply', '-f', shop.file(example));
    assert.equal(made.code, 0, made.err);
    assert.equal((await shop.run('apply', '-f', shop.file(example))).out, 'nothing to change\n');
  }
});

test('rules that change tags or redirect, by command and by apply', limit, async () => {
  await using shop = await Shop.open();
  const rules =
    '[{ do: redirect, to: red/fw, proto: tcp, fail-open: true }, { do: l2-transform, push-vlan: 9, then: continue }]';
  const net = `chains: { web-in: ${rules} }\nbridges: { red: { ports: { web: { inbound: web-in }, fw: {} } } }\n`;
  await shop.apply(net);
  assert.equal(await shop.apply(net), 'nothing to change\n');
  await shop.ok('create', 'rule', 'web-in', 'redirect', '--to', 'web', '--into', '--pop-vlan', '--last');
  assert.deepEqual(await rulesOf(shop, 'web-in'), [
    '1 redirect to fw fail-open proto tcp',
    '2 l2-transform push-vlan 9 then continue',
    '3 redirect to web into pop-vlan',
  ]);
  assert.match(await shop.ok('update', 'rule', 'web-in:3', '--to', 'fw'), /redirect to fw into pop-vlan/);
  const changed = await shop.ok('update', 'rule', 'web-in:3', '--action', 'l2-transform', '--push-vlan', '5');
  assert.match(changed, /3 +l2-transform push-vlan 5/);
  for (const [words, what] of [
    [['redirect'], /needs "to", a port/],
    [['l2-transform'], /needs pop-vlan, push-vlan or both/],
    [['accept', '--pop-vlan'], /"pop-vlan" goes with l2-transform and redirect only/],
    [['redirect', '--to', 'fw', '--then', 'accept'], /nothing comes behind it/],
  ] as const) {
    const said = await shop.run('create', 'rule', 'web-in', ...words);
    assert.equal(said.code, 2, said.out);
    assert.match(said.err, what);
  }
  const refused = await shop.run('delete', 'port', 'fw');
  assert.match(refused.err, /redirects to port/);
  assert.match(
    await shop.ok(
      'trace',
      '--from-port',
      'web',
      '--udp',
      '10.0.0.1:1,10.0.0.2:2',
      '--src-mac',
      '02:00:00:00:00:01',
      '--dst-mac',
      '02:00:00:00:00:02',
    ),
    /l2-transform[^]*tags VLAN 9/,
  );
});
