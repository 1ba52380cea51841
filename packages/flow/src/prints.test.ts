import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIp, type IpAddress, type Mac } from '@midonet/packet';
import type { DpPort, TunnelKey } from './actions.ts';
import { printActions, printVerdict } from './print-actions.ts';
import { renderTrace } from './render-trace.ts';

const peer = parseIp('fd00::9') as IpAddress;

test('actions of every kind on one line', () => {
  assert.equal(
    printActions([
      { kind: 'set', field: 'ethSrc', value: 1 as Mac },
      { kind: 'set', field: 'ipDst', value: peer },
      { kind: 'set', field: 'l4Dst', value: 80 },
      { kind: 'decTtl', by: 2 },
      { kind: 'popVlan' },
      { kind: 'pushVlan', tci: 0x6007 },
      { kind: 'clone', actions: [{ kind: 'output', port: 3 as DpPort }] },
      { kind: 'tunnel', peer, key: 77 as TunnelKey },
      { kind: 'sample', oneIn: 100, cookie: 5 },
      { kind: 'meter', meter: 1 },
      { kind: 'conntrack', zone: 4, commit: true },
      { kind: 'userspace', reason: 1 },
      { kind: 'emit', portId: 'p1' },
    ]),
    'set ethSrc 00:00:00:00:00:01, set ipDst fd00::9, set l4Dst 80, ttl -2, pop vlan, push vlan 7 pcp 3, ' +
      'clone(output 3), tunnel to fd00::9 key 77, sample 1 in 100 as 5, meter 1, conntrack zone 4 commit, ' +
      'userspace 1, emit p1',
  );
  assert.equal(printActions([]), 'drop');
});

test('verdicts give the reason as a sentence and by name', () => {
  const by = { kind: 'router', id: 'r1' };
  assert.equal(printVerdict({ kind: 'forward', actions: [{ kind: 'emit', portId: 'p1' }] }), 'forward: emit p1');
  assert.equal(
    printVerdict({ kind: 'drop', reason: 'noRoute', by }),
    'dropped by router r1: no route matches the destination (noRoute)',
  );
  assert.match(printVerdict({ kind: 'consume', reason: 'echoReply', by }), /^consumed by router r1: .* \(echoReply\)$/);
  assert.equal(
    printVerdict({
      kind: 'blocked',
      on: [
        { kind: 'bridge', id: 'b1' },
        { kind: 'neighbour', routerId: 'r1', portId: 'p2', ip: peer },
      ],
    }),
    'waits for bridge b1, the MAC of fd00::9 on port p2',
  );
});

test('a trace shows the packet again only when it changed', () => {
  const router = { kind: 'router', id: 'r1', name: 'edge' };
  assert.deepEqual(
    renderTrace([
      { at: { kind: 'port', id: 'p1' }, action: { kind: 'ingress', portId: 'p1' }, packet: 'one' },
      { at: router, action: { kind: 'route', route: '10.0.0.0/8', nextHop: '10.0.0.1' }, packet: 'one' },
      { at: router, action: { kind: 'rewrite', detail: 'MACs' }, packet: 'two' },
      { at: router, action: { kind: 'end', verdict: 'forward', detail: '' }, packet: 'two' },
    ]),
    [
      'port p1      in by port p1',
      '             packet one',
      'router edge  route 10.0.0.0/8 next hop 10.0.0.1',
      'router edge  rewrite MACs',
      '             packet two',
      'router edge  forward',
    ],
  );
});
