import assert from 'node:assert/strict';
import { it } from 'node:test';
import { mac, VirtualNetwork } from '@midonet/simulation/testing';
import { bridgeIndex } from './bridge-index.ts';

it('routers that share a MAC on one bridge: the order in which their ports are known decides nothing', () => {
  const net = new VirtualNetwork();
  const bridge = net.bridge('bridge');
  for (const name of ['a', 'b']) {
    net.attach(net.router(name), bridge, `link-${name}`, { mac: '02:00:00:00:0a:01', addresses: ['10.0.0.1/24'] });
  }
  const device = net.topology.bridge(bridge);
  assert.ok(device !== undefined);
  const reversed = { ...device, ports: new Map([...device.ports].reverse()) };
  const chosen = [device, reversed].map(
    (each) => bridgeIndex(each).segments.get(0)?.routerMacs.get(mac('02:00:00:00:0a:01'))?.id,
  );
  assert.ok(chosen[0] !== undefined);
  assert.equal(chosen[0], chosen[1]);
});
