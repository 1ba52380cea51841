import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOptions, type BenchOptions } from './options.ts';

function parsed(...words: readonly string[]): BenchOptions {
  const options = parseOptions(words);
  assert.ok(options !== 'help');
  return options;
}

test('a quick run leaves out what takes long, unless it is named', () => {
  const [quick, full] = [parsed('--quick'), parsed()];
  assert.ok(full.only.includes('midonet_big_tcp') && full.leftOut.length === 0);
  assert.ok(!quick.only.includes('midonet_big_tcp') && quick.only.includes('midonet'));
  assert.ok(quick.leftOut.includes('conn_held') && !quick.leftOut.includes('tcp_crr'));
  assert.ok(quick.budget.rounds < full.budget.rounds);
  assert.deepEqual(parsed('--quick', '--systems', 'midonet_big_tcp').only, ['midonet_big_tcp']);
  assert.deepEqual(parsed('--quick', '--measures', 'conn_held,tcp_rr').measures, ['conn_held', 'tcp_rr']);
});

test('words that make no sense are told', () => {
  assert.throws(() => parsed('--systems', 'nothing'), /'nothing' is none of midonet/);
  assert.throws(() => parsed('--rounds', '0'), /--rounds 0: give a number from 1/);
  assert.equal(parseOptions(['--help']), 'help');
});
