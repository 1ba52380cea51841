import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '../lab/seeded.ts';
import { randomTopology } from './random-topology.ts';
import { Shop } from './shop.ts';

const limit = { timeout: 300_000 };
const FILES = 3;

/** Applied one after the other, each file leaves nothing to change, whatever was there before. */
async function applyInTurn(seed: number, ...flags: string[]): Promise<void> {
  await using shop = await Shop.open();
  for (const name of ['hv1', 'hv2']) await shop.client.hosts.create({ body: { name } });
  const random = seeded(seed);
  for (let n = 0; n < FILES; n++) {
    const text = randomTopology(random);
    const { code, err } = await shop.run('apply', '-f', shop.file(text), '--prune', ...flags);
    assert.equal(code, 0, `${err}\n${text}`);
    const { out } = await shop.run('diff', '-f', shop.file(text), '--prune');
    assert.equal(out, 'nothing to change\n', text);
  }
}

for (const seed of [2, 3, 8, 11]) {
  test(`any topology becomes any other, a change at a time (seed ${seed})`, limit, () => applyInTurn(seed));
  test(`any topology becomes any other in one transaction (seed ${seed})`, limit, () => applyInTurn(seed, '--atomic'));
}
