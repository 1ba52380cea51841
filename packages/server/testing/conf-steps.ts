import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Harness } from './harness.ts';

/** Drives every endpoint of central settings. */
export async function confSteps(
  { client }: Harness,
  step: (name: string, run: () => Promise<unknown>) => Promise<void>,
): Promise<void> {
  const id = randomUUID();
  const level = (text: string): unknown =>
    (JSON.parse(text) as { agent: { loggers?: { root: string } } }).agent.loggers?.root;
  await step('confSchemas.get', async () => assert.equal(level(await client.confSchemas.get()), 'INFO'));
  await step('confTemplates.merge', async () => {
    assert.equal(level(await client.confTemplates.merge({ name: 'edge', body: 'agent.loggers.root = WARN' })), 'WARN');
  });
  await step('confTemplates.get', async () => {
    assert.equal(level(await client.confTemplates.get({ name: 'edge' })), 'WARN');
  });
  await step('confTemplates.list', async () => {
    assert.deepEqual(JSON.parse(await client.confTemplates.list()), { templates: ['default', 'edge'] });
  });
  await step('confTemplateMappings.merge', async () => {
    const mapped = await client.confTemplateMappings.merge({ id, body: `${id.toUpperCase()} : "edge"` });
    assert.deepEqual(JSON.parse(mapped), { [id]: 'edge' });
  });
  await step('confTemplateMappings.get', async () => {
    assert.deepEqual(JSON.parse(await client.confTemplateMappings.get({ id })), { [id]: 'edge' });
  });
  await step('confTemplateMappings.list', async () => {
    assert.deepEqual(JSON.parse(await client.confTemplateMappings.list()), { [id]: 'edge' });
  });
  await step('confRuntime.get', async () => assert.equal(level(await client.confRuntime.get({ id })), 'WARN'));
  await step('confNodes.merge', async () => {
    assert.equal(level(await client.confNodes.merge({ id, body: 'agent { loggers { root : error } }' })), 'error');
    assert.equal(level(await client.confRuntime.get({ id })), 'error');
  });
  await step('confNodes.get', async () => assert.equal(level(await client.confNodes.get({ id })), 'error'));
  await step('confNodes.list', async () =>
    assert.deepEqual(JSON.parse(await client.confNodes.list()), { nodes: [id] }),
  );
  await step('confNodes.remove', async () => {
    await client.confNodes.remove({ id });
    assert.deepEqual(JSON.parse(await client.confNodes.get({ id })), {});
    assert.equal(level(await client.confRuntime.get({ id })), 'WARN');
  });
  await step('confTemplateMappings.remove', async () => {
    await client.confTemplateMappings.remove({ id });
    assert.deepEqual(JSON.parse(await client.confTemplateMappings.get({ id })), { [id]: 'default' });
  });
  await step('confTemplates.remove', () => client.confTemplates.remove({ name: 'edge' }));
}
