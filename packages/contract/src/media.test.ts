import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptsBody, collectionType, itemType, negotiate } from './media.ts';

const BRIDGE4 = itemType('Bridge', 4);
const BRIDGE5 = itemType('Bridge', 5);
const offered = [BRIDGE4, BRIDGE5];

const cases: readonly [accept: string | undefined, answer: string | undefined][] = [
  [undefined, BRIDGE4],
  ['', BRIDGE4],
  ['*/*', BRIDGE4],
  ['application/*', BRIDGE4],
  [BRIDGE5, BRIDGE5],
  [BRIDGE5.toLowerCase(), BRIDGE5],
  ['application/json', 'application/json'],
  ['text/html, application/json;q=0.5', 'application/json'],
  [`application/json;q=0.1, ${BRIDGE4};q=0.9`, BRIDGE4],
  [`${BRIDGE4};q=0`, undefined],
  ['text/html', undefined],
  [collectionType('Bridge', 4), undefined],
  [';;;,,q=', undefined],
];

for (const [accept, answer] of cases) {
  test(`Accept ${accept ?? '(none)'} is answered with ${answer ?? '406'}`, () => {
    assert.equal(negotiate(accept, offered), answer);
  });
}

test('a body may be of the vendor type, JSON with parameters, or of no type', () => {
  assert.ok(acceptsBody(BRIDGE4, offered));
  assert.ok(acceptsBody('application/json; charset=utf-8', offered));
  assert.ok(acceptsBody(undefined, offered));
  assert.equal(acceptsBody('text/plain', offered), false);
  assert.equal(acceptsBody(itemType('Router', 3), offered), false);
});
