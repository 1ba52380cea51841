import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Shop } from './shop.ts';

test('what a chain logs, by apply and by update', { timeout: 60_000 }, async () => {
  await using shop = await Shop.open();
  const apply = (chain: string) => shop.run('apply', '-f', shop.file(`chains: { web-in: ${chain} }\n`));
  const event = async () => (await shop.client.chains.list())[0]?.ruleLogEvent;
  const rules = 'rules: [{ do: drop }]';
  assert.equal((await apply(`{ log: drop, ${rules} }`)).code, 0);
  assert.equal(await event(), 'DROP');
  assert.equal((await apply(`{ log: drop, ${rules} }`)).out, 'nothing to change\n');
  assert.equal((await apply('[{ do: drop }]')).out, 'nothing to change\n', 'a list of rules leaves the log as it is');
  assert.match((await apply(`{ log: all, ${rules} }`)).out, /log: drop → all/);
  assert.equal(await event(), 'ALL');
  assert.equal((await shop.run('update', 'chain', 'web-in', '--name', 'in')).code, 0);
  assert.equal(await event(), 'ALL');
  assert.equal((await shop.run('update', 'chain', 'in', '--log', 'none')).code, 0);
  assert.equal(await event(), null);
  assert.equal((await shop.run('create', 'chain', 'out', '--log', 'accept')).code, 0);
  assert.match((await shop.run('show', 'chain', 'out')).out, /ruleLogEvent +ACCEPT/);
  assert.match(
    (await shop.run('update', 'chain', 'out', '--log', 'some')).err,
    /--log: "some" is none of accept, drop/,
  );
  assert.match((await apply('{ log: some }')).err, /web-in\.log must be accept, drop, all or none/);
});

test('logging resources and rule loggers by command', { timeout: 60_000 }, async () => {
  await using shop = await Shop.open();
  await shop.ok('create', 'chain', 'web-in');
  await shop.ok('create', 'logging-resource', 'audit');
  await shop.ok('create', 'rule-logger', 'denied', '--chain', 'web-in', '--resource', 'audit', '--event', 'drop');
  assert.match(await shop.ok('list', 'rule-loggers'), /denied +web-in +drop +audit/);
  assert.match(await shop.ok('update', 'rule-logger', 'denied', '--event', 'all'), /logs +all/);
  assert.match(await shop.ok('update', 'logging-resource', 'audit', '--disable'), /enabled +false/);
  assert.match(await shop.ok('list', 'logging-resources'), /audit +.*disabled +1/);
  assert.match(await shop.ok('describe', 'logging-resource', 'audit'), /denied +web-in +all/);
  const wrong = await shop.run('update', 'rule-logger', 'denied', '--event', 'none');
  assert.match(wrong.err, /--event: "none" is none of accept, drop or all/);
  await shop.ok('delete', 'logging-resource', 'audit');
  assert.deepEqual(await shop.client.ruleLoggers.list(), []);
});
