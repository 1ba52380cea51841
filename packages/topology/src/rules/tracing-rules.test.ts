import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bridge, bridgeId, bridgePort, chain, Cloud, rule, ruleId, traceRequest } from '../../testing/cloud.ts';
import { indexRows } from './index-rows.ts';
import type { UnplacedRule } from './rule-order.ts';

const request = traceRequest(1, { bridge: 1 });

function tracing(n: number, limit = 1000): UnplacedRule {
  const { kind, id, chainId, condition } = rule(n, 1);
  return { kind, id, chainId, condition, type: 'trace', requestId: request.id, limit };
}

/** `limit since` of what agents know of the request, by its rule `n`. */
async function active(cloud: Cloud, n: number): Promise<string | undefined> {
  const found = await cloud.get('rule', ruleId(n));
  if (found?.type !== 'trace') return found?.type;
  return found.active === undefined ? 'off' : `${found.active.limit} ${found.active.since}`;
}

async function traced(): Promise<Cloud> {
  const cloud = new Cloud();
  assert.equal(await cloud.create(bridge(1), chain(1), request), 'done');
  return cloud;
}

test('a rule that traces knows its request while that is enabled, and its changes', async () => {
  const cloud = await traced();
  assert.equal(await cloud.insert(tracing(1)), 'done');
  assert.equal(await active(cloud, 1), '10 1');
  await cloud.update('traceRequest', request.id, (one) => ({ ...one, name: 'other', enabled: false }));
  assert.equal(await active(cloud, 1), 'off');
  assert.equal(await cloud.insert(tracing(2)), 'done');
  assert.equal(await cloud.move(1, 1), 'done');
  assert.deepEqual([await active(cloud, 1), await active(cloud, 2)], ['off', 'off']);
  await cloud.update('traceRequest', request.id, (one) => ({ ...one, enabled: true, enabledAt: 7, limit: 20 }));
  assert.deepEqual([await active(cloud, 1), await active(cloud, 2)], ['20 7', '20 7']);
});

test('what clients say of the request in a rule does not count', async () => {
  const cloud = await traced();
  const invented = { limit: 1, since: 99 };
  assert.equal(await cloud.insert({ ...tracing(1), active: invented } as UnplacedRule), 'done');
  assert.equal(await active(cloud, 1), '10 1');
  await cloud.update('rule', ruleId(1), (one) => (one.type === 'trace' ? { ...one, active: invented } : one));
  assert.equal(await active(cloud, 1), '10 1');
});

test('the request must be there; its rules go with it, and with what it is about', async () => {
  const cloud = await traced();
  const { id } = traceRequest(2, { bridge: 1 });
  assert.equal(await cloud.insert({ ...tracing(1), requestId: id } as UnplacedRule), 'invalid requestId');
  assert.equal(await cloud.insert(tracing(1, 0)), 'invalid limit');
  assert.equal(await cloud.insert(tracing(1, 1001)), 'invalid limit');
  await cloud.insert(tracing(1));
  await cloud.insert(rule(2, 1));
  await cloud.update('rule', ruleId(2), ({ kind, id: own, chainId, condition, order }) => ({
    ...{ kind, id: own, chainId, condition, order },
    ...{ type: 'trace', requestId: request.id, limit: 5 },
  }));
  assert.equal(await active(cloud, 2), '10 1');
  assert.equal(await cloud.remove('traceRequest', request.id), 'done');
  assert.deepEqual(await cloud.rules(1), []);
  await cloud.create(bridgePort(1, 1), traceRequest(1, { bridge: 1, port: 1 }));
  await cloud.insert(tracing(1));
  assert.equal(await cloud.remove('bridge', bridgeId(1)), 'done');
  assert.deepEqual(await cloud.rules(1), []);
});

test('64 rules trace for a request, at most', async () => {
  const cloud = await traced();
  for (let n = 1; n <= 64; n++) assert.equal(await cloud.insert(tracing(n)), 'done');
  assert.equal(await cloud.insert(tracing(65)), 'conflict requestId');
});

const few = fc.integer({ min: 1, max: 3 });
const requestOf = (n: number) => traceRequest(n, { bridge: n });
const action: fc.Arbitrary<(cloud: Cloud) => Promise<string>> = fc.oneof(
  few.map((n) => (cloud: Cloud) => cloud.create(bridge(n), requestOf(n))),
  fc.tuple(fc.integer({ min: 1, max: 6 }), few).map(([n, of]) => (cloud: Cloud) => {
    return cloud.insert({ ...tracing(n), requestId: requestOf(of).id } as UnplacedRule); // with all that it has
  }),
  fc.tuple(few, fc.boolean(), few).map(([n, enabled, enabledAt]) => (cloud: Cloud) => {
    return cloud.update('traceRequest', requestOf(n).id, (one) => ({ ...one, enabled, enabledAt }));
  }),
  fc.tuple(fc.integer({ min: 1, max: 6 }), few).map(
    ([n, at]) =>
      (cloud: Cloud) =>
        cloud.move(n, at),
  ),
  fc.integer({ min: 1, max: 6 }).map((n) => (cloud: Cloud) => cloud.remove('rule', ruleId(n))),
  few.map((n) => (cloud: Cloud) => cloud.remove('traceRequest', requestOf(n).id)),
  few.map((n) => (cloud: Cloud) => cloud.remove('bridge', bridgeId(n))),
);

test('after any operations rules say of their requests what these are, and indexes are exact', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 40 }), async (actions) => {
      const cloud = await traced();
      for (const act of actions) {
        await act(cloud);
        const all = cloud.table.entities();
        for (const one of all) {
          if (one.kind !== 'rule' || one.type !== 'trace') continue;
          const its = all.find((other) => other.kind === 'traceRequest' && other.id === one.requestId);
          assert.ok(its?.kind === 'traceRequest', 'a rule without its request');
          assert.deepEqual(one.active, its.enabled ? { limit: its.limit, since: its.enabledAt } : undefined);
        }
        const stored = [...cloud.table.rows.keys()].filter((key) => key.startsWith('index/'));
        assert.deepEqual(stored.sort(), all.flatMap((one) => [...indexRows(one).keys()]).sort());
      }
    }),
    { numRuns: 200 },
  );
});
