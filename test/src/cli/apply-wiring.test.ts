import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Between } from './between.ts';
import { Shop, TOKEN, type Said } from './shop.ts';

const limit = { timeout: 120_000 };
type Ids = Readonly<Record<'web' | 'x' | 'y' | 'z', string>>;

/** Four bridges of a port each, `ends` at the port of the first, and two hosts. */
const net = (ends: string, rest = '{}'): string => `
bridges:
  red: { ports: { web: ${ends} } }
  one: { ports: { x: ${rest} } }
  two: { ports: { y: {} } }
  three: { ports: { z: {} } }
`;

type Hosts = { readonly hv1: string; readonly hv2: string };

async function withNet(ends: string, use: (shop: Shop, ids: Ids, hosts: Hosts) => Promise<void>): Promise<void> {
  await using shop = await Shop.open();
  const [hv1, hv2] = [
    await shop.client.hosts.create({ body: { name: 'hv1' } }),
    await shop.client.hosts.create({ body: { name: 'hv2' } }),
  ];
  await shop.apply(net(ends));
  const ports = await shop.client.ports.list();
  const named = (name: string): string => ports.find(({ vifId }) => vifId === name)?.id ?? '';
  const ids = { web: named('web'), x: named('x'), y: named('y'), z: named('z') };
  await use(shop, ids, { hv1: hv1.id, hv2: hv2.id });
}

/** Applies a file while somebody else does something right before each of the first `times` such requests. */
async function applyWhile(
  shop: Shop,
  text: string,
  request: RegExp,
  other: () => Promise<unknown>,
  times = 1,
): Promise<Said> {
  let done = 0;
  await using between = await Between.open(shop.url, async (one) => {
    if (done < times && request.test(one)) {
      done++;
      await other();
    }
  });
  const said = await shop.runWith(
    { MIDONET_URL: between.url, MIDONET_TOKEN: TOKEN },
    ...['apply', '-f', shop.file(text)],
  );
  assert.equal(done, times, 'it asked');
  return said;
}

const peerOf = async (shop: Shop, id: string): Promise<string | null> => (await shop.client.ports.get({ id })).peerId;

test('a link that somebody else made meanwhile stands', limit, () =>
  withNet('{}', async (shop, { web, x, y }) => {
    const other = () => shop.client.ports.link({ id: web, body: { peerId: y } });
    const said = await applyWhile(shop, net('{ peer: one/x }'), /^POST \/batch$/, other);
    assert.equal(said.code, 7, said.err);
    assert.match(said.err, /somebody else changed peerId meanwhile/);
    assert.deepEqual([await peerOf(shop, web), await peerOf(shop, x)], [y, null]);
  }),
);

test('a port is never between two links, nor is the link of somebody else taken off', limit, () =>
  withNet('{ peer: one/x }', async (shop, { web, x, y, z }) => {
    const other = async (): Promise<void> => {
      assert.equal(await peerOf(shop, web), x, 'the old link stands until the new one does');
      await shop.client.ports.unlink({ id: web });
      await shop.client.ports.link({ id: web, body: { peerId: z } });
    };
    const said = await applyWhile(shop, net('{ peer: two/y }'), /^POST \/batch$/, other);
    assert.equal(said.code, 7, said.err);
    assert.deepEqual([await peerOf(shop, web), await peerOf(shop, y)], [z, null]);
    // Taken at the far end, it stays where it was.
    await shop.client.ports.unlink({ id: web });
    await shop.apply(net('{ peer: one/x }'));
    const taken = () => shop.client.ports.link({ id: y, body: { peerId: z } });
    const late = await applyWhile(shop, net('{ peer: two/y }'), /^POST \/batch$/, taken);
    assert.notEqual(late.code, 0);
    assert.equal(await peerOf(shop, web), x, 'all or nothing');
  }),
);

test('what others change beside the link stands, and links move on', limit, () =>
  withNet('{ peer: one/x }', async (shop, { web, x, y, z }) => {
    let up = true;
    const other = () => shop.client.ports.update({ id: web, body: { adminStateUp: (up = !up) } });
    // The port that is left by one link gets another, which it had not when the plan was made.
    const said = await applyWhile(shop, net('{ peer: two/y }', '{ peer: three/z }'), /^POST \/batch$/, other, 2);
    assert.equal(said.code, 0, said.err);
    assert.deepEqual([await peerOf(shop, web), await peerOf(shop, x)], [y, z]);
    assert.equal((await shop.client.ports.get({ id: web })).adminStateUp, up);
  }),
);

test('a peer that is nowhere is told before anything is done', limit, () =>
  withNet('{}', async (shop) => {
    const { code, err } = await shop.run('apply', '-f', shop.file(net('{ up: false, peer: one/w }')));
    assert.notEqual(code, 0);
    assert.match(err, /there is no port one\/w, here or in the file/);
    assert.ok((await shop.client.ports.list()).every(({ adminStateUp }) => adminStateUp));
  }),
);

test('a link that both its ends name is made once', limit, () =>
  withNet('{}', async (shop, { web, x }) => {
    await shop.apply(net('{ peer: one/x }', '{ peer: red/web }'));
    assert.equal(await peerOf(shop, web), x);
    assert.match((await shop.run('diff', '-f', shop.file(net('{ peer: one/x }', '{ peer: red/web }')))).out, /nothing/);
  }),
);

test('a binding that somebody else made meanwhile stands; one that is moved is never off', limit, () =>
  withNet('{}', async (shop, { web }, { hv1, hv2 }) => {
    const place = async (): Promise<unknown[]> => {
      const { hostId, interfaceName } = await shop.client.ports.get({ id: web });
      return [hostId, interfaceName];
    };
    const bind = (id: string, interfaceName: string) => () =>
      shop.client.hostPorts.create({ id, body: { portId: web, interfaceName } });
    const patch = /^POST \/batch$/;
    const first = await applyWhile(shop, net('{ host: hv1, interface: tap0 }'), patch, bind(hv2, 'tap9'));
    assert.deepEqual([first.code, await place()], [7, [hv2, 'tap9']], first.err);
    assert.match(first.err, /somebody else changed hostId, interfaceName meanwhile/);
    const second = await applyWhile(shop, net('{ host: hv1, interface: tap0 }'), patch, async () => {
      assert.deepEqual(await place(), [hv2, 'tap9'], 'on its old host until it is on the new one');
    });
    assert.deepEqual([second.code, await place()], [0, [hv1, 'tap0']], second.err);
    const third = await applyWhile(shop, net('{ host: hv1, interface: tap1 }'), patch, bind(hv2, 'tap7'));
    assert.deepEqual([third.code, await place()], [7, [hv2, 'tap7']], third.err);
    assert.equal((await shop.client.ports.get({ id: web })).previousHostId, hv1);
  }),
);
