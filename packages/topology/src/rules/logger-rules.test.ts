import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  chain,
  chainId,
  Cloud,
  loggingResource,
  loggingResourceId,
  ruleLogger,
  ruleLoggerId,
} from '../../testing/cloud.ts';
import type { Entity } from '../index.ts';

/** Numbers of the loggers that a chain names. */
async function active(cloud: Cloud, n: number): Promise<string[]> {
  const all = (await cloud.get('chain', chainId(n)))?.loggers ?? [];
  return all.map(({ id, event }) => `${[1, 2, 3].find((one) => ruleLoggerId(one) === id) ?? '?'} ${event}`);
}

test('a chain names its loggers while their resource is enabled', async () => {
  const cloud = new Cloud();
  await cloud.create(chain(1), chain(2), loggingResource(1), loggingResource(2, false));
  assert.equal(await cloud.create(ruleLogger(1, 1, 1, 'drop'), ruleLogger(2, 1, 2), ruleLogger(3, 2, 1)), 'done');
  assert.deepEqual([await active(cloud, 1), await active(cloud, 2)], [['1 drop'], ['2 all']]);
  await cloud.update('loggingResource', loggingResourceId(2), (one) => ({ ...one, enabled: true }));
  assert.deepEqual(await active(cloud, 1), ['1 drop', '3 all']);
  await cloud.update('ruleLogger', ruleLoggerId(1), (one) => ({ ...one, event: 'accept' }));
  assert.deepEqual((await active(cloud, 1)).toSorted(), ['1 accept', '3 all']);
  await cloud.update('loggingResource', loggingResourceId(1), (one) => ({ ...one, enabled: false }));
  assert.deepEqual([await active(cloud, 1), await active(cloud, 2)], [['3 all'], []]);
});

test('whoever changes a chain leaves its loggers alone', async () => {
  const cloud = new Cloud();
  const invented: Entity = {
    kind: 'chain',
    id: chainId(1),
    tenantId: '',
    name: '',
    loggers: [{ id: ruleLoggerId(9), event: 'all' }],
  };
  await cloud.create(invented, loggingResource(1));
  assert.deepEqual(await active(cloud, 1), []);
  await cloud.create(ruleLogger(1, 1, 1));
  await cloud.update('chain', chainId(1), (one) => ({ ...one, name: 'new', loggers: undefined }));
  assert.deepEqual(await active(cloud, 1), ['1 all']);
});

test('loggers go with their chain, and with their resource; what they name must be there and stays', async () => {
  const cloud = new Cloud();
  await cloud.create(chain(1), chain(2), loggingResource(1));
  assert.equal(await cloud.create(ruleLogger(1, 2, 1)), 'invalid loggingResourceId');
  assert.equal(await cloud.create(ruleLogger(1, 1, 3)), 'invalid chainId');
  await cloud.create(ruleLogger(1, 1, 1), ruleLogger(2, 1, 2), ruleLogger(3, 1, 2));
  const moved = await cloud.update('ruleLogger', ruleLoggerId(1), (one) => ({ ...one, chainId: chainId(2) }));
  assert.equal(moved, 'invalid chainId');
  assert.equal(await cloud.remove('chain', chainId(1)), 'done');
  assert.equal(await cloud.get('ruleLogger', ruleLoggerId(1)), undefined);
  assert.equal(await cloud.remove('ruleLogger', ruleLoggerId(2)), 'done');
  assert.deepEqual(await active(cloud, 2), ['3 all']);
  assert.equal(await cloud.remove('loggingResource', loggingResourceId(1)), 'done');
  assert.deepEqual([await active(cloud, 2), await cloud.get('ruleLogger', ruleLoggerId(3))], [[], undefined]);
});

test('a chain has eight loggers at most', async () => {
  const cloud = new Cloud();
  await cloud.create(chain(1), loggingResource(1));
  for (let n = 1; n <= 8; n++) assert.equal(await cloud.create(ruleLogger(n, 1, 1)), 'done');
  assert.equal(await cloud.create(ruleLogger(9, 1, 1)), 'conflict chainId');
});
