import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CliError } from '../cli-error.ts';
import { pick } from './directory.ts';

const router = (id: string, name: string) => ({ id, name });

const ROUTERS = [
  router('3f2a9c01-0000-4000-8000-000000000001', 'edge'),
  router('3f2a9c77-0000-4000-8000-000000000002', 'core'),
  router('9b00aaaa-0000-4000-8000-000000000003', 'twin'),
  router('9c00bbbb-0000-4000-8000-000000000004', 'twin'),
  // A name that is the beginning of another one's id.
  router('77770000-0000-4000-8000-000000000005', '9b00'),
];

const chosen = (text: string): string => pick('router', ROUTERS, text).id;

function complaint(text: string): string {
  try {
    chosen(text);
  } catch (error) {
    assert.ok(error instanceof CliError && error.code === 'missing');
    return error.message;
  }
  throw new assert.AssertionError({ message: `${text} names something` });
}

test('a name, an id or the unique beginning of an id names an object', () => {
  assert.equal(chosen('edge'), ROUTERS[0]?.id);
  assert.equal(chosen('3f2a9c77-0000-4000-8000-000000000002'), ROUTERS[1]?.id);
  assert.equal(chosen('3F2A9C7'), ROUTERS[1]?.id);
});

test('a name goes before the beginning of an id', () => {
  assert.equal(chosen('9b00'), ROUTERS[4]?.id);
});

test('what names several lists them', () => {
  assert.equal(
    complaint('twin'),
    '"twin" is 2 routers; say which by id: 9b00aaaa-0000-4000-8000-000000000003, 9c00bbbb-0000-4000-8000-000000000004',
  );
  assert.match(complaint('3f2a'), /^"3f2a" is 2 routers; say which by id: 3f2a9c01-.*, 3f2a9c77-/);
});

test('what names nothing says what there is', () => {
  assert.equal(complaint('eddge'), 'no router "eddge"; there is edge, core, twin, twin, 9b00');
  // Fewer than four digits are a slip, not the beginning of an id.
  assert.match(complaint('3f2'), /^no router "3f2"/);
  assert.throws(() => pick('router', [], 'edge'), /^CliError: no router "edge"; there is no named router$/);
});
