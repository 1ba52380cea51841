import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Shop } from './shop.ts';

/** The revision that the newest line of a history names. */
function newest(out: string): string {
  return /^revision (\d+)/.exec(out)?.[1] ?? assert.fail(out);
}

test('history tells what became of an object, restore puts it back', { timeout: 60_000 }, async () => {
  await using shop = await Shop.open();
  await shop.run('create', 'bridge', 'red');
  await shop.run('create', 'port', '--bridge', 'red', '--name', 'web');
  const made = newest((await shop.run('history', 'port', 'web')).out);
  await shop.run('update', 'bridge', 'red', '--name', 'blue', '--down');
  const told = await shop.run('history', 'bridge', 'blue');
  assert.match(
    told.out,
    /^revision \d+ {2}[-\dT:]+Z {2}admin from 127\.0\.0\.1 {2}update\n {2}name: red → blue\n {2}adminStateUp: true → false\nrevision \d+ .* create\n {2}id: /,
  );
  assert.equal((await shop.run('history', 'bridge', 'red', '--at', made)).out, told.out, 'by the name it had');
  assert.match((await shop.run('list', 'bridges', '--at', made)).out, /red/);
  assert.match((await shop.run('list', 'bridges', '--at', '5000000')).err, /yet to come/);

  const dry = await shop.run('restore', 'bridge', 'red', '--at', made, '--dry-run');
  assert.match(dry.out, /^~ bridge\/[-0-9a-f]+ \(name: blue → red, adminStateUp: false → true\)\n1 change to make\n$/);
  assert.match((await shop.run('restore', 'bridge', 'red', '--at', made)).out, /1 change made/);
  assert.match((await shop.run('restore', 'bridge', 'red', '--at', made)).out, /nothing to change/);

  await shop.run('delete', 'bridge', 'red');
  assert.equal((await shop.run('show', 'port', 'web')).code, 4);
  const back = await shop.run('restore', 'bridge', 'red', '--at', made);
  assert.match(back.out, /^\+ bridge\/.*\n\+ port\/.*\n2 changes made\n$/);
  assert.equal((await shop.run('show', 'port', 'web')).code, 0);
});

test('what cannot be looked up says how to ask', { timeout: 60_000 }, async () => {
  await using shop = await Shop.open();
  const mistakes: readonly (readonly [readonly string[], RegExp, number])[] = [
    [['history', 'bride', 'red'], /no kind of object; there is bridge, router/, 2],
    [['history', 'bridge'], /name the object by kind and name, like bridge red/, 2],
    [['restore', 'bridge', 'red'], /--at is required/, 2],
    [['list', 'bridges', '--at', 'noon'], /--at: "noon" is no time/, 2],
    [['history', 'bridge', 'red', '--limit', '0'], /--limit: "0" is no whole number/, 2],
    [['restore', 'port/x', '--at', '0'], /there was no port x then/, 4],
  ];
  for (const [words, says, code] of mistakes) {
    const said = await shop.run(...words);
    assert.match(said.err, says);
    assert.equal(said.code, code, words.join(' '));
  }
});
