import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Shop } from './shop.ts';

const limit = { timeout: 60_000 };

test('midonet conf: schemas, settings of hosts and templates, and who has which', limit, async () => {
  await using shop = await Shop.open();
  const id = randomUUID();
  await shop.client.hosts.create({ body: { id, name: 'hv1' } });
  const run = (...words: string[]) => shop.run('conf', ...words);
  assert.match((await run('schema', 'agent.loggers')).out, /agent\.loggers\.root +enum\[DEBUG, INFO, WARN, ERROR\]/);
  assert.equal((await run('schema', 'agent.nothing')).code, 4);
  await run('set', 'agent.loggers.root : WARN');
  await run('set', 'agent { loggers { root : ERROR }, dns { resolvers : [192.0.2.53] } }', '--template', 'edge');
  await run('template-set', 'hv1', 'edge');
  assert.equal((await run('get', 'agent.loggers.root', '--host', 'hv1')).out, 'agent.loggers.root = "ERROR"\n');
  assert.equal((await run('get', 'agent.dns', '--host', 'hv1')).out, 'agent.dns.resolvers = ["192.0.2.53"]\n');
  assert.match((await run('template-list')).out, /default +all\nedge +hv1/);
  assert.match((await run('template-get', 'hv1')).out, /hv1 +edge/);
  await run('set', 'agent.loggers.root : DEBUG', '--host', 'hv1');
  assert.equal((await run('get', '--host', 'hv1', '--only')).out, 'agent.loggers.root = "DEBUG"\n');
  await run('unset', 'agent.loggers.root', '--host', 'hv1');
  assert.equal((await run('get', '--host', 'hv1', '--only', '-o', 'json')).out.trim(), '{}');
  await run('template-clear', 'hv1');
  assert.equal((await run('get', 'agent.loggers.root', '--host', 'hv1')).out, 'agent.loggers.root = "WARN"\n');
  assert.match((await run('template-get', 'hv1')).out, /hv1 +default/);
  const unread = await run('set', 'agent.lagers.root : WARN', '--host', 'hv1');
  assert.deepEqual([unread.code, /nothing reads agent\.lagers\.root/.test(unread.err)], [0, true], unread.err);
  await run('clear', '--host', 'hv1');
  assert.equal((await run('get', '--host', 'hv1', '--only')).out, '\n');
  assert.match((await shop.run('history', 'confTemplate/default')).out, /values\.agent\.loggers\.root/);
});

test(
  'midonet conf set: a file replaces what was there, a mistake is told with its place and changes nothing',
  limit,
  async () => {
    await using shop = await Shop.open();
    const file = shop.file('# of the edge\nagent.arptable.arp_stale = 30 s\n');
    const run = (...words: string[]) => shop.run('conf', ...words);
    await run('set', 'agent.loggers.root : WARN', '--template', 'edge');
    assert.equal((await run('set', '-f', file, '--template', 'edge', '--replace')).code, 0);
    const only = 'agent.arptable.arp_stale = "30 s"\n';
    assert.equal((await run('get', '--template', 'edge')).out, only);
    const wrong: readonly (readonly [words: readonly string[], code: number, says: RegExp])[] = [
      [['set', 'a = $' + '{b}', '--template', 'edge'], 2, /line 1, column 5: substitutions are not possible/],
      [
        ['set', 'agent.arptable.arp_stale : soon', '--template', 'edge'],
        2,
        /agent\.arptable\.arp_stale.*a duration from/,
      ],
      [['set', '--template', 'edge'], 2, /give settings, or a file/],
      [['set', 'a : 1', '--template', 'edge', '--host', 'x'], 2, /exclude each other/],
      [['get', '--host', 'hv9'], 4, /hv9/],
      [['get', 'a..b'], 2, /is no key/],
      [['get', 'agent.none', '--template', 'edge'], 4, /nothing is set at agent\.none/],
    ];
    for (const [words, code, says] of wrong) {
      const ran = await run(...words);
      assert.equal(ran.code, code, `${words.join(' ')}: ${ran.err}`);
      assert.match(ran.err, says);
    }
    assert.equal((await run('get', '--template', 'edge')).out, only);
  },
);
