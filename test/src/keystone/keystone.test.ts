import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApiError, createClient, type Client } from '@midonet/contract';
import { startController, type Controller } from '@midonet/server';
import { openMemoryStore } from '@midonet/store/memory';
import { keystoneMissing, KeystoneServer } from './keystone-server.ts';

const TOKEN = 'a-token-for-this-test';
const PASSWORD = 'correct horse battery';
const status = (code: number) => (error: unknown) => error instanceof ApiError && error.status === code;

describe("Debian's Keystone", { skip: keystoneMissing, timeout: 600_000 }, () => {
  const store = openMemoryStore();
  /** What was started, as far as it got. */
  const ends: (() => Promise<void>)[] = [() => store.close()];
  let keystone: KeystoneServer;
  let controller: Controller;
  let acme: string;
  let umbrella: string;

  const clientWith = (token: string): Client => createClient({ baseUrl: controller.url, token });
  const tokenOf = async (user: string, project: string): Promise<string> =>
    (await keystone.login(user, PASSWORD, { project: { id: project } })).token;

  before(async () => {
    keystone = await KeystoneServer.start();
    ends.push(() => keystone.close());
    controller = await startController({
      listen: { host: '127.0.0.1', port: 0 },
      store,
      auth: { kind: 'token', token: TOKEN },
      keystone: { url: keystone.url, adminProject: keystone.adminProject },
    });
    ends.push(() => controller.close());
    [acme, umbrella] = [await keystone.project('acme'), await keystone.project('umbrella')];
    for (const [name, project, role] of [
      ['ann', acme, 'member'],
      ['rob', acme, 'reader'],
      ['amy', acme, 'admin'],
      ['max', acme, 'manager'],
      ['eve', umbrella, 'member'],
    ] as const) {
      await keystone.grant(await keystone.user(name, PASSWORD), project, role);
    }
  });

  after(async () => {
    for (const end of ends.reverse()) await end();
  });

  it('says who somebody is, in what tenant, in what role', async () => {
    for (const [name, role] of [
      ['ann', 'member'],
      ['rob', 'reader'],
      ['amy', 'tenant-admin'],
      ['max', 'tenant-admin'],
    ] as const) {
      const who = await clientWith(await tokenOf(name, acme)).whoami.get();
      assert.deepEqual([who.user, who.role, who.tenantId], [`keystone:${name}@default`, role, acme]);
    }
  });

  it('a member works on the own tenant, a reader looks on, others see nothing of it', async () => {
    const [ann, rob, eve] = [
      clientWith(await tokenOf('ann', acme)),
      clientWith(await tokenOf('rob', acme)),
      clientWith(await tokenOf('eve', umbrella)),
    ];
    const red = await ann.bridges.create({ body: { name: 'red' } });
    assert.equal(red.tenantId, acme);
    assert.equal((await rob.bridges.get({ id: red.id })).name, 'red');
    await assert.rejects(rob.bridges.remove({ id: red.id }), status(403));
    await assert.rejects(eve.bridges.get({ id: red.id }), status(404));
    await assert.rejects(ann.tunnelZones.create({ body: { name: 'z' } }), status(403));
    const [record] = await clientWith(TOKEN).audit.list({ query: { object: `bridge/${red.id}` } });
    assert.equal(record?.user, 'keystone:ann@default');
  });

  it('an admin of the whole system, or in the project named for it, is an administrator', async () => {
    for (const token of [keystone.adminToken, await keystone.systemToken()]) {
      const admin = clientWith(token);
      assert.deepEqual([(await admin.whoami.get()).role, (await admin.whoami.get()).tenantId], ['admin', null]);
      await admin.hosts.list();
    }
  });

  it('a token without a scope, one made up and one that was revoked open nothing', async () => {
    const unscoped = (await keystone.login('ann', PASSWORD, undefined)).token;
    const revoked = await tokenOf('ann', acme);
    await keystone.revoke(revoked);
    for (const token of [unscoped, revoked, `${await tokenOf('ann', acme)}x`, 'gAAAAAB', 'x'.repeat(600)]) {
      await assert.rejects(clientWith(token).whoami.get(), status(401));
    }
  });

  it("MidoNet's clients log in with their name, password and project, and work in that project", async () => {
    const login = async (password: string, project: string): Promise<string | undefined> => {
      const authorization = `Basic ${Buffer.from(`ann:${password}`).toString('base64')}`;
      const headers = { authorization, 'x-auth-project': project };
      const { headers: got } = await fetch(`${controller.url}/login`, { method: 'POST', headers });
      return /^sessionId=([^;]+);/.exec(got.get('set-cookie') ?? '')?.[1];
    };
    for (const project of ['acme', acme]) {
      const who = await clientWith((await login(PASSWORD, project)) ?? assert.fail(project)).whoami.get();
      assert.deepEqual([who.user, who.role, who.tenantId], ['keystone:ann@default', 'member', acme]);
    }
    for (const [password, project] of [
      ['wrong', 'acme'],
      [PASSWORD, 'umbrella'],
      [PASSWORD, ''],
    ] as const) {
      assert.equal(await login(password, project), undefined, project);
    }
  });

  it('when it is gone its tokens wait, and everybody else goes on', async () => {
    const [known, fresh] = [await tokenOf('ann', acme), await tokenOf('rob', acme)];
    await clientWith(known).whoami.get();
    await keystone.stop();
    await assert.rejects(clientWith(fresh).whoami.get(), status(503));
    assert.equal((await clientWith(known).whoami.get()).role, 'member', 'what it said a moment ago is believed');
    assert.equal((await clientWith(TOKEN).whoami.get()).role, 'admin');
  });
});
