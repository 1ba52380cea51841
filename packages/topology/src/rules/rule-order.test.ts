import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chain, Cloud, rule, ruleId } from '../../testing/cloud.ts';
import { orderAt, type RuleOrder } from './rule-order.ts';

test('rules stand where they were put, whatever was put, moved and deleted before', async () => {
  const step = fc.tuple(fc.constantFrom('insert', 'insert', 'insert', 'move', 'delete'), fc.nat(), fc.nat());
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const cloud = new Cloud();
      await cloud.create(chain(1));
      const model: number[] = [];
      let next = 1;
      for (const [what, a, b] of steps) {
        if (what === 'insert') {
          const position = 1 + (a % (model.length + 1));
          assert.equal(await cloud.insert(rule(next, 1), position), 'done');
          model.splice(position - 1, 0, next++);
        } else if (model.length > 0) {
          const [n = 0] = model.splice(a % model.length, 1);
          if (what === 'delete') assert.equal(await cloud.remove('rule', ruleId(n)), 'done');
          else {
            const position = 1 + (b % (model.length + 1));
            assert.equal(await cloud.move(n, position), 'done');
            model.splice(position - 1, 0, n);
          }
        }
        assert.deepEqual(await cloud.rules(1), model.map(ruleId));
      }
    }),
    { numRuns: 100 },
  );
});

test('a position outside 1 to n + 1 is refused', async () => {
  const cloud = new Cloud();
  await cloud.create(chain(1));
  assert.equal(await cloud.insert(rule(1, 1), 2), 'invalid position');
  assert.equal(await cloud.insert(rule(1, 1), 0), 'invalid position');
  assert.equal(await cloud.insert(rule(1, 1), 1), 'done');
  assert.equal(await cloud.insert(rule(2, 1), 3), 'invalid position');
  assert.equal(await cloud.move(1, 2), 'invalid position');
});

for (const [where, at] of [
  ['the head', () => 0],
  ['the tail', (n: number) => n],
  ['the second place', (n: number) => Math.min(1, n)],
  ['the middle', (n: number) => n >> 1],
] as const) {
  test(`5,000 insertions at ${where} move few other rules`, () => {
    const rules: RuleOrder[] = [];
    let moves = 0;
    for (let i = 0; i < 5000; i++) {
      const index = at(rules.length);
      const { order, moved } = orderAt(rules, index);
      moves += moved.size;
      for (const [j, one] of moved.size > 0 ? rules.entries() : []) {
        const to = moved.get(one.id);
        if (to !== undefined) rules[j] = { id: one.id, order: to };
      }
      rules.splice(index, 0, { id: ruleId(i), order });
      assert.ok((rules[index - 1]?.order ?? -Infinity) < order && order < (rules[index + 1]?.order ?? Infinity));
    }
    for (const [j, one] of rules.entries()) assert.ok((rules[j - 1]?.order ?? -Infinity) < one.order);
    assert.ok(moves < 5000 * 10, `${moves} rules moved`);
  });
}
