import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runRounds } from './bench.ts';
import type { Measure } from './measure.ts';
import { printReport, reportOf } from './report.ts';
import type { System, SystemName } from './system.ts';

const BUDGET = { seconds: 1, rounds: 2, firstPackets: 1, held: 1 };
const quiet = (): void => undefined;

function system(name: SystemName, downs: string[] = []): System {
  const vm = { namespace: name, address: '10.0.0.1' };
  return {
    name,
    reactive: false,
    unavailable: () => undefined,
    setup: () => Promise.resolve({ client: vm, server: vm }),
    teardown: () => Promise.resolve(void downs.push(name)),
  };
}

/** `rate` of each system by turns of its rounds; what throws or is absent is so by the system's name. */
function measure(values: Partial<Record<SystemName, readonly (number | Error)[]>>): Measure {
  const turns = new Map<SystemName, number>();
  return {
    name: 'rate',
    yields: { rate: 'things/s', rate_cost: 'us' },
    without: { rate_cost: 'nobody counts' },
    absent: ({ name }) => (values[name] === undefined ? 'it has no such way' : undefined),
    run: ({ client }) => {
      const name = client.namespace as SystemName;
      const turn = turns.get(name) ?? 0;
      turns.set(name, turn + 1);
      const value = values[name]?.[turn] ?? NaN;
      return value instanceof Error ? Promise.reject(value) : Promise.resolve({ rate: value });
    },
  };
}

test('a system without a value says why: not there, no such way, failed, nothing of the kind', async () => {
  const systems = [system('midonet'), system('routed_veth'), system('linux_bridge_vxlan')];
  const rates = measure({ midonet: [1, 3], linux_bridge_vxlan: [new Error('no answer\nat all'), new Error('x')] });
  const gone = new Map([['ovs_userspace', 'not installed']] as const);
  const { series, failures } = await runRounds(systems, [rates], BUDGET, quiet, { unavailable: gone });
  assert.equal(failures, 2);
  const [rate, cost] = reportOf(series, 'midonet').measures;
  assert.deepEqual(rate?.values, { midonet: 2 });
  assert.deepEqual(rate.absent, {
    ovs_userspace: 'not installed',
    routed_veth: 'it has no such way',
    linux_bridge_vxlan: 'failed: x',
  });
  assert.equal(cost?.absent['midonet'], 'nobody counts');
});

test('one round that failed does not hide the values of others', async () => {
  const rates = measure({ midonet: [new Error('no answer'), 7] });
  const { series, failures } = await runRounds([system('midonet')], [rates], BUDGET, quiet);
  assert.equal(failures, 1);
  const [rate] = reportOf(series, 'midonet').measures;
  assert.deepEqual([rate?.values, rate?.absent], [{ midonet: 7 }, {}]);
});

test('all systems are taken down when one cannot be set up', async () => {
  const downs: string[] = [];
  const broken = { ...system('midonet', downs), setup: () => Promise.reject(new Error('no namespace')) };
  const running = runRounds([system('routed_veth', downs), broken], [measure({})], BUDGET, quiet);
  await assert.rejects(running, /no namespace/);
  assert.deepEqual(downs, ['midonet', 'routed_veth']);
});

test('who stops it finds all systems taken down, and no sample that failed for that', async () => {
  const downs: string[] = [];
  const stop = new AbortController();
  const stopping: Measure = {
    ...measure({ midonet: [1] }),
    run: () => {
      stop.abort(new Error('interrupted'));
      return Promise.reject(new Error('iperf3 was interrupted'));
    },
  };
  const told: string[] = [];
  const systems = [system('midonet', downs), system('routed_veth', downs)];
  const running = runRounds(systems, [stopping], BUDGET, (line) => told.push(line), { stop: stop.signal });
  await assert.rejects(running, /^Error: interrupted$/);
  assert.deepEqual(downs, ['routed_veth', 'midonet']);
  assert.ok(!told.some((line) => line.includes('FAILED')));
});

test('the report prints values, why there are none, and ratios with their goals', () => {
  const rounds = (own: number, other: number): Map<SystemName, number[]> =>
    new Map([
      ['midonet', [own]],
      ['linux_bridge_vxlan', [other]],
    ]);
  const lines: string[] = [];
  const report = reportOf(
    [
      { name: 'conn_snat', unit: 'connections/s', rounds: rounds(9, 10), absent: new Map([['ovs_userspace', 'gone']]) },
      { name: 'tcp_stream_1', unit: 'Gbit/s', rounds: rounds(20, 10) },
      { name: 'tcp_stream_snat', unit: 'Gbit/s', rounds: rounds(10, 10) },
      { name: 'tcp_stream_routed', unit: 'Gbit/s', rounds: rounds(20, 10) },
      { name: 'connections_1m', unit: 'MiB', rounds: new Map([['midonet', [232]]]) },
    ],
    'midonet',
  );
  printReport(report, 'midonet', (line) => lines.push(line));
  const text = lines.join('\n');
  assert.match(text, /^ {2}ovs_userspace +- +gone$/m);
  assert.match(text, /^conn_snat +linux_bridge_vxlan +0\.90 +0\.90–0\.90 +≥ 0\.9$/m);
  assert.match(text, /^tcp_stream_snat +its tcp_stream_routed +0\.50 +0\.50–0\.50 +≥ 0\.97$/m);
  assert.match(text, /^connections_1m +232 MiB +≤ 953$/m);
});

test('ratios are of rounds next to each other: slow minutes of the machine are in both of them', () => {
  const rate = (own: number[], other: number[]) =>
    reportOf(
      [
        {
          name: 'tcp_stream_1',
          unit: 'Gbit/s',
          rounds: new Map<SystemName, number[]>([
            ['midonet', own],
            ['routed_veth', other],
          ]),
        },
      ],
      'midonet',
    ).ratios;
  assert.deepEqual(
    rate([30, 12, 10], [30, 10, 10]).map(({ ratio, rounds }) => ({ ratio, rounds })),
    [{ ratio: 1, rounds: [1, 1.2, 1] }],
  );
  assert.deepEqual(
    rate([30, 12, 10], [30, 10]).map(({ ratio, rounds }) => ({ ratio, rounds })),
    [{ ratio: 0.6, rounds: [0.6] }],
  );
});

test('the order of systems turns round by round', async () => {
  const names = ['midonet', 'routed_veth'] as const;
  const turns: string[] = [];
  const rates = { ...measure({ midonet: [1, 1], routed_veth: [1, 1] }) };
  const noted: Measure = {
    ...rates,
    run: (site, ...rest) => (turns.push(site.client.namespace), rates.run(site, ...rest)),
  };
  await runRounds(
    names.map((name) => system(name)),
    [noted],
    BUDGET,
    quiet,
  );
  assert.deepEqual(turns, ['midonet', 'routed_veth', 'routed_veth', 'midonet']);
});

test('what a million connections take has a goal when there are a million', () => {
  const printed = (held: number): string => {
    const lines: string[] = [];
    const one = (name: string, value: number) => ({
      name,
      unit: 'MiB',
      rounds: new Map<SystemName, number[]>([['midonet', [value]]]),
    });
    const report = reportOf([one('conn_held', held), one('conn_held_process', 700)], 'midonet');
    printReport(report, 'midonet', (line) => lines.push(line));
    return lines.join('\n');
  };
  assert.match(printed(1_000_000), /^conn_held_process +700 MiB +≤ 953$/m);
  assert.doesNotMatch(printed(20_000), /≤ 953/);
});

test('what is measured once comes after all rounds of the rest', async () => {
  const order: string[] = [];
  const noted = (name: string, once?: true): Measure => ({
    name,
    ...(once === undefined ? {} : { once }),
    yields: { [name]: 'things' },
    absent: () => undefined,
    run: () => {
      order.push(name);
      return Promise.resolve({ [name]: 1 });
    },
  });
  await runRounds([system('midonet')], [noted('last', true), noted('rate')], BUDGET, quiet);
  assert.deepEqual(order, ['rate', 'rate', 'last']);
});
