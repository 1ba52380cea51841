import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryFabric, openMemory } from '@midonet/datapath/memory';
import type { DatapathEvents, Execute, UpcallReason } from '@midonet/datapath';
import { emptyKey, extractKey } from '@midonet/flow';
import { arpRequest } from '@midonet/simulation/testing';
import * as make from './items.ts';
import { Offline } from './offline.ts';

test('a packet whose flow gave it up is not given to the flow table again, however the agent judges it', async () => {
  const offline = new Offline();
  try {
    const host = new MemoryFabric().host('host');
    for (const name of ['one', 'two']) host.interface(name).listen(() => undefined);
    const executed: Execute[] = [];
    let events: DatapathEvents | undefined;
    const agent = await offline.start(
      (given) => {
        events = given;
        const datapath = openMemory({ clock: () => offline.clock.now(), host }, given);
        const execute = datapath.execute.bind(datapath);
        datapath.execute = (packets) => {
          executed.push(...packets);
          execute(packets);
        };
        return datapath;
      },
      ['one', 'two'],
    );
    const ports = [1, 2].map((n) => make.bridgePort(n, 1, { bound: [agent.identity.id, n === 1 ? 'one' : 'two'] }));
    offline.welcome();
    offline.snapshot('host', agent.identity.id, ports.map(make.item));
    offline.want('bridge', make.bridgeId(1));
    offline.snapshot('bridge', make.bridgeId(1), [make.bridge(1), ...ports].map(make.item));
    offline.snapshot('macTable', make.bridgeId(1), []);
    const inPort = agent.ports.get(make.portId(1))?.dpPort ?? assert.fail('the port is not plugged');
    const waysOf = (reason: UpcallReason): Execute['actions'][] => {
      executed.length = 0;
      const frame = arpRequest({ mac: '02:00:00:00:00:01', ip: '10.0.0.1' }, '10.0.0.2');
      const key = emptyKey();
      extractKey(frame, frame.length, inPort, 0, key);
      events?.onUpcalls([{ reason, inPort, key, frame, fullLength: frame.length, gsoSize: 0 }]);
      return executed.map(({ actions }) => actions);
    };
    const output = [{ kind: 'output', port: agent.ports.get(make.portId(2))?.dpPort }];
    assert.deepEqual(waysOf('miss'), ['lookup']);
    assert.deepEqual(waysOf('mtu'), [output]);
    assert.deepEqual(waysOf('ttl'), [output]);
  } finally {
    await offline.close();
  }
});
