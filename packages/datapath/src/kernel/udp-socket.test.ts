import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SystemError } from './libc.ts';
import { openUdpSocket, type UdpSocket } from './udp-socket.ts';

/** A socket on loopback and what came to it, in text. */
function open(t: { after(close: () => void): void }, address: string, port = 0) {
  const [came, errors]: [string[], Error[]] = [[], []];
  const wake: { call?: () => void } = {};
  const socket: UdpSocket = openUdpSocket(
    { address, port },
    {
      onDatagram: (bytes) => {
        came.push(Buffer.from(bytes).toString());
        wake.call?.();
      },
      onError: (error) => errors.push(error),
    },
  );
  t.after(() => socket.close());
  return { socket, came, errors, wake };
}

for (const address of ['127.0.0.1', '::1']) {
  test(`${address}: what was sent is there when send() returns, in order, and empty datagrams are, too`, (t) => {
    const [a, b] = [open(t, address), open(t, address)];
    for (const text of ['one', '', 'three']) a.socket.send(Buffer.from(text), { address, port: b.socket.port });
    assert.deepEqual(b.came, []);
    b.socket.receive();
    assert.deepEqual(b.came, ['one', '', 'three']);
    assert.deepEqual([...a.errors, ...b.errors], []);
  });

  test(`${address}: the event loop hands out what nobody asked for`, { timeout: 60_000 }, async (t) => {
    const [a, b] = [open(t, address), open(t, address)];
    const came = new Promise<void>((resolve) => (b.wake.call = resolve));
    a.socket.send(Buffer.from('late'), { address, port: b.socket.port });
    await came;
    assert.deepEqual(b.came, ['late']);
  });
}

test('a refusal by the network is told and the socket goes on', (t) => {
  const address = '127.0.0.1';
  const [a, b, gone] = [open(t, address), open(t, address), open(t, address)];
  const to = { address, port: gone.socket.port };
  gone.socket.close();
  gone.socket.send(Buffer.from('closed'), to);
  a.socket.send(Buffer.from('nobody'), to);
  a.socket.send(new Uint8Array(65_536), { address, port: b.socket.port });
  assert.deepEqual(
    a.errors.map((error) => error instanceof SystemError && error.code),
    ['EMSGSIZE'],
  );
  b.socket.send(Buffer.from('on'), { address, port: a.socket.port });
  a.socket.receive();
  assert.deepEqual(a.came, ['on']);
});

test('a taken port and an address of another host are errors that name it', (t) => {
  const { socket } = open(t, '127.0.0.1');
  assert.throws(() => open(t, '127.0.0.1', socket.port), /UDP 127\.0\.0\.1 port \d+: EADDRINUSE/);
  assert.throws(() => open(t, '192.0.2.1'), /UDP 192\.0\.2\.1 port 0: EADDRNOTAVAIL/);
});
