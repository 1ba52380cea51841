import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Shop } from './shop.ts';

const limit = { timeout: 60_000 };
const NET = `
loggingResources: { audit: {}, spare: {} }
chains:
  in:
    loggers: { denied: { to: audit, event: drop }, all: { to: audit } }
    rules: [{ do: trace, to: slow }, { do: drop }]
bridges: { red: { ports: { web: {} } } }
traceRequests: { slow: { port: red/web, when: { proto: tcp } } }
`;

test('loggers and trace requests of a file: changed, left alone, taken off', limit, async () => {
  await using shop = await Shop.open();
  const apply = async (text: string): Promise<string> => shop.ok('apply', '-f', shop.file(text));
  assert.match(
    await apply(NET),
    /\+ logging resource audit\n[^]*\+ trace request slow\n[^]*\+ rule in:1 trace to slow\n/,
  );
  assert.match(await apply(NET), /^nothing to change/);
  const changed = NET.replace('audit: {}', 'audit: { enabled: false }')
    .replace('denied: { to: audit, event: drop }, all: { to: audit }', 'denied: { to: audit }, all: { to: spare }')
    .replace('proto: tcp }', 'proto: udp, dst-port: 53 }, limit: 7, enabled: false');
  const said = await apply(changed);
  assert.match(said, /~ logging resource audit \(enabled: true → false\)/);
  assert.match(
    said,
    /~ trace request slow \(limit: 100 → 7, enabled: true → false, packets: proto tcp → proto udp dst-port 53\)/,
  );
  assert.match(said, /~ rule logger denied of chain in \(event: drop → all\)/);
  assert.match(said, /- rule logger all of chain in\n\+ rule logger all of chain in/);
  // What the file says nothing of stays: whether they are enabled, and the loggers of a chain without `loggers`.
  const silent = NET.replace('proto: tcp }', 'proto: udp, dst-port: 53 }, limit: 7').replace(/ {4}loggers: .*\n/, '');
  assert.match(await apply(silent), /^nothing to change/);
  await apply(NET.replace(/loggers: .*\n/, 'loggers: {}\n').replace('proto: tcp }', 'proto: tcp }, enabled: true'));
  assert.deepEqual(await shop.client.ruleLoggers.list(), []);
  const [request] = await shop.client.traceRequests.list();
  assert.deepEqual([request?.enabled, request?.limit, request?.condition.nwProto], [true, 100, 6]);
});

test('mistakes in them are told with the line, and nothing is done', limit, async () => {
  await using shop = await Shop.open();
  const refused = async (text: string): Promise<string> => {
    const { code, err } = await shop.run('apply', '-f', shop.file(text));
    assert.notEqual(code, 0);
    assert.deepEqual(await shop.client.bridges.list(), []);
    return err;
  };
  assert.match(await refused(NET.replace('to: audit }', 'to: nobody }')), /:5: .*no logging resource nobody/);
  assert.match(await refused(NET.replace('event: drop', 'event: some')), /:5: .*accept, drop or all/);
  assert.match(
    await refused(NET.replace('port: red/web', 'bridge: red, port: red/web')),
    /needs one of bridge, router/,
  );
  assert.match(await refused(NET.replace('port: red/web', 'router: red')), /:8: .*no router red/);
  assert.match(await refused(NET.replace('{ proto: tcp }', '{ proto: tcp }, limit: 0')), /limit must be 1 to 1000/);
  assert.match(await refused(NET.replace('{ proto: tcp }', '{ prot: tcp }')), /no field "prot"/);
  assert.match(await refused(NET.replace('to: slow', 'to: fast')), /:6: .*no trace request fast/);
  await shop.ok('apply', '-f', shop.file(NET));
  const moved = await shop.run('apply', '-f', shop.file(NET.replace('port: red/web', 'bridge: red')));
  assert.match(moved.err, /:8: .*is at port red\/web and cannot be moved/);
});

test("a logger whose resource is another tenant's cannot be in a file, and export tells", limit, async () => {
  await using shop = await Shop.open();
  const tenants = { acme: 'acme', other: 'other' };
  const chain = await shop.client.chains.create({ body: { name: 'in', tenantId: tenants.acme } });
  const resource = await shop.client.loggingResources.create({ body: { name: 'audit', tenantId: tenants.other } });
  const logger = { name: 'odd', chainId: chain.id, loggingResourceId: resource.id };
  await shop.client.ruleLoggers.create({ body: logger });
  const { out, err, code } = await shop.run('export', '--tenant', tenants.acme);
  assert.equal(code, 0);
  assert.match(err, /rule logger odd( of chain in)?, whose resource is another tenant's/);
  assert.doesNotMatch(out, /odd|audit/);
});
