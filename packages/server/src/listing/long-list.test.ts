import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { test } from 'node:test';
import type { Store } from '@midonet/store';
import { openMemoryStore } from '@midonet/store/memory';
import { startHarness, TOKEN } from '../../testing/harness.ts';
import { runs } from '@midonet/packet/testing/runs';

const PORTS = runs(100_000, 20_000);

/** Counts the pages that are read of the ports. */
function counting(base: Store, count: { pages: number }): Store {
  return new Proxy(base, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      const bound = (member as (...args: unknown[]) => unknown).bind(target);
      if (name !== 'list') return bound;
      return (...args: unknown[]) => {
        if (args[0] === 'port/') count.pages++;
        return bound(...args);
      };
    },
  });
}

test(`${PORTS} ports are sent as they are read, no faster than they are taken`, { timeout: 300_000 }, async () => {
  const count = { pages: 0 };
  const store = counting(openMemoryStore(), count);
  await using h = await startHarness({ store });
  const { id } = await h.client.bridges.create({ body: {} });
  const port = await h.client.bridges.createPort({ id, body: { vifId: 'copy' } });
  const { value } = (await store.get(`port/${port.id}`)) ?? assert.fail();
  const copies = Array.from({ length: PORTS - 1 }, () => {
    const copy = randomUUID();
    return { kind: 'put', key: `port/${copy}`, value: value.replace(port.id, copy) } as const;
  });
  await store.commit({ author: { user: 'test' }, conditions: [], writes: copies });
  count.pages = 0;
  const request = get(`${h.controller.url}/ports`, {
    headers: { 'x-auth-token': TOKEN, accept: 'application/json' },
  });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.pause();
  assert.equal(response.headers['transfer-encoding'], 'chunked');
  // Nobody reads on; others are served, and of the list only what fits on the way is read.
  for (let n = 0; n < 200; n++) await h.client.bridges.get({ id });
  assert.ok(count.pages < PORTS / 250 / 2, `${count.pages} pages were read for nobody`);
  let objects = 0;
  let rest = '';
  for await (const chunk of response as AsyncIterable<Buffer>) {
    const text = rest + chunk.toString('latin1');
    objects += text.split('"vifId":"copy"').length - 1;
    rest = text.slice(text.lastIndexOf('"vifId":"copy"') + 1).slice(-64);
  }
  assert.equal(objects, PORTS);
  assert.ok(rest.endsWith('}]'));
  // A page is found from its marker on, not from the beginning.
  count.pages = 0;
  const page = await h.fetch('/ports?limit=10');
  const next = /<([^>]*)>/.exec(page.headers.get('link') ?? '')?.[1] ?? assert.fail();
  await page.text();
  const second = await h.fetch(next.slice(h.controller.url.length));
  assert.equal(((await second.json()) as unknown[]).length, 10);
  assert.equal(count.pages, 2);
  await store.close();
});
