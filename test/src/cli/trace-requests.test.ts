import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WATCH_VERSIONS } from '@midonet/contract';
import { encodeRow, type HostId, type PortId, type SharedRow, type TraceRequestId } from '@midonet/topology';
import { Shop, TOKEN } from './shop.ts';

const limit = { timeout: 60_000 };
const HOST = '99999999-9999-4999-8999-999999999991' as HostId;

/** Rows as the agent of a host would write them, for as long as the socket stands. */
async function tell(shop: Shop, rows: readonly SharedRow[]): Promise<WebSocket> {
  const socket = new WebSocket(`${shop.url.replace(/^http/, 'ws')}/watch`);
  const heard = (op: string): Promise<void> =>
    new Promise((resolve) => {
      socket.addEventListener('message', ({ data }) => {
        if (String(data).includes(`"op":"${op}"`)) resolve();
      });
    });
  await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }));
  const welcome = heard('welcome');
  const hello = { op: 'hello', protocol: WATCH_VERSIONS.from, token: TOKEN, host: { id: HOST, name: 'hv1' } };
  socket.send(JSON.stringify(hello));
  await welcome;
  const ack = heard('ack');
  socket.send(JSON.stringify({ op: 'rows', id: 1, puts: rows.map(encodeRow), deletes: [] }));
  await ack;
  return socket;
}

test('trace requests by command: made, listed, changed, enabled anew, deleted', limit, async () => {
  await using shop = await Shop.open();
  await shop.ok('create', 'bridge', 'red');
  await shop.ok('create', 'port', '--bridge', 'red', '--name', 'web');
  await shop.ok('create', 'trace-request', 'slow', '--port', 'web', '--proto', 'tcp', '--dst-port', '443');
  assert.match(await shop.ok('list', 'trace-requests'), /slow +port web +proto tcp dst-port 443 +100 +20\d\d-/);
  const off = await shop.ok('update', 'trace-request', 'slow', '--disable', '--limit', '7', '--clear', 'dst-port');
  assert.match(off, /limit +7[^]*packets +proto tcp\n[^]*tracesUntil +disabled/);
  assert.match(await shop.ok('update', 'trace-request', 'slow', '--enable'), /tracesUntil +20\d\d-/);
  assert.match(await shop.ok('timeline', 'slow'), /nothing was traced yet/);
  assert.match(await shop.ok('describe', 'trace-request', 'slow'), /slow/);
  const clash = await shop.run('create', 'trace-request', 'x', '--port', 'web', '--bridge', 'red');
  assert.deepEqual([clash.code, /one of --bridge, --router and --port/.test(clash.err)], [2, true]);
  await shop.ok('delete', 'trace-request', 'slow');
  assert.deepEqual(await shop.client.traceRequests.list(), []);
});

test('rules that trace by command and from a file, and in an export', limit, async () => {
  await using shop = await Shop.open();
  await shop.ok('create', 'bridge', 'red');
  await shop.ok('create', 'chain', 'in');
  await shop.ok('create', 'trace-request', 'slow', '--bridge', 'red', '--invert');
  await shop.ok('create', 'rule', 'in', 'trace', '--to', 'slow', '--proto', 'tcp', '--limit', '20');
  assert.match(await shop.ok('list', 'rules', 'in'), /1 +\S+ +trace to slow limit 20 +proto tcp/);
  assert.match(await shop.ok('update', 'rule', 'in:1', '--limit', '30'), /trace to slow limit 30/);
  const bare = await shop.run('create', 'rule', 'in', 'trace');
  assert.deepEqual([bare.code, /needs "to", a trace request/.test(bare.err)], [2, true]);
  const astray = await shop.run('create', 'rule', 'in', 'drop', '--limit', '3');
  assert.deepEqual([astray.code, /"limit" goes with trace only/.test(astray.err)], [2, true]);
  const exported = await shop.ok('export');
  assert.match(exported, /do: trace\n +to: slow\n +limit: "?30"?\n +proto: tcp/);
  const file = shop.file('chains: { in: [{ do: trace, to: slow }, { do: drop }] }');
  await shop.ok('apply', '-f', file);
  assert.match(await shop.ok('apply', '-f', file), /^nothing to change$/);
  const [chain] = await shop.client.chains.list();
  const rules = await shop.client.chains.rules({ id: chain?.id ?? '' });
  assert.deepEqual(
    rules.map((rule) => [rule.type, rule.limit]),
    [
      ['trace', 1000],
      ['drop', null],
    ],
  );
});

test('a timeline shows packets by connection, their steps with names, and where they came out', limit, async () => {
  await using shop = await Shop.open();
  await shop.ok('create', 'bridge', 'red');
  for (const name of ['web', 'db']) await shop.ok('create', 'port', '--bridge', 'red', '--name', name);
  await shop.ok('create', 'trace-request', 't', '--bridge', 'red');
  const [request] = await shop.client.traceRequests.list();
  const ports = await shop.client.ports.list();
  const id = (name: string): PortId => (ports.find(({ vifId }) => vifId === name)?.id ?? '') as PortId;
  const requestId = (request?.id ?? '') as TraceRequestId;
  const steps = JSON.stringify([
    { at: { kind: 'port', id: id('web') }, action: { kind: 'ingress', portId: id('web') }, packet: 'as it came' },
    { at: { kind: 'packet', id: '' }, action: { kind: 'hidden' }, packet: '' },
  ]);
  const common = {
    kind: 'tracedPacket',
    requestId,
    hostId: HOST,
    flow: 'tcp a <> b',
    portId: id('web'),
    sent: [],
  } as const;
  const socket = await tell(shop, [
    { ...common, slot: 0, at: 1000, way: 'forward', packet: 'SYN', verdict: 'forward', reason: '', steps, cut: 0 },
    {
      ...common,
      slot: 1,
      at: 2000,
      way: 'return',
      packet: 'ACK',
      verdict: 'drop',
      reason: 'chainDrop',
      steps: '[]',
      cut: 3,
    },
  ]);
  const told = await shop.ok('timeline', 't');
  assert.match(
    told,
    /^tcp a <> b: 2 packets\n00:00:01\.000 hv1: in by web, sent on\n +SYN\n +1\. port web +enters at port web\n/,
  );
  assert.match(told, /passes what is not yours to see/);
  assert.match(told, /00:00:02\.000 hv1: in by web, an answer, dropped: a rule of a chain drops it \(chainDrop\)/);
  assert.match(told, /3 steps in the middle are left out[^]*by the clock of each host/);
  const followed = await shop.ok('timeline', 't', '--follow', '--count', '2', '--json');
  assert.deepEqual(
    followed
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { packet: string }).packet),
    ['SYN', 'ACK'],
  );
  socket.close();
});
