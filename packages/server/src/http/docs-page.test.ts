import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type openApiDocument } from '@midonet/contract';
import { startHarness } from '../../testing/harness.ts';

test('the page shows every operation, with what goes in and out, and loads and runs nothing', async () => {
  await using h = await startHarness();
  const answer = await h.fetch('/docs');
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
  assert.match(answer.headers.get('content-security-policy') ?? '', /^default-src 'none'/);
  const page = await answer.text();
  const document = (await (await h.fetch('/openapi.json')).json()) as ReturnType<typeof openApiDocument>;
  for (const methods of Object.values(document.paths)) {
    for (const { operationId } of Object.values(methods))
      assert.ok(page.includes(`<details id="${operationId as string}">`));
  }
  const patch = page.slice(page.indexOf('<details id="ports.patch">')).split('</details>')[0] ?? '';
  for (const word of ['PATCH', 'If-Match', 'portSubnet', 'merge-patch+json', '428'])
    assert.ok(patch.includes(word), word);
  assert.match(patch, /<code>adminStateUp<\/code><\/td><td>boolean \| null /);
  assert.doesNotMatch(page, /null \| null/);
  assert.doesNotMatch(page, /<script|<link|<img|<iframe|\bsrc=|url\(|@import/i);
  for (const [, target = ''] of page.matchAll(/href="([^"]*)"/g)) assert.match(target, /^(#|\/midonet-api\/)/);
});

test('the page and the document are for those who may come in, as the API itself', async () => {
  await using h = await startHarness();
  for (const path of ['/docs', '/openapi.json']) {
    assert.equal((await h.fetch(path, { headers: { 'x-auth-token': 'wrong' } })).status, 401, path);
  }
});

test('a browser is asked for user and password, and goes on with a session', { timeout: 60_000 }, async () => {
  await using h = await startHarness();
  const open = (path: string, headers: Record<string, string>) =>
    fetch(`${h.controller.url}${path}`, { headers: { accept: 'text/html', ...headers } });
  const basic = (password: string) => ({
    authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`,
  });
  const asked = await open('/docs', {});
  assert.equal(asked.status, 401);
  assert.match(asked.headers.get('www-authenticate') ?? '', /^Basic realm=/);
  const wrong = await open('/docs', basic('not it'));
  assert.deepEqual([wrong.status, wrong.headers.get('set-cookie')], [401, null]);
  const page = await open('/docs', basic('a-token-for-tests'));
  assert.equal(page.status, 200);
  const [cookie = ''] = (page.headers.get('set-cookie') ?? '').split(';');
  assert.match(page.headers.get('set-cookie') ?? '', /HttpOnly; SameSite=Strict/);
  assert.equal((await open('/openapi.json', { cookie })).status, 200, 'what the page links to');
  assert.equal((await open('/docs', { cookie })).headers.get('set-cookie'), null, 'no new one each time');
  assert.equal((await open('/bridges', basic('a-token-for-tests'))).status, 401, 'objects are for tokens and sessions');
});
