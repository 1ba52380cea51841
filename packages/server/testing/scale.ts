import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client } from '@midonet/contract';
import { openEmbeddedStore } from '@midonet/store/embedded';
import { startController } from '../src/controller.ts';

/**
 * 100 routers, each with 10 bridges of 10 ports, through the real API onto the embedded store. Says
 * what one more port costs at the end against the start, and what lists cost.
 */
const ROUTERS = Number(process.argv[2] ?? 100);
const PARALLEL = 8;

async function millis(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

async function medianOf(times: number, run: () => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  for (let i = 0; i < times; i++) taken.push(await millis(run));
  return taken.sort((a, b) => a - b)[times >> 1] ?? NaN;
}

async function buildRouter(client: Client, index: number): Promise<string> {
  const router = await client.routers.create({ body: { name: `r${index}`, tenantId: `t${index}` } });
  let last = '';
  for (let b = 0; b < 10; b++) {
    const bridge = await client.bridges.create({ body: { name: `b${index}-${b}`, tenantId: `t${index}` } });
    const outer = await client.routers.createPort({
      id: router.id,
      body: { portSubnet: [`10.${index % 256}.${b}.1/24`] },
    });
    await client.bridges.createPort({ id: bridge.id, body: { peerId: outer.id } });
    for (let p = 1; p < 10; p++) await client.bridges.createPort({ id: bridge.id, body: {} });
    last = bridge.id;
  }
  return last;
}

const dir = mkdtempSync(join(tmpdir(), 'midonet-scale-'));
const store = await openEmbeddedStore({ file: join(dir, 'topology.db') });
const controller = await startController({
  listen: { host: '127.0.0.1', port: 0 },
  store,
  auth: { kind: 'token', token: 'scale-token' },
});
const client = createClient({ baseUrl: controller.url, token: 'scale-token' });
try {
  const first = await client.bridges.create({ body: { name: 'first' } });
  const onePort = (id: string) => () => client.bridges.createPort({ id, body: {} });
  await medianOf(100, onePort(first.id));
  const before = await medianOf(201, onePort(first.id));
  let next = 0;
  let last = first.id;
  const building = await millis(() =>
    Promise.all(
      Array.from({ length: PARALLEL }, async () => {
        while (next < ROUTERS) last = await buildRouter(client, next++);
      }),
    ),
  );
  const objects = ROUTERS * (1 + 10 * (1 + 1 + 10));
  const after = await medianOf(201, onePort(last));
  const lines = [
    `${ROUTERS} routers, ${ROUTERS * 10} bridges, ${ROUTERS * 110} ports: ${((objects / building) * 1000).toFixed(0)} creates/s`,
    `one more port: ${before.toFixed(2)} ms at the start, ${after.toFixed(2)} ms now, ratio ${(after / before).toFixed(2)}`,
    `all ports in a list: ${(await millis(() => client.ports.list())).toFixed(0)} ms`,
    `all bridges in a list: ${(await millis(() => client.bridges.list())).toFixed(0)} ms`,
    `one bridge's ports: ${(await medianOf(51, () => client.bridges.ports({ id: last }))).toFixed(2)} ms`,
    `memory: ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MB`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
} finally {
  await controller.close();
  await store.close();
  rmSync(dir, { recursive: true });
}
