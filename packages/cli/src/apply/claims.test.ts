import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient, MOST_OPERATIONS } from '@midonet/contract';
import { planClaims, type Claim } from './claims.ts';

/** Nobody answers here: what is asked of a controller fails in another way. */
const client = createClient({ baseUrl: 'http://127.0.0.1:9', token: 'none' });

function claim(number: number, more: Partial<Claim> = {}): Claim {
  const patch = { path: `/ports/${number}`, get: () => Promise.reject(new Error('asked')), planned: {}, body: {} };
  const change = { sign: '~', what: `link ${number}` } as const;
  return { change, takes: [`${number + 1}`], leaves: [`${number}`], releases: [], asides: [], sets: [patch], ...more };
}

test('an exchange that no transaction takes is refused before anything is asked, with where to cut it', async () => {
  const [all, ...others] = planClaims(Array.from({ length: MOST_OPERATIONS + 1 }, (_, number) => claim(number)));
  assert.deepEqual(others, [], 'they hang together');
  assert.ok(all !== undefined);
  const half = `link ${(MOST_OPERATIONS + 1) >> 1}`;
  await assert.rejects(async () => all.run(client), { message: new RegExp(`takes ${MOST_OPERATIONS}\\. .*${half} `) });
  const [fits] = planClaims(Array.from({ length: MOST_OPERATIONS }, (_, number) => claim(number)));
  await assert.rejects(async () => fits?.run(client), { message: 'asked' });
});

test('what the controller would refuse is told with the reason, and nothing of its group is asked', async () => {
  const [both] = planClaims([claim(1), claim(2, { refused: 'x is linked to y' })]);
  await assert.rejects(async () => both?.run(client), { message: 'link 2: x is linked to y' });
});
