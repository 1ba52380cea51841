import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allEndpoints } from './endpoints.ts';
import { NOT_BUILT } from './endpoints/not-built.ts';
import { openApiDocument } from './openapi.ts';
import { applicationDocument } from './resources/application.ts';
import { baseOf } from './links.ts';

test('the OpenAPI document has every endpoint once, with schemas for what goes in and out', () => {
  const document = JSON.parse(JSON.stringify(openApiDocument('1.2.3'))) as {
    paths: Record<string, Record<string, { operationId: string; requestBody?: object; responses: object }>>;
  };
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
  const ids = operations.map(({ operationId }) => operationId);
  assert.deepEqual(
    ids.sort(),
    allEndpoints()
      .map(({ group, operation }) => `${group}.${operation}`)
      .sort(),
  );
  for (const { group, operation, endpoint } of allEndpoints()) {
    const described = document.paths[`/midonet-api${endpoint.path}`]?.[endpoint.method.toLowerCase()];
    assert.equal(described?.requestBody !== undefined, endpoint.request !== undefined, `${group}.${operation}`);
  }
  const put = JSON.stringify(document.paths['/midonet-api/ports/{id}']);
  for (const field of ['portSubnet', 'networkLength', 'vnd.org.midonet.Port-v3+json']) assert.ok(put.includes(field));
});

test('no two endpoints share a path and method, and none is listed as not built', () => {
  const routes = allEndpoints().map(({ endpoint }) => `${endpoint.method} ${endpoint.path.replace(/\{\w+\}/g, '*')}`);
  assert.equal(new Set(routes).size, routes.length);
  const built = new Set(allEndpoints().map(({ endpoint }) => endpoint.path));
  assert.deepEqual(
    NOT_BUILT.filter(({ path }) => built.has(path)),
    [],
  );
});

test('every link of the root document leads to an endpoint or to what is not built', () => {
  const base = baseOf('http://h');
  const known = [...allEndpoints().map(({ endpoint }) => endpoint.path), ...NOT_BUILT.map(({ path }) => path)];
  const own = ['/watch', '/openapi.json'];
  for (const [name, uri] of Object.entries(applicationDocument(base))) {
    if (name === 'version') continue;
    const path = uri.replace(/^\w+:\/\/h\/midonet-api/, '');
    const served = own.includes(path) || known.some((one) => one === path || path === `${one}/{id}`);
    assert.ok(served, `${name}: ${uri}`);
  }
});
