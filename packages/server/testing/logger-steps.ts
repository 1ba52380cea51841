import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';

/** Drives every endpoint of logging resources and rule loggers. */
export async function loggerSteps(
  { client }: Harness,
  step: (name: string, run: () => Promise<unknown>) => Promise<void>,
): Promise<void> {
  const chain = await client.chains.create({ body: { name: 'logged' } });
  const made = await client.loggingResources.create({ body: { name: 'l', tenantId: 't' } });
  const { id } = made;
  await step('loggingResources.create', async () => {
    assert.deepEqual([made.type, made.enabled, made.ruleLoggerIds], ['FILE', true, []]);
  });
  const logger = await client.ruleLoggers.create({ body: { loggingResourceId: id, chainId: chain.id, event: 'drop' } });
  await step('ruleLoggers.create', async () => assert.equal(logger.event, 'DROP'));
  await step('ruleLoggers.get', async () => assert.deepEqual(await client.ruleLoggers.get({ id: logger.id }), logger));
  await step('ruleLoggers.list', async () => {
    assert.deepEqual(await client.ruleLoggers.list({ query: { chain_id: chain.id } }), [logger]);
  });
  await step('ruleLoggers.update', async () => {
    const changed = await client.ruleLoggers.update({ id: logger.id, body: { event: 'ALL' } });
    assert.deepEqual(changed, { ...logger, event: 'ALL' });
  });
  await step('loggingResources.get', async () => {
    assert.deepEqual(await client.loggingResources.get({ id }), { ...made, ruleLoggerIds: [logger.id] });
  });
  await step('loggingResources.list', async () => {
    assert.equal((await client.loggingResources.list({ query: { tenant_id: 't' } })).length, 1);
    assert.equal((await client.loggingResources.list({ query: { tenant_id: 'u' } })).length, 0);
  });
  await step('loggingResources.update', async () => {
    assert.equal((await client.loggingResources.update({ id, body: { enabled: false } })).enabled, false);
  });
  await step('ruleLoggers.remove', () => client.ruleLoggers.remove({ id: logger.id }));
  await step('loggingResources.remove', () => client.loggingResources.remove({ id }));
  await client.chains.remove({ id: chain.id });
}
