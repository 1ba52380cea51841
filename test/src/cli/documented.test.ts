import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Shop } from './shop.ts';

const DOCS = join(import.meta.dirname, '../../../docs');
const YAML = /```yaml\n([\s\S]*?)```/g;

const examples = readdirSync(DOCS)
  .filter((name) => name.endsWith('.md'))
  .flatMap((page) =>
    [...readFileSync(join(DOCS, page), 'utf8').matchAll(YAML)].map(([, text = ''], index) => ({ page, index, text })),
  );

test('there are examples to try', () => {
  assert.ok(examples.length >= 8);
});

for (const { page, index, text } of examples) {
  test(
    `the topology of ${page}, number ${index + 1}, is made, and then there is nothing to change`,
    { timeout: 60_000 },
    async () => {
      await using shop = await Shop.open();
      for (const [, host = ''] of text.matchAll(/\bhost: (\w+)/g)) await shop.run('create', 'host', host);
      // What an example only points at.
      if (!/^routers:/m.test(text)) await shop.run('create', 'router', 'edge');
      assert.match(await shop.apply(text), /^\+ /m);
      assert.equal(await shop.apply(text), 'nothing to change\n');
    },
  );
}
