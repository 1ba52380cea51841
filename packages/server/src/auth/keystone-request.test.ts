import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createGzip } from 'node:zlib';
import { ApiError, createClient } from '@midonet/contract';
import { startHarness } from '../../testing/harness.ts';
import { AnswerTooLong, askKeystone } from './keystone-request.ts';

const limit = { timeout: 60_000 };
const BLOCK = Buffer.alloc(64 << 10, ' ');

/** A server that answers so, and knows when whoever asked has gone. */
async function answering(answer: (response: ServerResponse) => void) {
  const gone = Promise.withResolvers<undefined>();
  const server = createServer((_request, response) => {
    response.on('close', () => {
      if (!response.writableFinished) gone.resolve(undefined);
    });
    response.on('error', () => undefined);
    answer(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    gone: gone.promise,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Blanks without end, as fast as they are taken. */
function flood(into: NodeJS.WritableStream): void {
  const more = (): void => {
    while (into.write(BLOCK));
    into.once('drain', more);
  };
  more();
}

const asked = { headers: { 'x-auth-token': 't' }, limit: 1 << 20 };

test('an answer of just so many bytes is read, and of one more is not', limit, async () => {
  await using exact = await answering((response) => response.end(Buffer.alloc(1 << 20, 'x')));
  assert.equal((await askKeystone(exact.url, asked)).text.length, 1 << 20);
  await using more = await answering((response) => {
    response.writeHead(200, { 'transfer-encoding': 'chunked' });
    response.end(Buffer.alloc((1 << 20) + 1, 'x'));
  });
  await assert.rejects(askKeystone(more.url, asked), AnswerTooLong);
  await using said = await answering((response) => {
    response.writeHead(200, { 'content-length': String(1 << 30) });
    response.write('{');
  });
  await assert.rejects(askKeystone(said.url, asked), /longer than the 1024 KiB that are read/);
  await said.gone;
});

test('an answer without end is left where it is too long, compressed or not', limit, async () => {
  await using plain = await answering((response) => flood(response));
  await assert.rejects(askKeystone(plain.url, asked), AnswerTooLong);
  await plain.gone;
  await using packed = await answering((response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    const zip = createGzip();
    response.on('close', () => zip.destroy());
    zip.on('error', () => undefined).pipe(response);
    flood(zip);
  });
  await assert.rejects(askKeystone(packed.url, asked), AnswerTooLong);
  await packed.gone;
});

test('a Keystone that answers too much is a 503 that says so', limit, async () => {
  await using keystone = await answering((response) => flood(response));
  await using h = await startHarness({ keystone: { url: keystone.url, adminProject: undefined } });
  const someone = createClient({ baseUrl: h.controller.url, token: 'gAAAAABanything' });
  await assert.rejects(someone.whoami.get(), (error) => {
    assert.ok(error instanceof ApiError);
    assert.equal(error.status, 503);
    assert.match(error.message, /its answer is longer than the 1024 KiB that are read of it/);
    return true;
  });
});
