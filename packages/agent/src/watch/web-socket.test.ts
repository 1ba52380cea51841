import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { webSocketDial } from './web-socket.ts';

/** Why a dial ended, at a server that answers every upgrade with this status. */
async function refusedWith(status: number): Promise<string> {
  const server = createServer();
  server.on('upgrade', (_request, socket) => {
    socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    return await new Promise((resolve) => {
      const events = { onOpen: () => resolve('open'), onText: () => undefined, onClosed: resolve };
      webSocketDial('wrong')(`http://127.0.0.1:${port}`, events);
    });
  } finally {
    server.close();
  }
}

test('a refused token is what the dial ends with, not how its socket was closed', async () => {
  assert.equal(
    await refusedWith(401),
    'the controller refused the token (401): check --token, or enrol this host anew',
  );
  assert.equal(await refusedWith(503), 'HTTP 503');
});
