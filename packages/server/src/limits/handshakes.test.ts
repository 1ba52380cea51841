import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { connect as connectSecurely, type TLSSocket } from 'node:tls';
import { CertificateFolder } from '../../testing/certificate-folder.ts';
import { startHarness, TOKEN, type Harness } from '../../testing/harness.ts';

const limit = { timeout: 120_000 };
/** The beginning of a ClientHello that promises more. */
const HELLO = Buffer.from('1603010200010001fc0303', 'hex');

/** A client that connects and says nothing; and whether it was closed. */
function silent({ controller }: Harness): { readonly socket: Socket; readonly closed: Promise<unknown> } {
  const socket = connect(controller.address.port, '127.0.0.1').on('error', () => undefined);
  return { socket, closed: new Promise((resolve) => socket.once('close', resolve)) };
}

/** So many of them, whichever. */
function closed(crowd: readonly ReturnType<typeof silent>[], count: number): Promise<void> {
  let left = count;
  return new Promise((resolve) => {
    for (const one of crowd) {
      void one.closed.then(() => {
        if (--left === 0) resolve();
      });
    }
  });
}

async function secure({ controller }: Harness, ca: Buffer): Promise<TLSSocket> {
  const socket = connectSecurely({ port: controller.address.port, host: '127.0.0.1', ca });
  await once(socket, 'secureConnect');
  return socket;
}

/** The first line of the answer to a request. */
async function ask(socket: TLSSocket): Promise<string> {
  socket.write(`GET /midonet-api/bridges HTTP/1.1\r\nhost: x\r\nx-auth-token: ${TOKEN}\r\n\r\n`);
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  return chunk.toString('utf8').split('\r\n')[0] ?? '';
}

test('clients that connect and say nothing have few places, and the oldest makes room', limit, async () => {
  using folder = new CertificateFolder();
  const ca = folder.make('c');
  await using h = await startHarness({ tls: folder.files, connections: { handshakesOfAddress: 8 } });
  const crowd = Array.from({ length: 60 }, () => silent(h));
  // All that are too many: who came later could take the guest's place while it is greeted.
  await closed(crowd, 52);
  const guest = await secure(h, ca);
  assert.match(await ask(guest), /^HTTP\/1\.1 200 /);
  // One whose handshake is done takes no place, and is nobody's room.
  const more = Array.from({ length: 60 }, () => silent(h));
  await closed(more, 52);
  assert.match(await ask(guest), /^HTTP\/1\.1 200 /);
  const metrics = await fetchMetrics(guest);
  assert.match(metrics, /midonet_limits_evicted_total\{table="handshakes"\} \d+/);
  for (const { socket } of [...crowd, ...more]) socket.destroy();
  guest.destroy();
});

test('a handshake has a time as a whole, however it is spun out', limit, async () => {
  using folder = new CertificateFolder();
  const ca = folder.make('c');
  await using h = await startHarness({ tls: folder.files });
  const guest = await secure(h, ca);
  await using hasty = await startHarness({ tls: folder.files, connections: { handshakeMs: 1_000 } });
  const [mute, slow] = [silent(hasty), silent(hasty)];
  let sent = 0;
  const drip = setInterval(
    () => slow.socket.write(HELLO.subarray(sent % HELLO.length, (sent++ % HELLO.length) + 1)),
    50,
  );
  await Promise.all([mute.closed, slow.closed]);
  clearInterval(drip);
  assert.match(await ask(guest), /^HTTP\/1\.1 200 /);
  guest.destroy();
});

async function fetchMetrics(socket: TLSSocket): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
  socket.write(`GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-auth-token: ${TOKEN}\r\n\r\n`);
  await once(socket, 'end');
  return text;
}
