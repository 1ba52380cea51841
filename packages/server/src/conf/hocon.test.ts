import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HoconError, parseHocon } from './hocon.ts';

const READ: readonly (readonly [text: string, tree: object])[] = [
  ['', {}],
  ['{}', {}],
  [' # nothing\n// at all\n', {}],
  ['agent.loggers.root : DEBUG', { agent: { loggers: { root: 'DEBUG' } } }],
  ['agent { loggers { root = INFO } }', { agent: { loggers: { root: 'INFO' } } }],
  ['{"agent": {"loggers": {"root": "WARN"}}}', { agent: { loggers: { root: 'WARN' } } }],
  ['a.b : 1, a.c : 2\na.d : 3', { a: { b: 1, c: 2, d: 3 } }],
  ['a { b : 1 }\na { c : 2 }', { a: { b: 1, c: 2 } }],
  ['a { b : 1 }\na : 2', { a: 2 }],
  ['a : 2\na.b : 1', { a: { b: 1 } }],
  ['a : 1\na : 2', { a: 2 }],
  ['a = 10 s # comment', { a: '10 s' }],
  [
    'a = 10s, b = 1.5, c = -3e2, d = 007, e = true, f = null, g = yes',
    {
      ...{ a: '10s', b: 1.5, c: -300, d: '007', e: true, f: null, g: 'yes' },
    },
  ],
  ['a = one  two " three"', { a: 'one  two  three' }],
  ['a = "q\\"\\u0041\\n"', { a: 'q"A\n' }],
  ['a = """as "it" is\\n\nover lines""""', { a: 'as "it" is\\n\nover lines"' }],
  ['a = [1, two, "three", [4], {five : 5}\n six\n]', { a: [1, 'two', 'three', [4], { five: 5 }, 'six'] }],
  ['a = [1, 2, ]\nb = []', { a: [1, 2], b: [] }],
  ['"a.b".c : 1', { 'a.b': { c: 1 } }],
  ['a :\n  1', { a: 1 }],
  ['a = { b : 1 },\nc = 2', { a: { b: 1 }, c: 2 }],
  ['a = 1e999', { a: '1e999' }],
  ['3f2a9c01-0000-4000-8000-000000000001 : "t"', { '3f2a9c01-0000-4000-8000-000000000001': 't' }],
  ['a = 1\r\nb = 2\r\n', { a: 1, b: 2 }],
];

test('HOCON and JSON are read', () => {
  for (const [text, tree] of READ) assert.deepEqual(parseHocon(text), tree, text);
});

const REFUSED: readonly (readonly [text: string, why: RegExp])[] = [
  ['include "other.conf"', /^line 1, column 1: include is not possible/],
  ['a = ${b}', /^line 1, column 5: substitutions are not possible/],
  ['a += 1', /\+= is not possible/],
  ['a = {b : 1} {c : 2}', /cannot be joined/],
  ['a = [1] [2]', /cannot be joined/],
  ['a = x {c : 2}', /cannot be joined/],
  [
    'x = 1\n  url = http://h:1',
    /^line 2, column 13: expected|^line 2, column 13: ":" is not possible here; put the text in double quotes/,
  ],
  ['a', /expected : or = behind the name, not the end/],
  ['a b = 1', /expected : or = behind the name, not "b"/],
  ['a =', /expected a value, not the end/],
  ['a = 1 : 2', /is not possible here/],
  ['a..b = 1', /^line 1, column 3: expected a name, not "\."/],
  ['= 1', /expected a name, not "="/],
  ['{ a = 1', /no closing }/],
  ['a = [1', /no closing \]/],
  ['a = "x', /^line 1, column 5: the text that begins here has no closing quote/],
  ['a = """x', /no closing """/],
  ['a = "\\x"', /is no escape/],
  ['a = 1,,b = 2', /nothing between the commas/],
  ['[1]', /an object, not a list/],
  ['{} x', /"x" is too much here/],
  ['a = 1 }', /too much|expected a comma|is not possible|expected a name/],
  ['"__proto__".x = 1', /this name is not possible/],
  [`${'a.'.repeat(20)}b = 1`, /16 deep at most/],
  [`a = ${'['.repeat(40)}`, /16 deep at most/],
  [`a ${'{ b '.repeat(40)}`, /16 deep at most/],
  [`${'n'.repeat(200)} = 1`, /128 characters at most/],
];

test('what is no HOCON, or reaches beyond the text, is refused with its place', () => {
  for (const [text, why] of REFUSED) {
    assert.throws(
      () => parseHocon(text),
      (error: unknown) => error instanceof HoconError && why.test(error.message),
      text,
    );
  }
});

test('whatever comes in, it is read or refused', () => {
  const parts = [
    'a',
    '.',
    '=',
    ':',
    '{',
    '}',
    '[',
    ']',
    '"',
    '"""',
    ',',
    '\n',
    ' ',
    '#',
    '//',
    '\\',
    '$',
    '+',
    '1',
    'null',
  ];
  let seed = 1;
  const next = (most: number): number => (seed = (seed * 48271) % 0x7fffffff) % most;
  let read = 0;
  for (let round = 0; round < 5000; round++) {
    const text = Array.from({ length: next(12) }, () => parts[next(parts.length)]).join('');
    try {
      const tree = parseHocon(text);
      // What is answered is JSON, which reads as the same.
      assert.deepEqual(parseHocon(JSON.stringify(tree)), tree);
      read++;
    } catch (error) {
      assert.ok(error instanceof HoconError, `${JSON.stringify(text)}: ${String(error)}`);
    }
  }
  assert.ok(read > 0);
});
