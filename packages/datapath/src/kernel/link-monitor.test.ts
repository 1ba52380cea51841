import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kernelTestsImpossible, withLab } from '../../testing/kernel-lab.ts';
import { linkNamed, type Link } from './link-monitor.ts';
import { NetworkNamespace } from './namespace.ts';
import { RouteSocket } from './netlink.ts';

const skip = kernelTestsImpossible() ?? false;

test('an interface can be asked for by its name', { skip }, async () => {
  await withLab('l', async (lab) => {
    const host = lab.namespace('h');
    const namespace = new NetworkNamespace(`/run/netns/${host}`);
    const requests = namespace.run(() => new RouteSocket(0));
    const ask = (name: string): Link | undefined => linkNamed(requests, name);
    try {
      assert.equal(ask('wire'), undefined);
      lab.in(host, 'ip link add wire mtu 1400 type veth peer name other');
      const { name, mtu, up, kind } = ask('wire') ?? {};
      assert.deepEqual({ name, mtu, up, kind }, { name: 'wire', mtu: 1400, up: false, kind: 'veth' });
      lab.in(host, 'ip link set wire up');
      assert.equal(ask('wire')?.up, true);
      lab.in(host, 'ip link del wire');
      assert.equal(ask('wire'), undefined);
      // The longest name there is.
      assert.equal(ask('a23456789012345'), undefined);
    } finally {
      requests.close();
      namespace.close();
    }
  });
});
