import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Rig } from './rig.ts';

const BRIDGES = 1_000;
const ROUTERS = 100;
const PORTS_A_BRIDGE = 10;

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

it('an agent with four bound ports loads only what their packets meet, of 1,000 bridges behind 100 routers', async () => {
  const rig = new Rig();
  try {
    await rig.startController();
    const routers = await inParallel(ROUTERS, (i) => rig.create('/routers', { name: `router-${i}`, tenantId: 't' }));
    const bridges = await inParallel(BRIDGES, (i) => rig.create('/bridges', { name: `bridge-${i}`, tenantId: 't' }));
    await inParallel(BRIDGES, (i) => {
      const router = routers[i % ROUTERS] ?? '';
      return rig.attach(router, bridges[i] ?? '', `10.${Math.floor(i / 200)}.${i % 200}.1/24`);
    });
    await inParallel(BRIDGES * PORTS_A_BRIDGE, (i) =>
      rig.create(`/bridges/${bridges[i % BRIDGES]}/ports`, { type: 'Bridge' }),
    );
    const host = await rig.host('one');
    // Two on one bridge; one on another bridge of the same router; one behind another router.
    const [first = '', other = '', far = ''] = [bridges[0], bridges[ROUTERS], bridges[1]];
    const a = await rig.plug(host, first, 'a', '10.0.0.10', '10.0.0.1');
    await rig.plug(host, first, 'b', '10.0.0.11', '10.0.0.1');
    await rig.plug(host, other, 'c', '10.0.100.10', '10.0.100.1');
    await rig.plug(host, far, 'd', '10.0.1.10', '10.0.1.1');
    assert.deepEqual(host.agent.knowledge.devices.count, { bridges: 0, routers: 0, ports: 4 });
    await a.ping('10.0.0.11');
    const switched = host.agent.knowledge.devices.count;
    // The router on the bridge hears the ARP request, as any neighbour would.
    assert.deepEqual({ bridges: switched.bridges, routers: switched.routers }, { bridges: 1, routers: 1 });
    await a.ping('10.0.100.10');
    const routed = host.agent.knowledge.devices.count;
    assert.deepEqual({ bridges: routed.bridges, routers: routed.routers }, { bridges: 2, routers: 1 });
    // Two bridges' own ports, the router's ten and their far ends, and the one bound port nobody used.
    assert.ok(routed.ports <= 2 * (PORTS_A_BRIDGE + 3) + 20 + 4, `${routed.ports} ports`);
  } finally {
    await rig.close();
  }
});
