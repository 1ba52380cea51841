import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fields, table } from './table.ts';

test('columns are as wide as what they hold', () => {
  assert.equal(
    table(
      ['ID', 'NAME'],
      [
        ['1', 'red'],
        ['22', ''],
      ],
    ),
    'ID  NAME\n1   red\n22',
  );
});

test('the widest column gives way, and what was cut says so', () => {
  const text = table(['ID', 'ADDRESSES'], [['3f2a9c01', '10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4']], 30);
  assert.equal(text, 'ID        ADDRESSES\n3f2a9c01  10.0.0.1 10.0.0.2 1…');
});

test('no line is longer than the terminal wherever its columns can be eight wide', () => {
  const cell = fc.string({ unit: 'grapheme-ascii', maxLength: 60 });
  const shape = fc.integer({ min: 1, max: 7 }).chain((columns) =>
    fc.record({
      rows: fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { maxLength: 6 }),
      columns: fc.constant(columns),
      spare: fc.nat(100),
    }),
  );
  fc.assert(
    fc.property(shape, ({ rows, columns, spare }) => {
      const width = columns * 8 + 2 * (columns - 1) + spare;
      const headings = Array.from({ length: columns }, (_, i) => `H${i}`);
      for (const line of table(headings, rows, width).split('\n')) assert.ok(line.length <= width, line);
    }),
  );
});

test('fields line up', () => {
  assert.equal(
    fields([
      ['id', '1'],
      ['name', 'red'],
    ]),
    'id    1\nname  red',
  );
});
