import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kernelTestsImpossible, until, withLab } from '../../testing/kernel-lab.ts';
import { NetworkNamespace } from './namespace.ts';
import { RuleMonitor } from './rule-monitor.ts';

const skip = kernelTestsImpossible() ?? false;

const RULES: readonly (readonly [rule: string, addressesDecide: boolean])[] = [
  ['from 10.0.0.0/8 lookup 100', true],
  ['not to 10.0.0.1 lookup 100 protocol static', true],
  ['to 10.0.0.0/8 ipproto udp lookup main suppress_prefixlength 0', true],
  ['from 10.0.0.0/8 prohibit', true],
  ['fwmark 7 lookup 100', false],
  ['iif lo lookup 100', false],
  ['from 10.0.0.0/8 oif lo lookup 100', false],
  ['uidrange 1-2 lookup 100', false],
  ['dport 6677 lookup 100', false],
];

test(
  'rules that tell packets of the same addresses apart are known, from the moment they are there',
  { skip },
  async () => {
    await withLab('r', async (lab) => {
      const host = lab.namespace('h');
      const namespace = new NetworkNamespace(`/run/netns/${host}`);
      const failures: unknown[] = [];
      let changes = 0;
      const monitor = new RuleMonitor({
        ...{ namespace, failed: (error) => failures.push(error) },
        onChange: () => changes++,
      });
      try {
        assert.equal(monitor.addressesDecide(), true);
        for (const [rule, expected] of RULES) {
          for (const [verb, decide] of [
            ['add', expected],
            ['del', true],
          ] as const) {
            const before = changes;
            lab.in(host, `ip rule ${verb} ${rule}`);
            assert.equal(monitor.addressesDecide(), decide, `${verb} ${rule}`);
            await until(`news of ${verb} ${rule}`, () => changes > before, 60_000);
          }
        }
        assert.deepEqual(failures, []);
      } finally {
        monitor.close();
        namespace.close();
      }
    });
  },
);
