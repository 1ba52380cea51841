import type { IpAddress } from '@midonet/packet';
import { MemoryFabric, openMemory } from '../src/drivers/memory/open.ts';
import { ip } from './frames.ts';
import type { HarnessMaker, TestPeer } from './harness.ts';

const LOCAL = ip('192.0.2.1');
const PEERS = [ip('192.0.2.2'), ip('192.0.2.3')];

/** The memory driver on a fabric that runs only when the test says so. */
export const memoryHarness: HarnessMaker = {
  unavailable: () => undefined,
  make: async (options, events) => {
    let now = 1_000_000;
    const fabric = new MemoryFabric({ schedule: 'manual' });
    const host = fabric.host('hv');
    const { interfaces: count, ...bounds } = options;
    const interfaces = Array.from({ length: count }, (_, i) => host.interface(`tap${i}`));
    const datapath = openMemory({ clock: () => now, host, ...bounds }, events);
    return {
      datapath,
      interfaces,
      tunnel: { kind: 'tunnel', encapsulation: 'vxlan', local: LOCAL, underlay: 'underlay0', udpPort: 4789 },
      peers: PEERS.map((address) => peerAt(fabric, address)),
      turn: async () => {
        fabric.run();
        // Real patience runs on, so that a wait in vain ends.
        await new Promise((resolve) => setImmediate(resolve));
      },
      advance: async (ms) => {
        fabric.run();
        now += ms;
      },
      close: () => datapath.close('remove'),
    };
  },
};

function peerAt(fabric: MemoryFabric, address: IpAddress): TestPeer {
  let received: { readonly tunnelKey: number; readonly frame: Uint8Array }[] = [];
  fabric.receiver(address, ({ tunnelKey, frame }) => received.push({ tunnelKey, frame }));
  return {
    address,
    send: (key, frame) => fabric.tunnel(address, LOCAL, key, frame.slice()),
    take: () => {
      const taken = received;
      received = [];
      return taken;
    },
  };
}
