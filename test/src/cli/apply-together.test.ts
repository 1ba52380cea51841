import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Between } from './between.ts';
import { Shop, TOKEN, type Said } from './shop.ts';

const limit = { timeout: 120_000 };
const BEFORE = `
bridges:
  red:
    ports: { web: {}, old: {} }
chains:
  c: {}
`;
const AFTER = `
bridges:
  red:
    up: false
    ports: { web: { up: false } }
    inbound: c
chains:
  c: {}
`;

/** Applies AFTER while somebody else does something right before the given request, once. */
async function applyWhile(shop: Shop, request: RegExp, other: () => Promise<unknown>): Promise<Said> {
  let done = false;
  await using between = await Between.open(shop.url, async (one) => {
    if (done || !request.test(one)) return;
    done = true;
    await other();
  });
  const env = { MIDONET_URL: between.url, MIDONET_TOKEN: TOKEN };
  const said = await shop.runWith(env, 'apply', '-f', shop.file(AFTER), '--prune');
  assert.ok(done, 'it asked');
  return said;
}

async function withNet(
  use: (shop: Shop, ids: { readonly red: string; readonly web: string; readonly old: string }) => Promise<void>,
) {
  await using shop = await Shop.open();
  await shop.apply(BEFORE);
  const [red] = await shop.client.bridges.list();
  const ports = await shop.client.ports.list();
  const named = (name: string): string => ports.find(({ vifId }) => vifId === name)?.id ?? '';
  await use(shop, { red: red?.id ?? '', web: named('web'), old: named('old') });
}

test('what others change beside it stands', limit, () =>
  withNet(async (shop, { red }) => {
    const said = await applyWhile(shop, /^PATCH \/bridges/, () =>
      shop.client.bridges.update({ id: red, body: { tenantId: 'acme' } }),
    );
    assert.equal(said.code, 0, said.err);
    const now = await shop.client.bridges.get({ id: red });
    assert.deepEqual([now.tenantId, now.adminStateUp], ['acme', false]);
    assert.notEqual(now.inboundFilterId, null);
  }),
);

test('what others changed since the plan is not overwritten: it says so and stops there', limit, () =>
  withNet(async (shop, { red, web }) => {
    const other = await shop.client.chains.create({ body: { name: 'theirs' } });
    const said = await applyWhile(shop, /^GET \/bridges\/[0-9a-f-]{36}$/, async () => {
      // Between the lists that the plan was made of and the change.
      await shop.client.bridges.update({ id: red, body: { inboundFilterId: other.id } });
    });
    assert.equal(said.code, 7, said.err);
    assert.match(said.err, /somebody else changed inboundFilterId meanwhile/);
    const now = await shop.client.bridges.get({ id: red });
    assert.equal(now.inboundFilterId, other.id);
    assert.equal((await shop.client.ports.get({ id: web })).adminStateUp, false, 'what came before it is done');
  }),
);

test('a port that somebody plugged in meanwhile is not pruned', limit, () =>
  withNet(async (shop, { old }) => {
    const host = await shop.client.hosts.create({ body: { name: 'hv1' } });
    const said = await applyWhile(shop, new RegExp(`^GET /ports/${old}$`), async () => {
      await shop.client.hostPorts.create({ id: host.id, body: { portId: old, interfaceName: 'tap0' } });
    });
    assert.equal(said.code, 7, said.err);
    assert.match(said.err, /somebody else changed hostId, interfaceName meanwhile/);
    assert.equal((await shop.client.ports.get({ id: old })).interfaceName, 'tap0');
    // Looked at again, it goes as the file wants it to.
    assert.match(await shop.apply(AFTER, '--prune'), /- port old/);
  }),
);

test('a race lost in the very last moment is told as well', limit, () =>
  withNet(async (shop, { web }) => {
    const said = await applyWhile(shop, new RegExp(`^PATCH /ports/${web}$`), () =>
      shop.client.ports.update({ id: web, body: { adminStateUp: false } }),
    );
    assert.equal(said.code, 7, said.err);
    assert.match(said.err, /somebody else changed adminStateUp meanwhile/);
  }),
);
