import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controllerChecks, mtuChecks, peerChecks } from './cloud-checks.ts';
import type { Health } from './finding.ts';
import { kernelChecks, type KernelFacts } from './kernel-checks.ts';
import { leftoverChecks, type LeftoverFacts } from './leftover-checks.ts';

const WELL: KernelFacts = {
  platform: 'linux',
  machine: 'x64',
  release: '6.12.3-amd64',
  hasBtf: true,
  isRoot: true,
  capabilities: (1n << 41n) - 1n,
  filesystems: ['tmpfs', 'bpf'],
  jit: '1',
};

const states = (checks: readonly Health[]): string[] => checks.map(({ state }) => state);
const kernelWith = (facts: Partial<KernelFacts>): Health | undefined =>
  kernelChecks({ ...WELL, ...facts }).find(({ state }) => state !== 'ok');

test('a kernel as it should be, and each way in which it is not', () => {
  assert.deepEqual(states(kernelChecks(WELL)), ['ok', 'ok', 'ok', 'ok', 'ok']);
  assert.match(kernelChecks({ ...WELL, release: '6.1.0-30' })[0]?.found ?? '', /clsact/);
  const wrong: readonly (readonly [Partial<KernelFacts>, string, RegExp])[] = [
    [{ release: '5.10.0-1' }, 'fault', /6\.1 or later/],
    [{ platform: 'darwin' }, 'fault', /Linux/],
    [{ machine: 'arm64' }, 'fault', /x86-64/],
    [{ hasBtf: false }, 'fault', /CONFIG_DEBUG_INFO_BTF/],
    [{ isRoot: false, capabilities: 0n }, 'fault', /sudo/],
    [{ filesystems: [] }, 'fault', /CONFIG_BPF_SYSCALL/],
    [{ jit: '0' }, 'warning', /bpf_jit_enable=1/],
  ];
  for (const [facts, state, advice] of wrong) {
    const found = kernelWith(facts);
    assert.equal(found?.state, state, JSON.stringify(Object.keys(facts)));
    assert.match(found.advice ?? '', advice);
  }
  assert.equal(kernelWith({ jit: undefined })?.state, 'unknown');
  assert.match(kernelWith({ capabilities: (1n << 41n) - 1n - (1n << 39n) })?.found ?? '', /without CAP_BPF$/);
});

test('controllers that answer, do not, and whose clock is elsewhere', () => {
  const at = (ahead: number): string[] => states(controllerChecks([{ url: 'http://c', answer: 'ok', ahead }]));
  assert.deepEqual(
    [at(1500), at(-5000), at(120_000)],
    [
      ['ok', 'ok'],
      ['ok', 'warning'],
      ['ok', 'fault'],
    ],
  );
  const [away] = controllerChecks([{ url: 'http://c', answer: 'no answer: ECONNREFUSED', ahead: undefined }]);
  assert.deepEqual([away?.state, away?.found], ['fault', 'no answer: ECONNREFUSED']);
});

test('peers and the room that the underlay leaves', () => {
  const peer = { zone: 'z', host: 'hv2', address: '10.0.0.2' };
  assert.deepEqual(states(peerChecks([true, false, undefined].map((answers) => ({ ...peer, answers })))), [
    'ok',
    'warning',
    'unknown',
  ]);
  const mtu = (size: number, bound: number, address = '10.0.0.1'): Health | undefined =>
    mtuChecks([{ address, underlay: { name: 'eth0', address, mtu: size }, bound: [{ name: 'tap0', mtu: bound }] }])[0];
  assert.equal(mtu(1500, 1450)?.state, 'ok');
  assert.match(mtu(1500, 1500)?.advice ?? '', /raise the underlay to 1570, or lower these to 1450: tap0 \(1500\)/);
  assert.equal(mtu(1500, 1450, 'fd00::1')?.state, 'warning', 'IPv6 takes twenty bytes more');
  assert.equal(mtu(1300, 1000)?.state, 'fault');
  assert.match(
    mtuChecks([{ address: '10.0.0.1', underlay: undefined, bound: [] }])[0]?.found ?? '',
    /no interface has/,
  );
});

test('what an agent that is gone left behind', () => {
  const none: LeftoverFacts = {
    stateDir: '/s',
    agent: undefined,
    pins: 0,
    devices: [],
    staleNamespaces: [],
    missingInterfaces: [],
  };
  assert.deepEqual(states(leftoverChecks(none)), ['ok']);
  const [left] = leftoverChecks({ ...none, pins: 12, devices: ['midonet-in0'] });
  assert.match(left?.found ?? '', /12 pinned BPF objects in \/s\/bpf, midonet-in0/);
  assert.match(left?.advice ?? '', /midonet agent remove --state \/s/);
  assert.deepEqual(states(leftoverChecks({ ...none, pins: 12, agent: 7 })), ['ok']);
  const more = leftoverChecks({ ...none, staleNamespaces: ['a', 'b'], missingInterfaces: ['tap0'] });
  assert.match(more[1]?.advice ?? '', /remove them: ip netns delete a; ip netns delete b/);
  assert.match(more[2]?.found ?? '', /tap0/);
});
