import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allEndpoints, createClient, listFields, pagesItself, type NamedEndpoint } from '@midonet/contract';
import { CALLS } from '../../testing/endpoint-calls.ts';
import { startHarness, type Harness } from '../../testing/harness.ts';
import { makeNeutron } from '../../testing/neutron-world.ts';
import { makeWorld, type World } from '../../testing/world.ts';
import type { Client } from '@midonet/contract';

type Dto = Readonly<Record<string, unknown>>;

async function get(
  h: Harness,
  path: string,
): Promise<{ list: Dto[]; next: string | undefined; status: number; text: string }> {
  const response = await h.fetch(path);
  const text = await response.text();
  const link = /<([^>]*)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
  const list = response.status === 200 ? (JSON.parse(text) as Dto[]) : [];
  return { list, text, status: response.status, next: link?.slice(h.controller.url.length) };
}

/** All pages, by following the links. */
async function pages(h: Harness, path: string, between?: (page: number) => Promise<unknown>): Promise<Dto[][]> {
  const found: Dto[][] = [];
  for (let at: string | undefined = path; at !== undefined;) {
    const { list, next, status, text } = await get(h, at);
    assert.equal(status, 200, text);
    found.push(list);
    at = next;
    if (at !== undefined) await between?.(found.length);
  }
  return found;
}

const ids = (list: readonly Dto[]): unknown[] => list.map(({ id }) => id);

/** The address of a list as CALLS asks for it. */
async function pathOf(h: Harness, { group, operation }: NamedEndpoint, world: World): Promise<string> {
  let seen = '';
  const fetch: typeof globalThis.fetch = (input) => {
    seen = input instanceof URL ? input.href.slice(h.controller.url.length) : '';
    return Promise.resolve(new Response('[]'));
  };
  const calls: Readonly<Record<string, Readonly<Record<string, (client: Client, world: World) => Promise<unknown>>>>> =
    CALLS;
  await calls[group]?.[operation]?.(createClient({ baseUrl: h.controller.url, fetch }), world);
  return seen;
}

test(
  'every list is filtered by each of its fields, sorted, paged, and names what it does not know',
  { timeout: 120_000 },
  async () => {
    await using h = await startHarness();
    const world = await makeWorld(h.client, 'acme');
    await makeWorld(h.client, 'umbrella');
    for (const tenant of ['acme', 'umbrella']) await makeNeutron(h.client, tenant);
    const lists = allEndpoints().filter(({ endpoint }) => listFields(endpoint) !== undefined);
    assert.ok(lists.length > 40);
    for (const named of lists) {
      const path = await pathOf(h, named, world);
      const with_ = (query: string) => `${path}${path.includes('?') ? '&' : '?'}${query}`;
      const { list, status, text } = await get(h, path);
      assert.equal(status, 200, `${path}: ${text}`);
      const unknown = await get(h, with_('no_such_thing=1'));
      assert.equal(unknown.status, 400, path);
      assert.match(unknown.text, /"property":"no_such_thing"/, path);
      const [first] = list;
      for (const field of listFields(named.endpoint)?.keys() ?? []) {
        if (first === undefined || named.endpoint.query.includes(field) || field === 'limit') continue;
        const value = first[field] ?? '';
        const wanted = list.filter((one) => (one[field] ?? '') === value);
        const filtered = await get(h, with_(`${field}=${encodeURIComponent(value as string)}`));
        assert.deepEqual(filtered.list, wanted, `${path} by ${field}`);
      }
      if (pagesItself(named.endpoint)) continue;
      const paged = (await pages(h, with_('limit=1'))).flat();
      assert.deepEqual(
        new Set(paged.map((one) => JSON.stringify(one))),
        new Set(list.map((one) => JSON.stringify(one))),
        path,
      );
      assert.equal(paged.length, list.length, path);
      assert.equal((await get(h, with_('limit=0'))).status, 400, path);
      assert.equal((await get(h, with_('marker=x'))).status, 400, path);
    }
  },
);

test('pages miss nothing and repeat nothing that stays, whatever comes and goes between them', async () => {
  await using h = await startHarness();
  const { id } = await h.client.bridges.create({ body: {} });
  const make = (names: string[]) =>
    h.client.batch.run({
      body: {
        operations: names.map((vifId) => ({ method: 'POST', path: `/bridges/${id}/ports`, body: { vifId } }) as const),
      },
    });
  await make(Array.from({ length: 40 }, (_, n) => `stays${String(n).padStart(2, '0')}`));
  for (const path of [
    `/ports?limit=7`,
    `/bridges/${id}/ports?limit=7`,
    `/ports?limit=7&sort=vifId`,
    `/ports?limit=7&sort=-vifId`,
  ]) {
    await make(Array.from({ length: 10 }, (_, n) => `goes${n}`));
    const found = await pages(h, path, async (page) => {
      // The very object that the marker names may go, too.
      const all = await h.client.ports.list();
      for (const one of all.filter(({ vifId }) => vifId?.startsWith('goes')).slice(0, 2))
        await h.client.ports.remove({ id: one.id });
      if (page < 4) await make([`comes${page}`]);
    });
    const stayed = found
      .flat()
      .map(({ vifId }) => String(vifId))
      .filter((one) => one.startsWith('stays'));
    assert.equal(new Set(ids(found.flat())).size, found.flat().length, path);
    assert.equal(stayed.length, 40, path);
    if (path.includes('sort=')) {
      const sorted = [...stayed].sort();
      assert.deepEqual(stayed, path.includes('-vifId') ? sorted.reverse() : sorted);
    }
    for (const { id: gone, vifId } of await h.client.ports.list())
      if (!vifId?.startsWith('stays')) await h.client.ports.remove({ id: gone });
  }
});

test('filters: several values, underscores, nothing, and what is not of the type', async () => {
  await using h = await startHarness();
  for (const [name, adminStateUp] of [
    ['a', true],
    ['b', false],
    ['', true],
  ] as const) {
    await h.client.bridges.create({ body: { name, adminStateUp, tenantId: name === 'a' ? 'acme' : '' } });
  }
  const names = async (query: string) => (await get(h, `/bridges?${query}`)).list.map(({ name }) => name).sort();
  assert.deepEqual(await names('name=a&name=b'), ['a', 'b']);
  assert.deepEqual(await names('admin_state_up=true&tenantId=acme'), ['a']);
  assert.deepEqual(await names('admin_state_up=false'), ['b']);
  assert.deepEqual(await names('name=&name=b'), ['', 'b']);
  assert.deepEqual(await names('sort=-name&limit=2'), ['a', 'b']);
  for (const [query, field] of [
    ['adminStateUp=yes', 'adminStateUp'],
    ['sort=colour', 'sort'],
    ['limit=1001', 'limit'],
  ]) {
    const bad = await get(h, `/bridges?${query}`);
    assert.equal(bad.status, 400, query);
    assert.match(bad.text, new RegExp(`"property":"${field}"`));
  }
  const first = await get(h, '/bridges?limit=1');
  const other = await get(h, `${first.next ?? ''}&sort=name`);
  assert.equal(other.status, 400, 'a marker of another order');
  assert.equal((await get(h, '/tunnel_zones?tenant_id=acme')).status, 200, 'as existing clients ask');
});

test('the rules of a chain are paged by position', async () => {
  await using h = await startHarness();
  const { id } = await h.client.chains.create({ body: {} });
  for (let n = 0; n < 5; n++) await h.client.chains.createRule({ id, body: { type: 'drop' } });
  const found = await pages(h, `/chains/${id}/rules?limit=2`);
  assert.deepEqual(
    found.map((page) => page.map(({ position }) => position)),
    [[1, 2], [3, 4], [5]],
  );
});
