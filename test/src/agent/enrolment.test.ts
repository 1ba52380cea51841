import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createClient } from '@midonet/contract';
import { startController } from '@midonet/server';
import { openMemoryStore } from '@midonet/store/memory';
import { hostCredential, hostIdentity, StateDir, systemClock } from '@midonet/agent';

const TOKEN = 'a-token-for-tests';
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

test('an agent trades its enrolment token once and keeps what it is given', { timeout: 30_000 }, async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'midonet-enrol-'));
  const store = openMemoryStore();
  const listen = { host: '127.0.0.1', port: 0 };
  const controller = await startController({ listen, auth: { kind: 'token', token: TOKEN }, store });
  try {
    const admin = createClient({ baseUrl: controller.url, token: TOKEN });
    const modules = { clock: systemClock, logger: silent };
    const ask = (enrol: string | undefined) =>
      hostCredential({ stateDir, controllerUrls: [controller.url], enrol }, modules);
    assert.equal(await ask(undefined), undefined, 'nothing is kept yet');
    const { token } = await admin.enrolments.create({ body: { name: 'hv1' } });
    const credential = await ask(token);
    assert.match(credential ?? '', /^mnh_/);
    const file = join(stateDir, 'credential');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.ok(!readFileSync(file, 'utf8').includes(token));
    assert.equal(await ask(token), credential, 'started again with the same token');
    assert.equal(await ask(undefined), credential, 'and without');
    const [host] = await admin.hostCredentials.list();
    assert.equal(host?.hostId, readFileSync(join(stateDir, 'host-id'), 'utf8').trim());
    const state = new StateDir(stateDir);
    assert.equal(hostIdentity(state, undefined).name, 'hv1', 'it goes by the name it enrolled with');
    assert.equal(hostIdentity(state, 'hv7').name, 'hv7', 'unless told another');
    state.release();
    const again = await admin.enrolments.create({ body: { name: 'hv1' } });
    assert.notEqual(await ask(again.token), credential, 'a new token gives a new credential');
    await assert.rejects(ask('mne_0000000000000000_wrong'), /wrong, used or expired/);
    assert.match((await ask(undefined)) ?? '', /^mnh_/, 'a token that is refused takes nothing away');
  } finally {
    await controller.close();
    await store.close();
    rmSync(stateDir, { recursive: true });
  }
});
