import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { createClient, type Client } from '@midonet/contract';
import { openEtcdStore } from '@midonet/store/etcd';
import { seeded, shuffled } from '../../lab/seeded.ts';
import { until } from '../../lab/shell.ts';
import type { LoadConfig } from './config.ts';
import { Holder } from './holder.ts';
import { LoadClient } from './load-client.ts';
import { LogReader } from './log-reader.ts';
import { Watcher } from './watcher.ts';
import { World } from './world.ts';

/** Clients, watchers and hosts, in a process (and a namespace) of their own: `node main.ts CONFIG`. */
const config = JSON.parse(process.argv[2] ?? '{}') as LoadConfig;
const { token, controllers } = config;
const random = seeded(config.seed);
const world = new World((line) => process.stdout.write(line));
/** How long one call may take before the client goes on without its answer. */
const CALL_MS = 4_000;
const slow = { timeoutMs: 90_000, everyMs: 100 };

const apiOf = (urls: readonly string[]): Client => createClient({ baseUrl: urls, token, timeoutMs: CALL_MS });
const setUp = new LoadClient(config.clients, { api: apiOf(controllers), world, random });
const made = (tenantId?: string) => until('a bridge', () => setUp.create(tenantId), slow);
for (let i = 0; i < 4; i++) world.registers.push(await made());
for (const tenantId of ['group-0', 'group-1']) {
  world.groups.push({ tenantId, ids: [await made(tenantId), await made(tenantId), await made(tenantId)] });
}
const { id: deviceId } = await apiOf(controllers).routers.create({ body: {} });
const balancerIds = [randomUUID(), randomUUID()];

let stopped = false;
const clients = Array.from({ length: config.clients }, (_, i) => {
  const urls = shuffled(random, controllers);
  // Some stay with one controller whatever becomes of it, others go to the next as programs do.
  const api = apiOf(i % 3 === 0 ? urls.slice(0, 1) : urls);
  return new LoadClient(i, { api, world, random }).run(() => stopped);
});
const modules = { world, random, token, controllers };
const watchers = Array.from({ length: config.watchers }, (_, i) => new Watcher(i, modules));
const holders = Array.from(
  { length: config.hosts },
  () => new Holder(randomUUID(), { ...modules, deviceId, balancerIds }),
);
const log = new LogReader();
const store = config.etcd === undefined ? undefined : await openEtcdStore({ urls: config.etcd });
world.record({ kind: 'ready' });

async function readLog(): Promise<void> {
  if (store !== undefined) for await (const line of log.read(store)) world.record(line);
  world.record({ kind: 'logged' });
}

async function finish(): Promise<void> {
  stopped = true;
  await Promise.all(clients);
  for (const holder of holders) holder.close();
  // Whoever has heard of the last has heard of all that came before.
  const last = await made();
  await until('the last news', () => watchers.every((watcher) => watcher.hasHeard(last)), slow).catch(() => undefined);
  for (const watcher of watchers) watcher.close();
  for (const controller of controllers) {
    const found = await until(
      `an answer of ${controller}`,
      () =>
        apiOf([controller])
          .bridges.list()
          .catch(() => undefined),
      slow,
    );
    const values = Object.fromEntries(found.map(({ id, name }) => [id, name ?? '']));
    world.record({ kind: 'view', controller, values });
  }
  await readLog();
  if (config.etcd !== undefined) {
    const fresh = await openEtcdStore({ urls: config.etcd });
    world.record(await log.end(fresh));
    await fresh.close();
    await store?.close();
  }
  world.record({ kind: 'done' });
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'log') await readLog();
  if (line === 'finish') break;
}
await finish();
while (process.stdout.writableLength > 0) await pause(10);
process.exit(0);
