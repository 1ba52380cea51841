import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../manual-clock.ts';
import type { HostLink } from './links.ts';
import { withPeerMtus } from './peer-mtus.ts';

function link(ifindex: number, kind: string): HostLink {
  return { ifindex, name: `i${ifindex}`, mtu: 1500, up: true, carrier: true, kind, addresses: [] };
}

test('the far ends of veths are asked for at once, when something changes and now and then', () => {
  const clock = new ManualClock();
  const mtus = new Map([[1, 1400]]);
  const all = [link(1, 'veth'), link(2, 'tun')];
  let told: () => void = () => assert.fail('not opened');
  let closed = 0;
  let changes = 0;
  const asked: number[] = [];
  const open = withPeerMtus(
    (onChange) => {
      told = onChange;
      return { links: () => all, close: () => closed++ };
    },
    {
      clock,
      openPeers: () => ({
        mtu: (ifindex) => {
          asked.push(ifindex);
          return mtus.get(ifindex);
        },
        close: () => closed++,
      }),
    },
  );
  const source = open(() => changes++);
  const seen = (): (number | undefined)[] => source.links().map(({ peerMtu }) => peerMtu);
  assert.deepEqual(seen(), [1400, undefined]);
  mtus.set(1, 1300);
  clock.advance(5_000);
  assert.deepEqual([seen(), changes], [[1300, undefined], 1]);
  clock.advance(5_000);
  assert.equal(changes, 1);
  mtus.delete(1);
  clock.advance(5_000);
  assert.deepEqual([seen(), changes], [[undefined, undefined], 2]);
  all.push(link(3, 'veth'));
  mtus.set(3, 9000);
  told();
  assert.deepEqual([seen(), changes], [[undefined, undefined, 9000], 3]);
  assert.deepEqual(asked, [1, 1, 1, 1, 3]);
  source.close();
  assert.equal(closed, 2);
  clock.advance(60_000);
  assert.equal(changes, 3);
});
