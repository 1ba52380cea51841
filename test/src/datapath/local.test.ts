import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyIpDst, getField } from '@midonet/flow';
import { formatIp } from '@midonet/packet';
import { kernelTestsImpossible, portFlow, Recorder, until, withLab } from '@midonet/datapath/testing/ebpf';

const impossible = kernelTestsImpossible();
const skip = impossible ?? false;

test('two VMs of one host: upcall, flows, execute, ping', { skip }, async () => {
  await withLab('a', async (lab) => {
    const host = lab.namespace('h');
    const vm1 = lab.vm(host, { name: 'v1', device: 'v1', address: '10.0.0.1/24', mac: '02:00:00:00:00:01' });
    lab.vm(host, { name: 'v2', device: 'v2', address: '10.0.0.2/24', mac: '02:00:00:00:00:02' });
    const events = new Recorder();
    const datapath = await lab.open(host, events);
    const a = datapath.addPort({ kind: 'interface', name: 'v1' });
    const b = datapath.addPort({ kind: 'interface', name: 'v2' });
    assert.equal(a.up, true);
    assert.equal(datapath.addPort({ kind: 'interface', name: 'v1' }).port, a.port);

    events.handle = (upcall) => {
      const out = upcall.inPort === a.port ? b.port : a.port;
      datapath.put([portFlow(upcall.inPort, [{ kind: 'output', port: out }], { cookie: 7 })]);
      datapath.execute([{ frame: upcall.frame, inPort: upcall.inPort, gsoSize: upcall.gsoSize, actions: 'lookup' }]);
    };
    lab.start(vm1, ['ping', '-c', '3', '-i', '0.2', '-W', '2', '10.0.0.2']);
    await until('flows in both directions have traffic', () => {
      const flows = datapath.dump();
      return flows.length === 2 && flows.every((flow) => flow.packets >= 4);
    });
    const [first] = events.upcalls;
    assert.equal(first?.reason, 'miss');
    assert.equal(getField(first.key, 'ethType'), 0x0806);
    assert.equal(formatIp(keyIpDst(first.key)), '10.0.0.2');
    assert.equal(events.upcalls.length, 2);
    const counters = datapath.counters();
    assert.equal(counters.misses, 2);
    assert.equal(counters.flows, 2);
    assert.ok((datapath.portCounters(a.port)?.rxPackets ?? 0) >= 4);
    assert.deepEqual(
      datapath.dump().map((flow) => flow.cookie),
      [7, 7],
    );
  });
});

test('large segments that come up are executed as they came', { skip }, async () => {
  await withLab('g', async (lab) => {
    const host = lab.namespace('h');
    const vm1 = lab.vm(host, { name: 'v1', device: 'v1', address: '10.0.0.1/24', mac: '02:00:00:00:00:01' });
    const vm2 = lab.vm(host, { name: 'v2', device: 'v2', address: '10.0.0.2/24', mac: '02:00:00:00:00:02' });
    const events = new Recorder();
    const datapath = await lab.open(host, events);
    const a = datapath.addPort({ kind: 'interface', name: 'v1' }).port;
    const b = datapath.addPort({ kind: 'interface', name: 'v2' }).port;
    // No flow is ever made: every packet of the connection takes this way.
    events.handle = ({ inPort, frame, gsoSize }) => {
      datapath.execute([{ frame, inPort, gsoSize, actions: [{ kind: 'output', port: inPort === a ? b : a }] }]);
    };
    lab.start(vm2, ['iperf3', '-s', '-1']);
    lab.in(vm2, 'for i in $(seq 100); do ss -ltn | grep -q 5201 && exit 0; sleep 0.02; done; exit 1');
    for (const vm of [vm1, vm2]) lab.in(vm, 'sysctl -qw net.ipv4.tcp_congestion_control=reno');
    const client = lab.start(vm1, ['iperf3', '-c', '10.0.0.2', '-n', '20M', '-J']);
    let report = '';
    client.stdout?.on('data', (chunk: Buffer) => (report += chunk.toString()));
    await until('the transfer ends', () => client.exitCode !== null && report.trimEnd().endsWith('}'), 20_000);
    const { end } = JSON.parse(report) as {
      end: { sum_received: { bytes: number }; sum_sent: { retransmits: number } };
    };
    assert.ok(end.sum_received.bytes >= 10_000_000, report);
    const large = events.upcalls.filter(({ gsoSize, frame }) => gsoSize > 0 && frame.length > 2 * gsoSize);
    assert.ok(large.length > 20, `only ${large.length} of ${events.upcalls.length} packets were large`);
    // Segments with wrong sums or sizes would be sent again, each of them.
    assert.ok(end.sum_sent.retransmits < large.length / 4, `${end.sum_sent.retransmits} sent again`);
  });
});
