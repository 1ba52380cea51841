import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyKey, type DpPort, type Outcome, type TraceMatch, type TunnelKey } from '@midonet/flow';
import { ethernet, frame, ipv4, parseIp4, parseMac, udp } from '@midonet/packet';
import { TRACE_LIFETIME_MS, type HostId, type PortId, type SharedRow, type TracedPacket } from '@midonet/topology';
import type { Packet } from '../upcalls/packet.ts';
import { LiveTraces } from './live-traces.ts';
import { packetIdentity } from './packet-identity.ts';
import { stepText } from './step-text.ts';
import { isMarked, marked, unmarked } from './trace-mark.ts';

const id = (n: number): string => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
const [IN, OUT, HERE] = [id(1) as PortId, id(2) as PortId, id(3) as PortId];
const must = <T>(value: T | undefined): T => value ?? assert.fail();
const [src, dst] = [must(parseMac('02:00:00:00:00:01')), must(parseMac('02:00:00:00:00:02'))];
const bytes = frame(
  ethernet({ src, dst }),
  ipv4({ src: must(parseIp4('10.0.0.1')), dst: must(parseIp4('10.0.0.2')) }),
  udp({ srcPort: 1, dstPort: 2 }),
);
const packet: Packet = {
  ...{ direction: 'in', portId: IN, inPort: 1 as DpPort, key: emptyKey(), frame: bytes },
  ...{ fullLength: bytes.length, gsoSize: 0, depth: 0 },
};

const match = (n: number, limit = 3, since = 0): TraceMatch => ({
  ...{ requestId: id(n), way: 'forward', limit, since, flow: 'f' },
});

function outcome(...traced: readonly TraceMatch[]): Outcome {
  const actions = [
    { kind: 'emit', portId: HERE } as const,
    { kind: 'decTtl', by: 1 } as const,
    { kind: 'emit', portId: OUT } as const,
  ];
  return {
    ...{ verdict: { kind: 'forward', actions }, mask: emptyKey() as never, ttlAbove: 0, installable: true, tags: [] },
    ...{ proposals: [], emissions: [], connections: [], rules: [], logged: [], opened: [], fragments: [] },
    ...{ traced, trace: [{ at: { kind: 'port', id: IN }, action: { kind: 'ingress', portId: IN }, packet: 'p' }] },
  };
}

function bench() {
  const rows = new Map<string, SharedRow>();
  const time = { now: 0, wall: 0 };
  const key = (row: SharedRow): string =>
    row.kind === 'tracedPacket' ? `${row.requestId}/${row.slot}` : row.kind === 'traceArrival' ? `a/${row.slot}` : '';
  const traces = new LiveTraces({
    hostId: id(9) as HostId,
    rows: { put: (row) => void rows.set(key(row), row), delete: (gone) => void rows.delete(tail(gone)) },
    ports: { get: (port) => (port === HERE ? ({} as never) : undefined) },
    now: () => time.now,
    wall: () => time.wall,
  });
  return { rows, time, traces };
}

/** `tracedPacket/REQUEST/HOST/SLOT` → `REQUEST/SLOT`. */
function tail(key: string): string {
  const [, request, , slot] = key.split('/');
  return `${request ?? ''}/${slot ?? ''}`;
}

test('a request gets as many packets as it asked for, and again when it is enabled anew', () => {
  const { traces, rows } = bench();
  for (let i = 0; i < 3; i++) {
    assert.equal(traces.judge([match(1)]), 'record');
    traces.record(packet, outcome(match(1)));
  }
  assert.equal(traces.judge([match(1)]), 'pass');
  assert.equal(traces.judge([match(1), match(2)]), 'record', 'another request wants it');
  traces.record(packet, outcome(match(1), match(2)));
  assert.deepEqual([...rows.keys()].sort(), [`${id(1)}/0`, `${id(1)}/1`, `${id(1)}/2`, `${id(2)}/0`]);
  assert.equal(traces.judge([match(1, 3, 1)]), 'record');
});

test('what is written down: where from, how it ended, its steps, and copies that leave elsewhere', () => {
  const { traces, rows, time } = bench();
  time.wall = 1234.5;
  traces.record(packet, outcome(match(1)));
  const row = rows.get(`${id(1)}/0`) as TracedPacket;
  assert.deepEqual(
    [row.at, row.portId, row.verdict, row.way, row.flow, row.cut],
    [1235, IN, 'forward', 'forward', 'f', 0],
  );
  assert.match(row.packet, /10\.0\.0\.1 > 10\.0\.0\.2/);
  assert.deepEqual(row.sent, [{ portId: OUT, identity: packetIdentity(bytes) }], 'a TTL less, and the same packet');
  assert.match(row.steps, /"action":\{"kind":"ingress"/);
});

test('a request ends with its time', () => {
  const { traces, time } = bench();
  time.wall = TRACE_LIFETIME_MS - 1;
  assert.ok(traces.isOpen([match(1)]));
  time.wall = TRACE_LIFETIME_MS;
  assert.equal(traces.judge([match(1)]), 'pass');
});

test('too many at once are passed by for a moment', () => {
  const { traces, time } = bench();
  const many = match(1, 1000);
  const judged = Array.from({ length: 150 }, () => traces.judge([many]));
  assert.deepEqual([judged[99], judged[100], traces.counters.paused], ['record', 'pause', 50]);
  time.now = 1000;
  const more = Array.from({ length: 30 }, () => traces.judge([many]));
  assert.equal(more.filter((one) => one === 'record').length, 20);
});

test('rows of a request go round, all rows together are bounded, and those of a deleted request go', () => {
  const { traces, rows } = bench();
  for (let i = 0; i < 250; i++) traces.record(packet, outcome(match(1, 1000)));
  assert.equal(rows.size, 100);
  for (let n = 2; n < 40; n++) for (let i = 0; i < 100; i++) traces.record(packet, outcome(match(n, 1000)));
  assert.equal(rows.size, 2000);
  assert.ok(!rows.has(`${id(1)}/0`) && rows.has(`${id(39)}/99`));
  traces.forget(id(39));
  assert.equal(rows.size, 1900);
});

test('arrivals go round too, and there may be too many', () => {
  const { traces, rows, time } = bench();
  for (let i = 0; i < 250; i++) traces.arrived(OUT, bytes, bytes.length);
  assert.deepEqual([rows.size, traces.counters.arrivals, traces.counters.arrivalsLost], [200, 200, 50]);
  time.now = 10_000;
  for (let i = 0; i < 200; i++) traces.arrived(OUT, bytes, bytes.length);
  assert.equal(rows.size, 256);
});

test('steps that would be too much are left out in the middle', () => {
  const steps = Array.from({ length: 500 }, (_, i) => ({
    at: { kind: 'bridge', id: id(i) },
    action: { kind: 'flood', ports: Array.from({ length: 50 }, (_each, n) => id(n)) } as const,
    packet: 'x'.repeat(80),
  }));
  const { steps: text, cut } = stepText(steps);
  const left = JSON.parse(text) as typeof steps;
  assert.ok(text.length <= 16_000 && left.length + cut === 500 && left.length > 10);
  assert.deepEqual([left[0]?.at.id, left.at(-1)?.at.id], [id(0), id(499)]);
});

test('only what goes through tunnels is marked, also in clones', () => {
  const tunnel = { kind: 'tunnel', peer: must(parseIp4('10.255.0.1')), key: 7 as TunnelKey } as const;
  const output = { kind: 'output', port: 3 as DpPort } as const;
  const [first, second] = marked([output, { kind: 'clone', actions: [tunnel] }]);
  assert.deepEqual(first, output);
  const inner = second?.kind === 'clone' ? second.actions[0] : undefined;
  const key = inner?.kind === 'tunnel' ? inner.key : assert.fail();
  assert.deepEqual([isMarked(key), unmarked(key), isMarked(7), key <= 0xffffff], [true, 7, false, true]);
});
