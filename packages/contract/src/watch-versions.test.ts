import assert from 'node:assert/strict';
import { test } from 'node:test';
import { highestCommon, noCommonVersion, offered, WATCH_VERSIONS } from './watch-versions.ts';

test('the highest version that both speak is chosen, from either side', () => {
  const cases = [
    [1, 2, 1, 2, 2],
    [1, 1, 1, 2, 1],
    [2, 4, 1, 3, 3],
    [2, 2, 3, 4, undefined],
    [3, 4, 1, 2, undefined],
  ] as const;
  for (const [from, to, otherFrom, otherTo, chosen] of cases) {
    const [one, other] = [
      { from, to },
      { from: otherFrom, to: otherTo },
    ];
    assert.equal(highestCommon(one, other), chosen);
    assert.equal(highestCommon(other, one), chosen);
  }
});

test('a hello without an upper end, or with one below its lower end, offers one version', () => {
  assert.deepEqual(offered({ protocol: 1 }), { from: 1, to: 1 });
  assert.deepEqual(offered({ protocol: 3, upTo: 2 }), { from: 3, to: 3 });
});

test('a refusal names both ranges and the side that is behind', () => {
  assert.equal(
    noCommonVersion({ from: 1, to: 2 }, { from: 3, to: 4 }),
    'this controller speaks watch protocol 1 to 2, the client 3 to 4: upgrade the controller',
  );
  assert.match(noCommonVersion({ from: 2, to: 3 }, { from: 1, to: 1 }), /2 to 3, the client 1: upgrade the client/);
});

test('the version before this one is spoken', () => {
  assert.ok(WATCH_VERSIONS.from <= WATCH_VERSIONS.to - 1);
});
