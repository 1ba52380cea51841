import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { decodeTexts } from './texts-for-values.ts';

const schema = z.object({
  name: z.string().nullish(),
  vlan: z.int().min(0).max(4094).nullish(),
  up: z.boolean().nullish(),
  version: z.union([z.literal(4), z.literal(6)], { error: 'must be 4 or 6' }).nullish(),
  ports: z.object({ start: z.int(), end: z.int() }).nullish(),
  targets: z.array(z.object({ from: z.int() })).nullish(),
  limit: z.union([z.literal(0).transform(() => undefined), z.number().min(1)]).nullish(),
});

test('numbers and truth may come as text, wherever they are', () => {
  const body = {
    name: '7',
    vlan: '20',
    up: 'true',
    version: '6',
    ports: { start: ' 80 ', end: '+81' },
    targets: [{ from: '1' }, { from: 2 }],
    limit: '9223372036854775807',
  };
  const before = structuredClone(body);
  assert.deepEqual(decodeTexts(schema, body), {
    kind: 'ok',
    value: {
      name: '7',
      vlan: 20,
      up: true,
      version: 6,
      ports: { start: 80, end: 81 },
      targets: [{ from: 1 }, { from: 2 }],
      limit: 2 ** 63,
    },
  });
  assert.deepEqual(body, before, 'what came in stays as it came');
});

test('what is no number stays text and is named; so is a number out of range', () => {
  const violations = (body: unknown) => {
    const decoded = decodeTexts(schema, body);
    return decoded.kind === 'ok' ? decoded : decoded.violations.map(({ property }) => property);
  };
  for (const text of ['', ' ', '1.5', '0x10', '1e3', 'twenty', 'NaN', '--1', '1'.repeat(20)]) {
    assert.deepEqual(violations({ vlan: text }), ['vlan'], text);
  }
  for (const text of ['True', 'yes', '1', '']) assert.deepEqual(violations({ up: text }), ['up'], text);
  assert.deepEqual(violations({ vlan: '4095', name: 5 }), ['name', 'vlan']);
  assert.deepEqual(violations({ version: '5' }), ['version']);
  assert.deepEqual(violations({ ports: '80' }), ['ports']);
  assert.deepEqual(violations({ targets: [{ from: ['1'] }, '2'] }), ['targets.0.from', 'targets.1']);
  assert.deepEqual(violations('5'), ['body']);
  assert.deepEqual(violations(null), ['body']);
});

test('a body that is a number alone may be text as well', () => {
  assert.deepEqual(decodeTexts(z.int(), '5'), { kind: 'ok', value: 5 });
});
