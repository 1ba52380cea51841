import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { kernelTestsImpossible, Recorder, withLab } from '@midonet/datapath/testing/ebpf';

const skip = kernelTestsImpossible() ?? false;

test('a datapath that cannot be opened leaves nothing behind', { skip }, async () => {
  await withLab('f', async (lab) => {
    const host = lab.namespace('h');
    // The far end of the private veth is taken, so opening fails after programs and maps were made.
    lab.in(host, 'ip link add midonet-in1 type veth peer name other');
    await assert.rejects(lab.open(host, new Recorder()), /ip link add midonet-in0 .*File exists/s);
    assert.equal(lab.in(host, 'ip -br link | grep -c midonet-in0 || true').trim(), '0');
    assert.ok(!readFileSync('/proc/self/mounts', 'utf8').includes(lab.directory), 'the BPF file system is unmounted');

    lab.in(host, 'ip link del midonet-in1');
    assert.deepEqual((await lab.open(host, new Recorder())).ports(), []);
  });
});
