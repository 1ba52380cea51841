import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerMessage, Topic } from '@midonet/contract';
import { startHarness, type Harness } from '../../testing/harness.ts';
import { provided } from '../../testing/provided.ts';
import { WatchClient } from '../../testing/watch-client.ts';

const limit = { timeout: 240_000 };
const TOPICS = [
  { kind: 'collection', of: 'bridge' },
  { kind: 'collection', of: 'router' },
  { kind: 'collection', of: 'port' },
] as const satisfies readonly Topic[];

/** A tenant's reader with the lists and these topics, all of them there. */
async function follow(h: Harness, tenantId: string, topics: readonly Topic[] = []): Promise<WatchClient> {
  const name = `reader-of-${tenantId}`;
  await h.client.users.create({ body: { name, password: 'long enough', role: 'reader', tenantId } });
  const { token } = await h.client.apiTokens.create({ body: { user: name } });
  const watch = await WatchClient.connect(h.controller.url, token);
  await watch.hello();
  for (const [sub, topic] of [...TOPICS, ...topics].entries()) {
    watch.send({ op: 'subscribe', sub, topic });
    await watch.next('snapshot', (message) => message.sub === sub);
  }
  return watch;
}

/** All that was told since it was asked last, until the port with this name has come; `sub revision +key`. */
async function toldUntil(h: Harness, watch: WatchClient, tenantId: string): Promise<string[]> {
  // Its own, made behind everything else: when that has come, all before it has.
  const { id } = await h.client.bridges.create({ body: { tenantId, name: 'mark' } });
  await watch.next('delta', ({ changes }) => changes.some(({ key }) => key === `bridge/${id}`));
  return watch.seen.splice(0).flatMap(written);
}

function written(message: ServerMessage): string[] {
  if (message.op !== 'delta') return [message.op];
  return message.changes.map(({ key, value }) => `${message.sub} ${value === null ? '-' : '+'}${key}`);
}

test('what shows by a link is told once, behind what was before, and nothing starts over', limit, async () => {
  await using h = await startHarness();
  const { client } = h;
  const { edge, uplink, acme } = await provided(h);
  const lone = await client.routers.create({ body: { name: 'lone' } });
  const far = await client.routers.createPort({ id: lone.id, body: { portSubnet: ['198.51.100.1/24'] } });
  const near = await client.routers.createPort({ id: acme.inner.id, body: { portSubnet: ['198.51.100.2/24'] } });
  const watch = await follow(h, 'acme', [{ kind: 'router', id: lone.id }]);
  const lonely = TOPICS.length;

  await client.routers.update({ id: acme.inner.id, body: { name: 'before' } });
  await client.ports.link({ id: near.id, body: { peerId: far.id } });
  await client.routers.update({ id: lone.id, body: { name: 'after' } });
  const [routerKey, farKey, nearKey] = [`router/${lone.id}`, `port/${far.id}`, `port/${near.id}`];
  const told = await toldUntil(h, watch, 'acme');
  const of = (sub: number): string[] => told.filter((line) => line.startsWith(`${sub} `));
  assert.deepEqual(of(1), [`1 +router/${acme.inner.id}`, `1 +${routerKey}`, `1 +${routerKey}`], 'shows, and changes');
  assert.deepEqual(of(2).sort(), [`2 +${farKey}`, `2 +${nearKey}`].sort());
  assert.deepEqual(
    of(lonely).slice(0, -1).sort(),
    [routerKey, farKey, nearKey].map((key) => `${lonely} +${key}`).sort(),
  );
  assert.deepEqual(of(lonely).at(-1), `${lonely} +${routerKey}`);
  assert.equal(told.length, 9, told.join(', '));

  await client.ports.unlink({ id: near.id });
  await client.routers.update({ id: lone.id, body: { name: 'not to be seen' } });
  const gone = await toldUntil(h, watch, 'acme');
  assert.deepEqual(
    gone.sort(),
    [
      `1 -${routerKey}`,
      `2 -${farKey}`,
      `2 +${nearKey}`,
      ...[routerKey, farKey, nearKey].map((key) => `${lonely} -${key}`),
    ].sort(),
  );
  for (const hidden of [uplink.id, edge.name]) assert.ok(!JSON.stringify(gone).includes(hidden ?? ''));
  await watch.close();
});

test('a device that is shared, and is no more, is told to all, with the ports that show by it', limit, async () => {
  await using h = await startHarness();
  const { client } = h;
  const { shared, plain, loose, acme } = await provided(h);
  const port = await client.routers.createPort({ id: acme.inner.id, body: { portSubnet: ['192.0.2.1/24'] } });
  await client.ports.link({ id: port.id, body: { peerId: loose.id } });
  const [owner, other] = [await follow(h, 'acme'), await follow(h, 'umbrella')];
  await client.bridges.update({ id: shared.id, body: { shared: false } });
  await client.bridges.update({ id: plain.id, body: { shared: true } });
  assert.deepEqual((await toldUntil(h, owner, 'acme')).sort(), [
    `0 +bridge/${plain.id}`,
    `0 -bridge/${shared.id}`,
    `2 -port/${loose.id}`,
  ]);
  assert.deepEqual((await toldUntil(h, other, 'umbrella')).sort(), [`0 +bridge/${plain.id}`, `0 -bridge/${shared.id}`]);
  await client.bridges.update({ id: shared.id, body: { shared: true } });
  assert.deepEqual((await toldUntil(h, owner, 'acme')).sort(), [`0 +bridge/${shared.id}`, `2 +port/${loose.id}`]);
  await Promise.all([owner.close(), other.close()]);
});

test(
  'a device that changes hands is told to those two and to who is linked to it, and to nobody else',
  limit,
  async () => {
    await using h = await startHarness();
    const { client } = h;
    const { edge, acme, umbrella } = await provided(h);
    const bystander = await follow(h, 'bystander');
    const [from, to] = [await follow(h, 'acme'), await follow(h, 'umbrella')];
    await client.routers.update({ id: acme.inner.id, body: { tenantId: 'umbrella' } });
    const lost = [`router/${acme.inner.id}`, `router/${edge.id}`, `port/${acme.near.id}`, `port/${acme.far.id}`];
    assert.deepEqual(
      (await toldUntil(h, from, 'acme')).map((line) => line.slice(2)).sort(),
      lost.map((key) => `-${key}`).sort(),
    );
    // The provider's router showed to them before.
    const won = lost.filter((key) => key !== `router/${edge.id}`);
    assert.deepEqual(
      (await toldUntil(h, to, 'umbrella')).map((line) => line.slice(2)).sort(),
      won.map((key) => `+${key}`).sort(),
    );
    // What was looked at from outside is one's own now, with all its members.
    await client.routers.update({ id: edge.id, body: { tenantId: 'umbrella' } });
    const [own] = await Promise.all([
      to.next('delta', ({ changes }) => changes.some(({ key }) => key === `router/${edge.id}`)),
    ]);
    assert.match(JSON.stringify(own.changes), /inboundFilterId/);
    const rest = await toldUntil(h, to, 'umbrella');
    for (const { id } of [umbrella.far, acme.far]) assert.ok(rest.includes(`2 +port/${id}`), rest.join(', '));
    assert.deepEqual(await toldUntil(h, bystander, 'bystander'), []);
    await Promise.all([bystander, from, to].map((watch) => watch.close()));
  },
);
