import assert from 'node:assert/strict';
import { TOKEN } from './harness.ts';
import { rawRequest } from './raw-http.ts';

export type Json = Record<string, unknown>;

const AUTH = { 'x-auth-token': TOKEN };
const vendor = (name: string) => `application/vnd.org.midonet.${name}+json`;

/** Requests as MidoNet's Python client makes them: vendor types, links of answers, a body on every method. */
export async function getAs(uri: unknown, type: string): Promise<unknown> {
  const headers = { ...AUTH, accept: vendor(type), 'content-type': vendor(type) };
  const { status, text, headers: answered } = await rawRequest(String(uri), 'GET', headers, '{}');
  assert.deepEqual([status, answered['content-type']], [200, vendor(type)], text);
  return JSON.parse(text);
}

export const listAs = async (uri: unknown, type: string): Promise<Json[]> =>
  (await getAs(uri, `collection.${type}`)) as Json[];

/** Creates, then reads what the Location names. */
export async function createAs(uri: unknown, type: string, body: object): Promise<Json> {
  const headers = { ...AUTH, 'content-type': vendor(type) };
  const created = await rawRequest(String(uri), 'POST', headers, JSON.stringify(body));
  assert.equal(created.status, 201, created.text);
  return (await getAs(created.headers['location'], type)) as Json;
}

/** Writes the whole object back with a change, then reads it. */
export async function updateAs(object: Json, type: string, change: Json): Promise<Json> {
  const headers = { ...AUTH, 'content-type': vendor(type) };
  const body = JSON.stringify({ ...object, ...change });
  const answer = await rawRequest(String(object['uri']), 'PUT', headers, body);
  assert.ok(answer.status === 204 || answer.status === 200, answer.text);
  return (await getAs(object['uri'], type)) as Json;
}
