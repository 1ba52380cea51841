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
  assert.doesNotMatch(page, /<script|<link|<img|<iframe|\bsrc=|url\(|@import/i);
  for (const [, target = ''] of page.matchAll(/href="([^"]*)"/g)) assert.match(target, /^(#|\/midonet-api\/)/);
});

test('the page and the document are for those who may come in, as the API itself', async () => {
  await using h = await startHarness();
  for (const path of ['/docs', '/openapi.json']) {
    assert.equal((await h.fetch(path, { headers: { 'x-auth-token': 'wrong' } })).status, 401, path);
  }
});
