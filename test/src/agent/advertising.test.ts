import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryFabric, openMemory } from '@midonet/datapath/memory';
import type { DatapathEvents } from '@midonet/datapath';
import { emptyKey, extractKey } from '@midonet/flow';
import { dissect, formatMac } from '@midonet/packet';
import { discovery } from '@midonet/simulation/testing';
import * as make from './items.ts';
import { Offline } from './offline.ts';

const VM_MAC = '02:00:00:00:00:01';
const ROUTER_MAC = '02:00:00:00:0a:01';
const AGAIN_MS = 300_000;

/** One machine, vm, on a bridge with an IPv6 router, and what comes out of its interface. */
async function rig(offline: Offline) {
  const host = new MemoryFabric().host('host');
  const heard: Uint8Array[] = [];
  host.interface('vm').listen((frame) => heard.push(frame));
  let events: DatapathEvents | undefined;
  const agent = await offline.start(
    (given) => {
      events = given;
      return openMemory({ clock: () => offline.clock.now(), host }, given);
    },
    ['vm'],
  );
  const advertisements = (): string[] =>
    heard.splice(0).flatMap((frame) => {
      const layers = dissect(frame);
      const [link, last] = [layers[0]?.header, layers.at(-1)?.header];
      if (link?.kind !== 'ethernet' || last?.kind !== 'icmp6' || last.message.kind !== 'routerAdvertisement') return [];
      return [`${formatMac(link.src)} > ${formatMac(link.dst)}`];
    });
  /** The controller tells what the agent follows, also when it has forgotten it meanwhile. */
  const tell = (): void => {
    const vm = make.bridgePort(1, 1, { bound: [agent.identity.id, 'vm'] });
    const up = make.bridgePort(3, 1, { peer: 4 });
    const down = make.routerPort(4, 1, 'fd00:1::1/64', ROUTER_MAC, { peer: 3 });
    offline.snapshot('host', agent.identity.id, [vm].map(make.item));
    offline.want('bridge', make.bridgeId(1));
    offline.snapshot('bridge', make.bridgeId(1), [make.bridge(1), vm, up, down].map(make.item));
    offline.snapshot('macTable', make.bridgeId(1), []);
    offline.want('router', make.routerId(1));
    offline.snapshot('router', make.routerId(1), [make.router(1), down, up].map(make.item));
    offline.snapshot('neighbours', make.routerId(1), []);
  };
  const solicit = (): void => {
    const frame = discovery({ mac: VM_MAC, ip6: 'fe80::9' }, 'ff02::2', { kind: 'routerSolicitation', options: [] });
    const inPort = agent.ports.get(make.portId(1))?.dpPort ?? assert.fail('the port is not plugged');
    const key = emptyKey();
    extractKey(frame, frame.length, inPort, 0, key);
    events?.onUpcalls([{ reason: 'miss', inPort, key, frame, fullLength: frame.length, gsoSize: 0 }]);
  };
  const pass = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 2_500) {
      offline.clock.advance(2_500);
      tell();
    }
  };
  offline.welcome();
  tell();
  return { agent, advertisements, pass, solicit };
}

test('what a machine asked once it is told again and again, by its router alone, also after a restart', async () => {
  const offline = new Offline();
  try {
    const first = await rig(offline);
    first.pass(2 * AGAIN_MS);
    assert.deepEqual(first.advertisements(), [], 'nobody asked');
    first.solicit();
    assert.deepEqual(first.advertisements(), [`${ROUTER_MAC} > ${VM_MAC}`]);
    for (let i = 0; i < 3; i++) {
      first.pass(AGAIN_MS + 5_000);
      assert.deepEqual(first.advertisements(), [`${ROUTER_MAC} > ${VM_MAC}`]);
    }
    await first.agent.stop('keep');
    const second = await rig(offline);
    second.pass(AGAIN_MS + 5_000);
    assert.deepEqual(second.advertisements(), [`${ROUTER_MAC} > ${VM_MAC}`]);
  } finally {
    await offline.close();
  }
});
