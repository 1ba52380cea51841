import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kernelTestsImpossible, withLab } from '../../testing/kernel-lab.ts';
import { LinkMonitor } from './link-monitor.ts';
import { NetworkNamespace } from './namespace.ts';

const skip = kernelTestsImpossible() ?? false;

test('an interface can be asked for as it is, before its events are read', { skip }, async () => {
  await withLab('l', async (lab) => {
    const host = lab.namespace('h');
    const namespace = new NetworkNamespace(`/run/netns/${host}`);
    const failures: unknown[] = [];
    const monitor = new LinkMonitor({
      namespace,
      onChange: () => undefined,
      failed: (error) => failures.push(error),
    });
    try {
      assert.equal(monitor.ask('wire'), undefined);
      lab.in(host, 'ip link add wire mtu 1400 type veth peer name other');
      const { name, mtu, up, kind } = monitor.ask('wire') ?? {};
      assert.deepEqual({ name, mtu, up, kind }, { name: 'wire', mtu: 1400, up: false, kind: 'veth' });
      lab.in(host, 'ip link set wire up');
      assert.equal(monitor.ask('wire')?.up, true);
      lab.in(host, 'ip link del wire');
      assert.equal(monitor.ask('wire'), undefined);
      // The longest name there is.
      assert.equal(monitor.ask('a23456789012345'), undefined);
      assert.deepEqual(failures, []);
    } finally {
      monitor.close();
      namespace.close();
    }
  });
});
