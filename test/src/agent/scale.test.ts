import assert from 'node:assert/strict';
import { it } from 'node:test';
import { topicKey } from '@midonet/agent';
import { parseId, type BridgeId } from '@midonet/topology';
import { Rig, until, type RigHost } from './rig.ts';
import type { Station } from './station.ts';

/** Bridges of the cloud before it grows tenfold. */
const SOME = 100;
const BRIDGES_A_ROUTER = 10;
const PORTS_A_BRIDGE = 10;
/** A thousand bridges may have been made meanwhile, on a slow machine. */
const PATIENCE_MS = 60_000;

/** Runs jobs a few at a time, as several clients would. */
async function inParallel<T>(count: number, job: (i: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) results[i] = await job(i);
  };
  await Promise.all(Array.from({ length: 32 }, worker));
  return results;
}

/** Networks of tenants: bridges with ports, ten behind each router. Gives the bridges. */
async function addNetworks(rig: Rig, from: number, count: number): Promise<string[]> {
  const routers = await inParallel(count / BRIDGES_A_ROUTER, (i) =>
    rig.create('/routers', { name: `router-${from + i}`, tenantId: 't' }),
  );
  const bridges = await inParallel(count, (i) => rig.create('/bridges', { name: `bridge-${from + i}`, tenantId: 't' }));
  await inParallel(count, (i) =>
    rig.attach(routers[i % routers.length] ?? '', bridges[i] ?? '', `${subnet(from + i)}.1/24`),
  );
  await inParallel(count * PORTS_A_BRIDGE, (i) =>
    rig.create(`/bridges/${bridges[i % count]}/ports`, { type: 'Bridge' }),
  );
  return bridges;
}

function subnet(bridge: number): string {
  return `10.${Math.floor(bridge / 200)}.${bridge % 200}`;
}

/** Two guests on one bridge, one on another behind the same router, and one behind another router. */
async function plugGuests(rig: Rig, host: RigHost, bridges: readonly string[], from: number): Promise<Station> {
  const other = bridges.length / BRIDGES_A_ROUTER;
  const plug = (name: string, bridge: number, last: number): Promise<Station> => {
    const net = subnet(from + bridge);
    return rig.plug(host, bridges[bridge] ?? '', name, `${net}.${last}`, `${net}.1`);
  };
  const a = await plug('a', 0, 10);
  await plug('b', 0, 11);
  await plug('c', other, 10);
  await plug('d', 1, 10);
  return a;
}

const LEARNT = new Set(['macTable', 'neighbours']);

/** What the controller told it, less what guests' packets made and silence unmakes. */
function held({ agent }: RigHost): object {
  const topics = [...agent.subscriptions.all()].map(({ topic }) => topic);
  const rows = topics.flatMap((topic) => (LEARNT.has(topic.kind) ? [] : [...agent.items.contents(topicKey(topic))]));
  return { topics: topics.length, rows: rows.length, ...agent.knowledge.devices.count };
}

/** When it has all that was said until now: news come in order. */
async function upToDate(rig: Rig, { agent }: RigHost, bridge: string): Promise<void> {
  const name = `heard-${agent.items.size}`;
  await rig.must('PUT', `/bridges/${bridge}`, { name, tenantId: 't' });
  const id = parseId<BridgeId>(bridge);
  assert.ok(id !== undefined);
  await until(
    `host ${agent.identity.name} to hear`,
    () =>
      agent.knowledge.devices.bridge(id)?.bridge.name === name &&
      [...agent.subscriptions.all()].every(({ loaded }) => loaded),
    () => JSON.stringify(agent.connection.status),
    PATIENCE_MS,
  );
}

it('an agent holds what its packets meet: as much when the cloud is ten times as large', async () => {
  const rig = new Rig();
  try {
    await rig.startController();
    const bridges = await addNetworks(rig, 0, SOME);
    const host = await rig.host('one', { zone: false });
    const a = await plugGuests(rig, host, bridges, 0);
    assert.deepEqual(host.agent.knowledge.devices.count, { bridges: 0, routers: 0, ports: 4 });
    await a.ping(`${subnet(0)}.11`);
    const switched = host.agent.knowledge.devices.count;
    // The router on the bridge hears the ARP request, as any neighbour would.
    assert.deepEqual({ bridges: switched.bridges, routers: switched.routers }, { bridges: 1, routers: 1 });
    const far = `${subnet(SOME / BRIDGES_A_ROUTER)}.10`;
    await a.ping(far);
    const routed = host.agent.knowledge.devices.count;
    assert.deepEqual({ bridges: routed.bridges, routers: routed.routers }, { bridges: 2, routers: 1 });
    // Two bridges' own ports, the router's ten and their far ends, and the one bound port nobody used.
    assert.ok(routed.ports <= 2 * (PORTS_A_BRIDGE + 3) + 20 + 4, `${routed.ports} ports`);
    await upToDate(rig, host, bridges[0] ?? '');
    const before = held(host);

    const more = await addNetworks(rig, SOME, 9 * SOME);
    // What nobody used meanwhile, on a slow machine, was let go.
    await a.ping(`${subnet(0)}.11`);
    await a.ping(far);
    await upToDate(rig, host, bridges[0] ?? '');
    assert.deepEqual(held(host), before);

    const late = await rig.host('two', { zone: false });
    const b = await plugGuests(rig, late, more, SOME);
    await b.ping(`${subnet(SOME)}.11`);
    await b.ping(`${subnet(SOME + more.length / BRIDGES_A_ROUTER)}.10`);
    await upToDate(rig, late, more[0] ?? '');
    assert.deepEqual(held(late), before, 'one that starts in the large cloud');
  } finally {
    await rig.close();
  }
});
