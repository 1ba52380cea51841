import assert from 'node:assert/strict';
import { createClient } from '@midonet/contract';
import type { Harness } from './harness.ts';

type Step = (name: string, run: () => Promise<unknown>) => Promise<void>;

/** Drives every endpoint of people, tokens, tenants, quotas, audit and enrolment. */
export async function accessSteps(h: Harness, step: Step): Promise<void> {
  await tenantSteps(h, step);
  await peopleSteps(h, step);
  await enrolmentSteps(h, step);
  await step('audit.list', async () => {
    const [last] = (await h.client.audit.list({ query: { object: 'user/ann' } })).slice(-1);
    assert.deepEqual([last?.user, last?.changes[0]?.op], ['admin', 'delete']);
  });
}

async function tenantSteps({ client }: Harness, step: Step): Promise<void> {
  const id = 'new & shiny/ü';
  await step('tenants.create', async () => {
    assert.equal((await client.tenants.create({ body: { id, description: 'd' } })).name, id);
  });
  await step('tenants.update', async () => {
    assert.equal((await client.tenants.update({ id, body: { enabled: false } })).description, 'd');
    assert.equal((await client.tenants.get({ id })).enabled, false);
  });
  await step('quotas.update', async () => {
    const set = await client.quotas.update({ tenantId: id, body: { ports: 3 } });
    assert.deepEqual([set.own, set.limits.ports, set.limits.bridges, set.used.ports], [true, 3, null, 0]);
  });
  await step('quotas.get', async () => assert.equal((await client.quotas.get({ tenantId: id })).limits.ports, 3));
  await step('quotas.list', async () => assert.equal((await client.quotas.list()).length, 1));
  await step('quotas.remove', () => client.quotas.remove({ tenantId: id }));
  await step('tenants.remove', () => client.tenants.remove({ id }));
}

async function peopleSteps({ client, controller }: Harness, step: Step): Promise<void> {
  const name = 'ann';
  const body = { name, password: 'correct horse', role: 'member', tenantId: 'acme' } as const;
  await step('users.create', async () => assert.equal((await client.users.create({ body })).tenantId, 'acme'));
  await step('users.list', async () =>
    assert.deepEqual(
      (await client.users.list()).map((one) => one.name),
      [name],
    ),
  );
  await step('users.get', async () => assert.equal((await client.users.get({ name })).role, 'member'));
  await step('users.update', async () => {
    assert.equal((await client.users.update({ name, body: { role: 'reader' } })).role, 'reader');
  });
  const authorization = `Basic ${btoa('ann:correct horse')}`;
  const { key } = await client.login.create({ headers: { authorization } });
  const ann = createClient({ baseUrl: controller.url, token: key });
  await step('whoami.get', async () => {
    const { user, role, tenantId, credential } = await ann.whoami.get();
    assert.deepEqual([user, role, tenantId, credential], ['ann', 'reader', 'acme', 'session']);
  });
  const token = await ann.apiTokens.create({ body: { description: 'ci' } });
  await step('apiTokens.create', async () => {
    const bearer = createClient({ baseUrl: controller.url, token: token.token });
    assert.equal((await bearer.whoami.get()).credential, 'token');
  });
  await step('apiTokens.list', async () => assert.equal((await client.apiTokens.list()).length, 1));
  await step('apiTokens.get', async () => {
    assert.ok(!('token' in (await client.apiTokens.get({ id: token.id }))), 'shown once');
  });
  await step('apiTokens.remove', () => client.apiTokens.remove({ id: token.id }));
  await step('login.remove', async () => {
    await ann.login.remove();
    await assert.rejects(ann.whoami.get(), /authentication is required/);
  });
  await step('users.remove', () => client.users.remove({ name }));
}

async function enrolmentSteps({ client, controller }: Harness, step: Step): Promise<void> {
  const spare = await client.enrolments.create({ body: { name: 'hv1' } });
  await step('enrolments.list', async () => assert.equal((await client.enrolments.list())[0]?.name, 'hv1'));
  await step('enrolments.remove', () => client.enrolments.remove({ id: spare.id }));
  const { token } = await client.enrolments.create({ body: { name: 'hv1', expiresIn: 60 } });
  await step('enrolments.create', () => Promise.resolve(assert.match(token, /^mne_/)));
  const hostId = '7c8a3f5e-0000-4000-8000-000000000001';
  const stranger = createClient({ baseUrl: controller.url });
  await step('enrol.create', async () => {
    const made = await stranger.enrol.create({ body: { token, hostId } });
    assert.deepEqual([made.name, made.hostId, made.credential.slice(0, 4)], ['hv1', hostId, 'mnh_']);
    await assert.rejects(stranger.enrol.create({ body: { token, hostId } }), /wrong, used or expired/);
  });
  await step('hostCredentials.list', async () => {
    assert.equal((await client.hostCredentials.list())[0]?.hostId, hostId);
  });
  await step('hostCredentials.remove', () => client.hostCredentials.remove({ id: hostId }));
}
