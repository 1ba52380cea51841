import assert from 'node:assert/strict';
import { test } from 'node:test';
import { meterKey, readMeterKey } from '@midonet/flow';
import { simulate } from '@midonet/simulation';
import { udpFrame, VirtualNetwork } from '@midonet/simulation/testing';
import { emptyKey, extractKey } from '@midonet/flow';

const a = { mac: '02:00:00:00:00:01', ip: '10.0.0.1', ip6: 'fd00::1' };
const b = { mac: '02:00:00:00:00:02', ip: '10.0.0.2', ip6: 'fd00::2' };

test('a packet counts once for a meter, however many of its rules apply, over IPv4 and IPv6', () => {
  const net = new VirtualNetwork();
  const bridge = net.bridge('bridge');
  const [from, to] = [net.vm(bridge, 'from'), net.vm(bridge, 'to')];
  net.learn(bridge, b.mac, to);
  const inner = net.chain('inner', { do: 'return', nwProto: 17 });
  const outer = net.chain('outer', { do: 'jump', to: inner }, { do: 'accept', nwProto: 17 });
  for (const id of [inner, outer]) {
    const device = net.parts.chains.get(id);
    assert.ok(device !== undefined);
    net.parts.chains.set(id, { ...device, rules: device.rules.map((rule) => ({ ...rule, meter: 'udp' })) });
  }
  net.filter(from, { inboundFilterId: outer });
  const { topology, state, connections } = net;
  for (const address of [b.ip, b.ip6]) {
    const frame = udpFrame(a, b.mac, address);
    const key = emptyKey();
    extractKey(frame, frame.length, 1, 0, key);
    const ingress = { key, frame, direction: 'in', portId: from } as const;
    const { rules, verdict } = simulate(ingress, { topology, state, connections, now: 0, explain: false });
    assert.equal(verdict.kind, 'forward');
    assert.equal(rules.length, 4);
    assert.equal(rules.filter((id) => id === meterKey('test', 'udp')).length, 1);
  }
});

test('names of meters are told from ids of rules, and from those of other tenants', () => {
  for (const [tenantId, name] of [
    ['acme', 'a b'],
    ['', 'x'],
    ['a b', ''],
  ] as const) {
    assert.deepEqual(readMeterKey(meterKey(tenantId, name)), { tenantId, name });
  }
  assert.notEqual(meterKey('a', 'bc'), meterKey('ab', 'c'));
  assert.equal(readMeterKey('dddddddd-0000-4000-8000-000000000001'), undefined);
});
