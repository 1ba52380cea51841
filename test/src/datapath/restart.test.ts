import assert from 'node:assert/strict';
import { join } from 'node:path';
import { once } from 'node:events';
import { test } from 'node:test';
import { kernelTestsImpossible, Recorder, until, withLab } from '@midonet/datapath/testing/ebpf';
import { allAnswered } from '../lab/pings.ts';

const skip = kernelTestsImpossible() ?? false;
const AGENT = join(import.meta.dirname, 'agent-process.ts');

test('an agent in `ip netns exec` is killed and started again: nothing is lost', { skip }, async () => {
  await withLab('r', async (lab) => {
    const host = lab.namespace('h');
    const vm = lab.vm(host, { name: 'v1', device: 'v1', address: '10.0.0.1/24', mac: '02:00:00:00:00:01' });
    lab.vm(host, { name: 'v2', device: 'v2', address: '10.0.0.2/24', mac: '02:00:00:00:00:02' });
    const agent = lab.start(host, [process.execPath, AGENT, join(lab.directory, host)]);
    let said = '';
    agent.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    agent.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until(`the agent is ready: ${said}`, () => said.includes('\n'));
    const before = JSON.parse(said) as { a: number; b: number; ids: number[] };

    const ping = lab.start(vm, ['ping', '-n', '-i', '0.01', '10.0.0.2']);
    let report = '';
    ping.stdout?.on('data', (chunk: Buffer) => (report += chunk.toString()));
    await until('ping runs', () => report.includes('icmp_seq=20'));
    agent.kill('SIGKILL');
    await once(agent, 'exit');
    await until('ping goes on without an agent', () => report.includes('icmp_seq=60'));

    const datapath = await lab.open(host, new Recorder());
    assert.deepEqual(
      datapath.dump().map(({ id }) => id),
      before.ids,
    );
    assert.equal(datapath.addPort({ kind: 'interface', name: 'v1' }).port, before.a);
    assert.equal(datapath.addPort({ kind: 'interface', name: 'v2' }).port, before.b);
    const [first, second] = datapath.dump();
    assert.deepEqual(first?.actions, [
      { kind: 'decTtl', by: 1 },
      { kind: 'output', port: before.b },
    ]);
    assert.equal(first.cookie, 1);
    assert.equal(first.ttlAbove, 1);
    assert.equal(first.mtu, 1400);
    assert.equal(second?.idleMs, 60_000);
    assert.ok(first.packets >= 40);
    await allAnswered(150, () => report);
    assert.equal(datapath.counters().misses, 0);
  });
});
