import { Validator } from '@seriousme/openapi-schema-validator';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allEndpoints } from '../endpoints.ts';
import { NOT_BUILT } from '../endpoints/not-built.ts';
import { openApiDocument } from './document.ts';
import { applicationDocument } from '../resources/application.ts';
import { patchables } from '../patch.ts';
import { baseOf } from '../links.ts';

test('the OpenAPI document has every endpoint once, with schemas for what goes in and out', () => {
  const document = JSON.parse(JSON.stringify(openApiDocument('1.2.3'))) as {
    paths: Record<string, Record<string, { operationId: string; requestBody?: object; responses: object }>>;
  };
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
  const ids = operations.map(({ operationId }) => operationId);
  assert.deepEqual(
    ids.sort(),
    [
      ...allEndpoints().map(({ group, operation }) => `${group}.${operation}`),
      ...patchables().map(({ writing }) => `${writing.group}.patch`),
    ].sort(),
  );
  for (const { group, operation, endpoint } of allEndpoints()) {
    const described = document.paths[`/midonet-api${endpoint.path}`]?.[endpoint.method.toLowerCase()];
    assert.equal(described?.requestBody !== undefined, endpoint.request !== undefined, `${group}.${operation}`);
  }
  const put = JSON.stringify(document.paths['/midonet-api/ports/{id}']);
  for (const field of ['portSubnet', 'networkLength', 'vnd.org.midonet.Port-v3+json']) assert.ok(put.includes(field));
});

test('a maintained validator finds no fault with the document', async () => {
  const document = JSON.parse(JSON.stringify(openApiDocument('1.2.3'))) as Record<string, unknown>;
  const validator = new Validator();
  const { valid, errors } = await validator.validate(document);
  assert.ok(valid, `it finds: ${JSON.stringify(errors)}`);
  assert.equal(validator.version, '3.1');
  // Every reference leads somewhere, which the schema of OpenAPI does not say.
  for (const [, name = ''] of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const found = name.split('/').reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], document);
    assert.notEqual(found, undefined, name);
  }
  const broken = { ...document, paths: { '/x': { get: { responses: [] } } } };
  assert.equal((await new Validator().validate(broken)).valid, false);
});

test('pages, preconditions, patches, lists of bodies and batches are described', () => {
  const { paths } = openApiDocument('1.2.3');
  const told = (path: string, method: string) => JSON.stringify(paths[`/midonet-api${path}`]?.[method]);
  for (const word of ['parameters/limit', 'parameters/marker', 'parameters/sort', '"adminStateUp"', 'headers/Link']) {
    assert.ok(told('/bridges', 'get').includes(word), word);
  }
  for (const word of ['parameters/mustMatch', 'merge-patch+json', '"428"', '"412"']) {
    assert.ok(told('/bridges/{id}', 'patch').includes(word), word);
  }
  assert.match(told('/bridges/{id}', 'delete'), /parameters\/ifMatch/);
  assert.match(told('/bridges/{id}', 'get'), /ifNoneMatch.*"304"/);
  assert.match(told('/bridges', 'post'), /collection\.Bridge-v4\+json.*"maxItems":1000/);
  assert.match(told('/batch', 'post'), /"operations"/);
  assert.doesNotMatch(told('/users', 'post'), /maxItems/);
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
