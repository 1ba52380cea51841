import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIp, TCP_FLAG, tcp, type Tcp } from '@midonet/packet';
import type { HealthMonitor, HealthMonitorId } from '@midonet/topology';
import { ManualClock } from '../manual-clock.ts';
import { Probe, type Finding } from './probe.ts';

const { syn, ack, rst, fin, psh } = TCP_FLAG;
const COMMON = {
  kind: 'healthMonitor',
  ...{ id: 'm' as HealthMonitorId, tenantId: '', adminStateUp: true },
  ...{ delay: 5, timeout: 2, maxRetries: 3 },
} as const;
const TCP_CHECK: HealthMonitor = { ...COMMON, type: 'tcp' };
const HTTP_CHECK: HealthMonitor = { ...COMMON, type: 'http', path: '/', expectedCodes: [{ start: 200, end: 200 }] };
const ADDRESS = parseIp('10.0.0.2') ?? assert.fail();
/** Near the end, so that it wraps. */
const ISS = 0xfffffff0;
const MEMBER_ISS = 0xfffffffe;

/** A probe, what it sent, and a member that says what the test makes it say. */
class Rig {
  readonly clock = new ManualClock();
  readonly sent: { readonly header: Tcp; readonly data: string }[] = [];
  readonly findings: Finding[] = [];
  readonly probe: Probe;

  constructor(monitor: HealthMonitor) {
    this.probe = new Probe(
      { member: { address: ADDRESS, port: 80 }, monitor, localPort: 600 },
      {
        clock: this.clock,
        random: () => ISS / 0x100000000,
        send: (header, data) => this.sent.push({ header, data: Buffer.from(data).toString() }),
      },
      (finding) => this.findings.push(finding),
    );
    this.probe.start();
  }

  /** `at` counts from the member's first sequence number, `acked` from the probe's. */
  answer(flags: number, { at = 0, acked = 1, data = '' } = {}): void {
    const numbers = { sequence: (MEMBER_ISS + at) >>> 0, acknowledgment: (ISS + acked) >>> 0 };
    const header = tcp({ srcPort: 80, dstPort: 600, flags, ...numbers });
    this.probe.receive({ from: ADDRESS, tcp: header, data: Buffer.from(data) });
  }

  /** Flags of what was sent, and how far it is acknowledged. */
  flags(): string[] {
    return this.sent.map(({ header }) =>
      Object.entries(TCP_FLAG)
        .flatMap(([name, bit]) => ((header.flags & bit) === 0 ? [] : [name]))
        .join(' '),
    );
  }
}

test('TCP: whoever accepts the connection is well, and is told that it is over', () => {
  const rig = new Rig(TCP_CHECK);
  assert.deepEqual([rig.sent[0]?.header.srcPort, rig.sent[0]?.header.dstPort], [600, 80]);
  rig.answer(syn | ack);
  assert.deepEqual(rig.findings, ['passed']);
  assert.deepEqual(rig.flags(), ['syn', 'rst ack']);
  assert.equal(rig.sent[1]?.header.sequence, (ISS + 1) >>> 0);
  assert.equal(rig.sent[1].header.acknowledgment, (MEMBER_ISS + 1) >>> 0);
  rig.clock.advance(10_000);
  assert.deepEqual(rig.findings, ['passed']);
  assert.equal(rig.sent.length, 2);
});

test('a refusal counts at once, one for another connection not at all', () => {
  const rig = new Rig(TCP_CHECK);
  rig.answer(rst | ack, { acked: 7 });
  rig.answer(rst);
  rig.answer(syn | ack, { acked: 0 });
  assert.deepEqual(rig.findings, []);
  rig.answer(rst | ack);
  assert.deepEqual(rig.findings, ['refused']);
});

test('silence is asked again, further and further apart, until the time is over', () => {
  const rig = new Rig(TCP_CHECK);
  rig.clock.advance(1_999);
  assert.deepEqual(rig.flags(), ['syn', 'syn', 'syn']);
  assert.deepEqual(rig.findings, []);
  rig.clock.advance(1);
  assert.deepEqual(rig.findings, ['timeout']);
  rig.clock.advance(60_000);
  assert.equal(rig.sent.length, 3);
  rig.answer(syn | ack);
  assert.deepEqual(rig.findings, ['timeout']);
});

test('HTTP: the request follows, and the status decides, in whatever pieces it comes', () => {
  const rig = new Rig(HTTP_CHECK);
  rig.answer(syn | ack);
  const request = rig.sent[1] ?? assert.fail();
  assert.match(request.data, /^GET \/ HTTP\/1\.1\r\n/);
  assert.equal(request.header.sequence, (ISS + 1) >>> 0);
  assert.equal(request.header.acknowledgment, (MEMBER_ISS + 1) >>> 0);
  const acked = 1 + request.data.length;
  rig.answer(ack, { at: 1, acked });
  rig.answer(ack | psh, { at: 1, acked, data: 'HTTP/1.1 ' });
  rig.answer(ack | psh, { at: 14, acked, data: 'behind a gap' });
  rig.answer(ack | psh, { at: 1, acked, data: 'HTTP/1.1 ' });
  assert.deepEqual(rig.findings, []);
  rig.answer(ack | psh, { at: 10, acked, data: '200 OK\r\n' });
  assert.deepEqual(rig.findings, ['passed']);
  const last = rig.sent.at(-1)?.header;
  assert.equal(rig.flags().at(-1), 'rst ack');
  assert.equal(last?.sequence, (ISS + acked) >>> 0);
  assert.equal(last.acknowledgment, (MEMBER_ISS + 18) >>> 0);
});

test('HTTP: a request that is lost is sent again until it is acknowledged', () => {
  const rig = new Rig(HTTP_CHECK);
  rig.answer(syn | ack);
  rig.clock.advance(300);
  assert.deepEqual(rig.flags(), ['syn', 'psh ack', 'psh ack']);
  rig.answer(ack, { at: 1, acked: 1 + (rig.sent[1]?.data.length ?? 0) });
  rig.clock.advance(1_000);
  assert.equal(rig.sent.length, 3);
  rig.clock.advance(1_000);
  assert.deepEqual(rig.findings, ['timeout']);
  assert.equal(rig.flags().at(-1), 'rst ack');
});

test('HTTP: other statuses, other protocols, an early end and a reset do not pass', () => {
  for (const [flags, data, finding] of [
    [ack, 'HTTP/1.1 503 Busy', 'status'],
    [ack, 'SSH-2.0-OpenSSH', 'notHttp'],
    [ack | fin, 'HTTP', 'closed'],
    [ack | fin, '', 'closed'],
    [rst, '', 'closed'],
  ] as const) {
    const rig: Rig = new Rig(HTTP_CHECK);
    rig.answer(syn | ack);
    rig.answer(flags, { at: 1, data });
    assert.deepEqual(rig.findings, [finding], data);
  }
});

test('a cancelled check finds nothing and leaves no timer that does anything', () => {
  const rig = new Rig(HTTP_CHECK);
  rig.answer(syn | ack);
  rig.probe.cancel();
  const { length } = rig.sent;
  rig.clock.advance(60_000);
  assert.deepEqual(rig.findings, []);
  assert.equal(rig.sent.length, length);
});
