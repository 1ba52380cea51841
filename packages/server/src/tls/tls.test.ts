import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import { once } from 'node:events';
import { CertificateFolder } from '../../testing/certificate-folder.ts';
import { startHarness, TOKEN } from '../../testing/harness.ts';
import { readPair, type TlsFiles } from './certificate.ts';

/** What the server shows who it is with, checked against `ca`. */
async function commonName(port: number, ca: Buffer): Promise<string> {
  const socket: TLSSocket = connect({ port, host: '127.0.0.1', ca });
  await once(socket, 'secureConnect');
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}

function get(url: string, ca: Buffer): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { ca, agent: false, headers: { 'x-auth-token': TOKEN } }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    outgoing.on('error', reject).end();
  });
}

test('HTTPS: a renewed certificate is taken while connections stay open', { timeout: 60_000 }, async () => {
  using folder = new CertificateFolder();
  const first = folder.make('first');
  await using h = await startHarness({ tls: folder.files });
  const { url, address } = h.controller;
  assert.match(url, /^https:/);
  const answer = await get(`${url}/`, first);
  assert.deepEqual([answer.status, (JSON.parse(answer.text) as { uri: string }).uri], [200, url]);

  const open = new WebSocket(`${url.replace('https', 'wss')}/watch`, { ca: first, headers: { 'x-auth-token': TOKEN } });
  await once(open, 'open');
  // As renewal tools do: other files under the same names.
  const next: TlsFiles = { certFile: join(folder.path, 'new-cert'), keyFile: join(folder.path, 'new-key') };
  const second = folder.make('second', next);
  renameSync(next.keyFile, folder.files.keyFile);
  renameSync(next.certFile, folder.files.certFile);
  for (;;) {
    const name = await commonName(address.port, second).catch(() => 'first');
    if (name === 'second') break;
  }
  open.send('{"op":"hello","protocol":1}');
  const [welcome] = (await once(open, 'message')) as [Buffer];
  assert.match(welcome.toString('utf8'), /welcome/);
  open.terminate();

  writeFileSync(folder.files.certFile, 'nonsense');
  h.controller.reloadCertificate();
  assert.equal(await commonName(address.port, second), 'second', 'what cannot be read changes nothing');
  const third = folder.make('third');
  h.controller.reloadCertificate();
  assert.equal(await commonName(address.port, third), 'third', 'on request, without waiting for the file system');
});

test('a session that is given over HTTPS goes over nothing else', { timeout: 60_000 }, async () => {
  using folder = new CertificateFolder();
  const ca = folder.make('first');
  await using h = await startHarness({ tls: folder.files });
  const options = { ca, method: 'POST', auth: `admin:${TOKEN}`, agent: false };
  const call = request(`${h.controller.url}/login`, options).end();
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  response.resume();
  assert.equal(response.statusCode, 200);
  assert.match(response.headers['set-cookie']?.[0] ?? '', /HttpOnly; SameSite=Strict; Secure$/);
});

test('a certificate without its key does not start', () => {
  using folder = new CertificateFolder();
  assert.throws(() => readPair(folder.files), /there is no .*cert\.pem/);
  folder.make('one');
  folder.make('other', { certFile: join(folder.path, 'spare'), keyFile: folder.files.keyFile });
  assert.throws(() => readPair(folder.files), /are no certificate with its key/);
});
