import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Shop, TOKEN } from './shop.ts';

const HOST = { id: '99999999-9999-4999-8999-999999999999', name: 'hv1' };

/** An agent that says one thing. */
async function report(url: string, row: object): Promise<WebSocket> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/watch`, { headers });
  const heard = (op: string): Promise<void> =>
    new Promise((resolve) => {
      socket.addEventListener('message', ({ data }) => {
        if ((JSON.parse(String(data)) as { op: string }).op === op) resolve();
      });
    });
  await new Promise((resolve) => socket.addEventListener('open', resolve));
  const welcome = heard('welcome');
  socket.send(JSON.stringify({ op: 'hello', protocol: 1, host: HOST }));
  await welcome;
  const ack = heard('ack');
  socket.send(JSON.stringify({ op: 'rows', id: 1, puts: [row], deletes: [] }));
  await ack;
  return socket;
}

test('--counters shows what rules applied to, in lists, alone and as JSON', { timeout: 60_000 }, async () => {
  await using shop = await Shop.open();
  const text = 'chains:\n  web-in:\n    - { do: accept, proto: tcp, dst-port: 80, meter: web }\n    - { do: drop }\n';
  assert.equal((await shop.run('apply', '-f', shop.file(text))).code, 0);
  const [chain] = await shop.client.chains.list();
  const hits = [{ ruleId: chain?.ruleIds[1], packets: 42, bytes: 4200 }];
  const meters = [{ tenantId: '', name: 'web', packets: 7, bytes: 700 }];
  const agent = await report(shop.url, { kind: 'hostRuleHits', hostId: HOST.id, hits, meters });
  try {
    const list = await shop.run('list', 'rules', 'web-in', '--counters');
    const lines = list.out.trim().split('\n');
    assert.match(lines[0] ?? '', /^PACKETS +BYTES +POSITION/, list.err);
    assert.match(lines[1] ?? '', /^0 +0 +1 .*accept .*dst-port 80/);
    assert.match(lines[2] ?? '', /^42 +4200 +2 .*drop/);
    assert.match((await shop.run('show', 'rule', 'web-in:2', '--counters')).out, /packets +42\n/);
    const json = JSON.parse((await shop.run('list', 'rules', 'web-in', '--counters', '--json')).out) as object[];
    assert.deepEqual(
      json.map((one) => ('packets' in one ? one.packets : undefined)),
      [0, 42],
    );
    assert.doesNotMatch((await shop.run('list', 'rules', 'web-in')).out, /PACKETS/);
    assert.match((await shop.run('list', 'meters')).out, /^web +7 +700 +1$/m);
    assert.match((await shop.run('export')).out, /dst-port: '?80'?, meter: web|meter: web/);
    assert.match((await shop.run('diff', '-f', shop.file(text))).out, /^(?!.*rule)/s);
    assert.match((await shop.run('update', 'rule', 'web-in:1', '--dst-port', '81')).out, /accept meter web/);
    assert.doesNotMatch((await shop.run('update', 'rule', 'web-in:1', '--meter', 'none')).out, /meter/);
    assert.match(
      (await shop.run('update', 'rule', 'web-in:2', '--action', 'reject', '--meter', 'm')).out,
      /reject meter m/,
    );
    assert.match((await shop.run('apply', '-f', shop.file(text))).out, /meter web/);
  } finally {
    agent.close();
  }
});
