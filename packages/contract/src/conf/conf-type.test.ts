import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatConfPath, parseConfPath, withoutNulls } from './conf-tree.ts';
import { nameOfType, readConfValue, type ConfType } from './conf-type.ts';
import { confProblems, confSchema, unknownConf } from './runtime-conf.ts';

const duration: ConfType = { kind: 'duration', min: 1_000, max: 86_400_000 };
const size: ConfType = { kind: 'size', min: 1, max: 1 << 30 };

test('values are read as HOCON converts them', () => {
  const cases: readonly (readonly [ConfType, unknown, unknown])[] = [
    [duration, '10s', 10_000],
    [duration, '1.5 m', 90_000],
    [duration, 2_000, 2_000],
    [duration, '2000', 2_000],
    [duration, '1 day', 86_400_000],
    [duration, '10ms', undefined],
    [duration, '10 parsecs', undefined],
    [duration, true, undefined],
    [size, '16m', 16 << 20],
    [size, '1 kB', 1_000],
    [size, 4096, 4096],
    [size, '2GiB', undefined],
    [{ kind: 'bool' }, 'on', true],
    [{ kind: 'bool' }, false, false],
    [{ kind: 'bool' }, 1, undefined],
    [{ kind: 'int', min: 1, max: 5 }, '3', 3],
    [{ kind: 'int', min: 1, max: 5 }, 6, undefined],
    [{ kind: 'int', min: 1, max: 5 }, 1.5, undefined],
    [{ kind: 'enum', words: ['A', 'B'] }, 'b', 'B'],
    [{ kind: 'enum', words: ['A', 'B'] }, 'c', undefined],
    [{ kind: 'string' }, 5, '5'],
    [{ kind: 'string' }, {}, undefined],
    [{ kind: 'string[]', most: 2 }, ['a', 1], ['a', '1']],
    [{ kind: 'string[]', most: 2 }, ['a', 'b', 'c'], undefined],
    [{ kind: 'string[]', most: 2 }, 'a', undefined],
  ];
  for (const [type, value, expected] of cases) {
    const read = readConfValue(type, value);
    assert.deepEqual(read.kind === 'value' ? read.value : undefined, expected, `${type.kind} ${JSON.stringify(value)}`);
  }
});

test('problems name the setting; names that no schema has are none', () => {
  assert.deepEqual(confProblems({ agent: { unheard: 1, loggers: { root: 'INFO' } }, cluster: 7 }), []);
  const problems = confProblems({ agent: { loggers: 'INFO', arptable: { arp_stale: 'soon' } } });
  assert.deepEqual(
    problems.map(({ key }) => key),
    ['agent.loggers', 'agent.arptable.arp_stale'],
  );
  assert.deepEqual(unknownConf({ agent: { 'un heard': 1, loggers: { root: 'INFO' } } }), ['agent."un heard"']);
});

test('paths are read as they are written', () => {
  for (const path of [['agent', 'loggers', 'root'], ['a.b', 'c"d'], ['x-1']]) {
    assert.deepEqual(parseConfPath(formatConfPath(path)), path);
  }
  for (const text of ['', 'a..b', '.a', 'a.', 'a b', '"a']) assert.equal(parseConfPath(text), undefined, text);
});

test('null takes away, and what is empty by that goes too', () => {
  assert.deepEqual(withoutNulls({ a: { b: null }, c: {}, d: { e: { f: null }, g: 1 } }), { c: {}, d: { g: 1 } });
});

test('the schemas say of each setting what it is', () => {
  const text = JSON.stringify(confSchema());
  for (const word of ['"max_flow_count":65536', '"max_flow_count_type":"int"', '"schemaVersion":']) {
    assert.ok(text.includes(word), word);
  }
  assert.equal(nameOfType({ kind: 'enum', words: ['A', 'B'] }), 'enum[A, B]');
});
