import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fields, prose, table } from './table.ts';

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

test('a field that does not fit goes on below its beginning, and nothing is lost', () => {
  const ids = ['3f2a9c01-7d1e-4b57-9a55-0a1b2c3d4e5f', 'c7396ee6-bec3-40d9-9e66-a4f82d0bc1c7'].join(', ');
  const entries = [
    ['id', '1'],
    ['portIds', ids],
  ] as const;
  assert.equal(
    fields(entries, 60),
    'id       1\nportIds  3f2a9c01-7d1e-4b57-9a55-0a1b2c3d4e5f,\n         c7396ee6-bec3-40d9-9e66-a4f82d0bc1c7',
  );
  assert.equal(fields(entries), `id       1\nportIds  ${ids}`, 'no terminal, no lines to fit');
});

test('prose in the last column goes on below its heading', () => {
  const row = ['ok', 'kernel', 'this is the text of a finding that is long'];
  const text = prose(['STATE', 'CHECK', 'FOUND'], [row], 40);
  assert.equal(
    text,
    ['STATE  CHECK   FOUND', 'ok     kernel  this is the text of a', '               finding that is long'].join('\n'),
  );
});
