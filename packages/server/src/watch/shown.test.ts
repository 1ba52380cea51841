import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient, type Client, type ServerMessage, type Topic } from '@midonet/contract';
import { startHarness } from '../../testing/harness.ts';
import { provided } from '../../testing/provided.ts';
import { seeded } from '../../testing/random-sharing.ts';
import { WatchClient } from '../../testing/watch-client.ts';

const limit = { timeout: 240_000 };
const LATE_MS = 60_000;
const KINDS = ['bridge', 'router', 'port'] as const;

/** What one reader of a watch has, by what it was told; and all that it was told. */
class Follower {
  readonly #watch: WatchClient;
  readonly #items = new Map<number, Map<string, string>>();
  #told = '';
  resyncs = 0;
  #news: () => void = () => undefined;

  private constructor(watch: WatchClient) {
    this.#watch = watch;
    watch.socket.on('message', (data: Buffer) => {
      this.#take(JSON.parse(data.toString('utf8')) as ServerMessage);
      this.#told += data.toString('utf8');
      this.#news();
    });
  }

  static async open(url: string, token: string, topics: readonly Topic[]): Promise<Follower> {
    const watch = await WatchClient.connect(url, token);
    await watch.hello();
    const follower = new Follower(watch);
    for (const [sub, topic] of topics.entries()) watch.send({ op: 'subscribe', sub, topic });
    return follower;
  }

  /** Keys of the devices and ports that there are, of all subscriptions or one. */
  keys(of?: number): string[] {
    const all = of === undefined ? [...this.#items.values()] : [this.#items.get(of) ?? new Map<string, string>()];
    const keys = all.flatMap((items) => [...items.keys()]);
    return [...new Set(keys)].filter((key) => KINDS.some((kind) => key.startsWith(`${kind}/`))).sort();
  }

  item(sub: number, key: string): unknown {
    return JSON.parse(this.#items.get(sub)?.get(key) ?? 'null');
  }

  get told(): string {
    return this.#told;
  }

  /** Until the condition holds with what was told. */
  async until(holds: () => boolean): Promise<void> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      late.reject(new Error(`by now there is ${this.keys().join(', ')}`));
    }, LATE_MS);
    try {
      while (!holds()) await Promise.race([late.promise, new Promise<void>((resolve) => (this.#news = resolve))]);
    } finally {
      clearTimeout(timer);
    }
  }

  close(): Promise<void> {
    return this.#watch.close();
  }

  #take(message: ServerMessage): void {
    if (message.op === 'resync') {
      this.#items.delete(message.sub);
      this.resyncs++;
    }
    if (message.op === 'snapshot') {
      this.#items.set(message.sub, new Map(message.items.map(({ key, value }) => [key, JSON.stringify(value)])));
    }
    if (message.op !== 'delta') return;
    for (const { key, value } of message.changes) {
      if (value === null) this.#items.get(message.sub)?.delete(key);
      else this.#items.get(message.sub)?.set(key, JSON.stringify(value));
    }
  }
}

async function keysByGet(client: Client): Promise<string[]> {
  const lists = { bridge: client.bridges, router: client.routers, port: client.ports };
  const keys = KINDS.map(async (kind) => (await lists[kind].list()).map(({ id }) => `${kind}/${id}`));
  return (await Promise.all(keys)).flat().sort();
}

test('a watch shows a tenant what GET shows, as things come to show and cease to', limit, async () => {
  await using h = await startHarness();
  const { client: admin } = h;
  const { edge, uplink, acme, umbrella, shared, plain, loose } = await provided(h);
  await admin.users.create({ body: { name: 'u', password: 'long enough', role: 'reader', tenantId: 'acme' } });
  const { token } = await admin.apiTokens.create({ body: { user: 'u' } });
  const client = createClient({ baseUrl: h.controller.url, token });
  const about: Topic[] = [
    { kind: 'router', id: edge.id },
    { kind: 'router', id: acme.inner.id },
    { kind: 'bridge', id: shared.id },
    { kind: 'port', id: acme.far.id },
    // Never to be seen.
    ...[umbrella.inner.id].map((id) => ({ kind: 'router', id }) as const),
    ...[uplink.id, umbrella.far.id, loose.id].map((id) => ({ kind: 'port', id }) as const),
    ...[{ kind: 'bridge', id: plain.id } as const, { kind: 'macTable', id: shared.id } as const],
    { kind: 'neighbours', id: edge.id },
  ];
  const topics: Topic[] = [...KINDS.map((of) => ({ kind: 'collection', of }) as const), ...about];
  const watch = await Follower.open(h.controller.url, token, topics);
  const sub = (of: Topic): number => topics.indexOf(of);
  const asByGet = async (): Promise<void> => {
    const shown = await keysByGet(client);
    await watch.until(
      () =>
        KINDS.flatMap((_, at) => watch.keys(at))
          .sort()
          .join() === shown.join(),
    );
    // Single things show with the lists, and nothing else does.
    await watch.until(() => watch.keys().join() === shown.join());
  };
  const [edgeTopic, innerTopic, sharedTopic, farTopic] = about as [Topic, Topic, Topic, Topic]; // as made above
  const [edgeKey, farKey, nearKey] = [`router/${edge.id}`, `port/${acme.far.id}`, `port/${acme.near.id}`];

  await asByGet();
  assert.deepEqual(watch.item(0, `bridge/${shared.id}`), {
    ...{ kind: 'bridge', id: shared.id, tenantId: '', name: 'external', adminStateUp: true, shared: true },
  });
  const { name, ...rest } = watch.item(1, edgeKey) as Record<string, unknown>;
  assert.deepEqual([name, Object.keys(rest).sort()], ['edge', ['adminStateUp', 'id', 'kind', 'tenantId']]);
  assert.deepEqual(watch.keys(sub(edgeTopic)), [nearKey, farKey, edgeKey].sort());
  assert.deepEqual(watch.keys(sub(farTopic)), [farKey]);

  await admin.ports.unlink({ id: acme.near.id });
  await asByGet();
  assert.deepEqual(watch.keys(sub(edgeTopic)), []);
  await admin.bridges.update({ id: shared.id, body: { shared: false } });
  await asByGet();
  assert.deepEqual(watch.keys(), [nearKey, `router/${acme.inner.id}`].sort());
  await admin.routers.update({ id: edge.id, body: { name: 'hidden while not linked' } });
  await admin.routers.update({ id: edge.id, body: { name: 'edge' } });

  await admin.ports.link({ id: acme.near.id, body: { peerId: acme.far.id } });
  await asByGet();
  assert.ok(watch.keys(sub(innerTopic)).includes(farKey));
  await admin.routers.update({ id: edge.id, body: { name: 'edge 2', adminStateUp: false } });
  await watch.until(() => (watch.item(1, edgeKey) as { name?: string } | null)?.name === 'edge 2');
  await admin.bridges.update({ id: shared.id, body: { shared: true } });
  await asByGet();

  // A port of a shared device of another tenant shows with the link and with the sharing.
  const own = await admin.routers.createPort({ id: acme.inner.id, body: { portSubnet: ['192.0.2.1/24'] } });
  await admin.ports.link({ id: own.id, body: { peerId: loose.id } });
  await asByGet();
  assert.ok(watch.keys(sub(sharedTopic)).includes(`port/${loose.id}`));
  await admin.bridges.update({ id: shared.id, body: { shared: false } });
  await asByGet();
  assert.ok(!watch.keys(sub(innerTopic)).includes(`port/${loose.id}`));
  await admin.bridges.update({ id: shared.id, body: { shared: true } });
  await asByGet();
  // What is one's own goes, and the provider's that showed by it.
  await admin.routers.remove({ id: acme.inner.id });
  await asByGet();
  await admin.routers.update({ id: edge.id, body: { tenantId: 'acme' } });
  await asByGet();
  assert.ok(watch.keys(1).includes(edgeKey), 'given to them it is theirs');
  await admin.routers.update({ id: edge.id, body: { tenantId: '' } });
  await asByGet();
  assert.deepEqual(watch.keys(), [`bridge/${shared.id}`]);
  await watch.close();
  assert.ok(!watch.told.includes('hidden while'), 'what happens while it does not show');
});

test('what is not shown by GET is in no message of a watch', limit, async () => {
  await using h = await startHarness();
  const { client: admin } = h;
  const { chain, edge, uplink, acme, umbrella, shared, plain, loose } = await provided(h);
  await admin.users.create({ body: { name: 'u', password: 'long enough', role: 'reader', tenantId: 'acme' } });
  const { token } = await admin.apiTokens.create({ body: { user: 'u' } });
  const bystander = await Follower.open(h.controller.url, token, [
    ...(['bridge', 'router', 'port', 'route', 'chain', 'rule', 'mirror', 'host'] as const).map(
      (of) => ({ kind: 'collection', of }) as const,
    ),
    ...[edge.id, acme.inner.id, umbrella.inner.id].map((id) => ({ kind: 'router', id }) as const),
    ...[shared.id, plain.id].map((id) => ({ kind: 'bridge', id }) as const),
    ...[uplink.id, umbrella.far.id, umbrella.near.id, loose.id].map((id) => ({ kind: 'port', id }) as const),
  ]);
  await bystander.until(() => bystander.keys().includes(`router/${edge.id}`));
  await admin.ports.unlink({ id: umbrella.near.id });
  await admin.ports.link({ id: umbrella.near.id, body: { peerId: umbrella.far.id } });
  await admin.ports.update({ id: loose.id, body: { vifId: 'loose end' } });
  await admin.routers.update({ id: edge.id, body: { outboundFilterId: chain.id } });
  await admin.bridges.update({ id: plain.id, body: { name: 'internal 2' } });
  await admin.routers.update({ id: edge.id, body: { name: 'last' } });
  await bystander.until(() => bystander.told.includes('"last"'));
  await bystander.close();
  const hidden = { uplink, far: umbrella.far, near: umbrella.near, inner: umbrella.inner, plain, loose, chain };
  for (const [what, { id }] of Object.entries(hidden)) assert.ok(!bystander.told.includes(id), what);
  for (const text of ['secret name', 'internal', 'umbrella', 'guard', 'loose end', 'ops']) {
    assert.ok(!bystander.told.includes(text), text);
  }
});

test(
  'whatever is linked, shared and given away, and however fast, a watch has in the end what GET shows',
  limit,
  async () => {
    await using h = await startHarness();
    const { client: admin } = h;
    const { edge, acme, umbrella, shared, plain } = await provided(h);
    const routers = [edge, acme.inner, umbrella.inner];
    const port = (id: string, n: number) => admin.routers.createPort({ id, body: { portSubnet: [`10.${n}.0.1/24`] } });
    const ends = await Promise.all([...routers, ...routers].map(({ id }, n) => port(id, n)));
    const far = await Promise.all([shared, plain, shared].map(({ id }) => admin.bridges.createPort({ id, body: {} })));
    await admin.users.create({ body: { name: 'u', password: 'long enough', role: 'reader', tenantId: 'acme' } });
    const { token } = await admin.apiTokens.create({ body: { user: 'u' } });
    const about = [
      ...routers.map(({ id }) => ({ kind: 'router', id }) as const),
      { kind: 'bridge', id: shared.id } as const,
    ];
    const topics = [...KINDS.map((of) => ({ kind: 'collection', of }) as const), ...about];
    const watch = await Follower.open(h.controller.url, token, topics);
    const chance = seeded(7);
    const any = <T>(all: readonly T[]): T => all[chance(all.length)] ?? assert.fail();
    const quietly = (done: Promise<unknown>) => done.catch(() => undefined); // linked already, or not, or raced
    const tenants = ['', 'acme', 'umbrella'];
    const steps = [
      () => admin.ports.link({ id: any(ends).id, body: { peerId: any([...far, ...ends]).id } }),
      () => admin.ports.link({ id: any(ends).id, body: { peerId: any([...far, ...ends]).id } }),
      () => admin.ports.unlink({ id: any([...ends, ...far]).id }),
      () => admin.bridges.update({ id: any([shared, plain]).id, body: { shared: chance(2) === 0 } }),
      () => admin.routers.update({ id: any(routers).id, body: { shared: chance(2) === 0 } }),
      () => admin.routers.update({ id: any(routers).id, body: { tenantId: any(tenants) } }),
      () => admin.bridges.update({ id: any([shared, plain]).id, body: { tenantId: any(tenants) } }),
    ];
    for (let round = 0; round < 12; round++) {
      await Promise.all(Array.from({ length: 15 }, () => quietly(any(steps)())));
      const shown = await keysByGet(createClient({ baseUrl: h.controller.url, token }));
      await watch.until(
        () =>
          KINDS.flatMap((_, at) => watch.keys(at))
            .sort()
            .join() === shown.join(),
      );
      // A device of one's own, or that shows, is in its own topic as well, and none that does not.
      await watch.until(() =>
        about.every((topic, at) => {
          const key = `${topic.kind}/${topic.id}`;
          return watch.keys(KINDS.length + at).includes(key) === shown.includes(key);
        }),
      );
    }
    assert.equal(watch.resyncs, 0);
    await watch.close();
  },
);
