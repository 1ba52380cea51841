import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chain, cidr, Cloud, natRule, natTarget, rule, ruleId } from '../../testing/cloud.ts';
import type { Entity, RuleCondition } from '../index.ts';

/** What becomes of a rule that translates to these targets. */
async function insert(targets: readonly string[], condition: Partial<RuleCondition> = {}): Promise<string> {
  const cloud = new Cloud();
  await cloud.create(chain(1));
  return cloud.insert(natRule(1, 1, 'snat', targets, condition));
}

test('ranges of addresses and ports, of either IP version', async () => {
  for (const targets of [
    ['203.0.113.5'],
    ['203.0.113.5-203.0.113.9', '203.0.113.20'],
    ['203.0.113.5:1024-65535', '203.0.113.6:80'],
    ['[2001:db8::1-2001:db8::ff]:1-65535'],
    ['10.0.0.0-10.0.255.255'],
  ]) {
    assert.equal(await insert(targets), 'done', targets.join());
  }
});

test('targets that make no sense are refused by the member that is wrong', async () => {
  for (const [refusal, ...targets] of [
    ['natTargets.0.addressTo', '203.0.113.5-203.0.113.4'],
    ['natTargets.0.addressTo', '[203.0.113.5-2001:db8::1]'],
    ['natTargets.0.addressTo', '10.0.0.0-10.1.0.0'],
    ['natTargets.0.addressTo', '[2001:db8::-2001:db8::1:0]'],
    ['natTargets.1.addressFrom', '203.0.113.5', '[2001:db8::1]'],
    ['natTargets.1.portTo', '203.0.113.5:1-2', '203.0.113.6:2-1'],
    ['natTargets.0.portFrom', '203.0.113.5:0-80'],
    ['natTargets', '203.0.113.5:1024-65535', '203.0.113.6'],
    ['natTargets', ...Array.from({ length: 65 }, () => '203.0.113.5')],
  ] as const) {
    assert.equal(await insert(targets), `invalid ${refusal}`, targets.join());
  }
  const cloud = new Cloud();
  await cloud.create(chain(1));
  const none = { ...rule(1, 1), type: 'dnat', targets: [], action: 'accept' } as const;
  assert.equal(await cloud.insert(none), 'invalid natTargets');
});

test('a rule for one IP version does not translate to the other', async () => {
  const yes = { nwDst: { value: cidr('2001:db8::/64'), invert: false } };
  assert.equal(await insert(['203.0.113.5'], yes), 'invalid natTargets.0.addressFrom');
  assert.equal(await insert(['[2001:db8::1]'], yes), 'done');
  const others = { nwSrc: { value: cidr('2001:db8::/64'), invert: true } };
  assert.equal(await insert(['203.0.113.5'], others), 'done');
});

test('any fragment policy goes with NAT, as later fragments follow their first', async () => {
  for (const fragmentPolicy of ['any', 'nonheader', 'header', 'unfragmented'] as const) {
    assert.equal(await insert(['203.0.113.5:1024-65535'], { fragmentPolicy }), 'done');
  }
});

test('NAT rules are put, moved and changed in place like others', async () => {
  const cloud = new Cloud();
  await cloud.create(chain(1));
  for (const n of [1, 2, 3]) await cloud.insert(natRule(n, 1, 'dnat', n === 3 ? [] : ['10.0.0.5:80']));
  assert.equal(await cloud.move(1, 1), 'done');
  assert.deepEqual(await cloud.rules(1), [ruleId(1), ruleId(3), ruleId(2)]);
  const change = (to: Partial<Entity>) => cloud.update('rule', ruleId(1), (one) => ({ ...one, ...to }) as Entity);
  assert.equal(await change({ targets: [natTarget('10.0.0.6:0-80')] }), 'invalid natTargets.0.portFrom');
  assert.equal(await change({ targets: [natTarget('10.0.0.6:81')] }), 'done');
  const stored = await cloud.get('rule', ruleId(1));
  assert.deepEqual(stored?.type === 'dnat' && stored.targets, [natTarget('10.0.0.6:81')]);
  assert.equal(await cloud.remove('rule', ruleId(1)), 'done');
  assert.deepEqual(await cloud.rules(1), [ruleId(3), ruleId(2)]);
});
