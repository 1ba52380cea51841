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
