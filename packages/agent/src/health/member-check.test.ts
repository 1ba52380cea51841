import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIp } from '@midonet/packet';
import type { HealthMonitorId, PoolId, PoolMemberId } from '@midonet/topology';
import { ManualClock } from '../manual-clock.ts';
import { MemberCheck, type CheckSpec, type MemberStatus } from './member-check.ts';
import type { Finding } from './probe.ts';

const up = { adminStateUp: true } as const;
const spec: CheckSpec = {
  poolId: 'p' as PoolId,
  member: {
    ...{ kind: 'poolMember', id: 'm' as PoolMemberId, poolId: 'p' as PoolId, ...up },
    ...{ address: parseIp('10.0.0.2') ?? assert.fail(), port: 80, weight: 1 },
  },
  monitor: {
    ...{ kind: 'healthMonitor', id: 'h' as HealthMonitorId, tenantId: '', ...up, type: 'tcp' },
    ...{ delay: 5, timeout: 5, maxRetries: 3 },
  },
};

/** Checks that end when the test says so. */
function rig(known?: MemberStatus) {
  const clock = new ManualClock();
  const told: MemberStatus[] = [];
  const asked: ((finding: Finding) => void)[] = [];
  const cancelled: number[] = [];
  const check = new MemberCheck(spec, known, 0, {
    clock,
    probe: (_, done) => ({ start: () => asked.push(done), cancel: () => cancelled.push(asked.length) }),
    onStatus: (status) => told.push(status),
  });
  /** The next checks find these. */
  const find = (...findings: readonly Finding[]): void => {
    for (const finding of findings) {
      clock.advance(asked.length === 0 ? 0 : 5_000);
      asked.at(-1)?.(finding);
    }
  };
  return { clock, told, asked, cancelled, check, find };
}

test('the first good finding is believed, bad ones when they are as many as the monitor says', () => {
  const { told, find } = rig();
  find('passed', 'timeout', 'refused', 'passed', 'timeout', 'timeout');
  assert.deepEqual(told, ['up']);
  find('closed');
  assert.deepEqual(told, ['up', 'down']);
  find('passed', 'passed', 'status', 'passed', 'passed');
  assert.deepEqual(told, ['up', 'down']);
  find('passed');
  assert.deepEqual(told, ['up', 'down', 'up']);
});

test('a member that never answered is down after as many checks', () => {
  const { told, find } = rig();
  find('timeout', 'timeout');
  assert.deepEqual(told, []);
  find('timeout');
  assert.deepEqual(told, ['down']);
});

test('who takes over goes on from what is known', () => {
  const { told, find, check } = rig('down');
  assert.equal(check.status, 'down');
  find('passed', 'passed');
  assert.deepEqual(told, []);
  find('passed');
  assert.deepEqual(told, ['up']);
});

test('a check that ends when the next is due is heard before that one begins', () => {
  const { clock, asked, told } = rig();
  clock.advance(5_000);
  assert.equal(asked.length, 1);
  asked[0]?.('timeout');
  assert.equal(asked.length, 2);
  clock.advance(5_000);
  asked[1]?.('timeout');
  clock.advance(5_000);
  asked[2]?.('timeout');
  assert.deepEqual(told, ['down']);
});

test('when it is closed nothing is asked any more', () => {
  const { clock, asked, check, cancelled } = rig();
  clock.advance(0);
  check.close();
  clock.advance(60_000);
  assert.equal(asked.length, 1);
  assert.equal(cancelled.length, 1);
});
