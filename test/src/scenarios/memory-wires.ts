import { MemoryFabric, openMemory, type FabricHost } from '@midonet/datapath/memory';
import { ip } from '@midonet/simulation/testing';
import { TAPS, type WiredHost, type Wires } from './wires.ts';

/** Hosts of the memory datapath, on a fabric that moves only in settle(). */
export function memoryWires(): Wires {
  let fabric = new MemoryFabric({ schedule: 'manual' });
  let made = 0;
  return {
    hosts: ['10.99.0.1', '10.99.0.2'].map((address, i): WiredHost => {
      let host: FabricHost = fabric.host(`hv${i}`);
      return {
        address: ip(address),
        open: (events) => {
          // Closing with 'remove' leaves nothing; the fabric is made anew with the first of two hosts.
          if (i === 0 && made++ > 0) fabric = new MemoryFabric({ schedule: 'manual' });
          host = fabric.host(`hv${i}`);
          for (let tap = 0; tap < TAPS; tap++) host.interface(`tap${tap}`);
          return openMemory({ clock: () => 0, host }, events);
        },
        send: (tap, frame) => host.interface(`tap${tap}`).send(frame),
        take: (tap) => host.interface(`tap${tap}`).take(),
      };
    }),
    settle: () => {
      while (fabric.run() > 0);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}
