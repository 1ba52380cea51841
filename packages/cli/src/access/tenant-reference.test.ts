import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CliError } from '../cli-error.ts';
import { pickTenant } from './tenant-reference.ts';

const ALL = [
  { id: 'acme', name: 'Acme Ltd.' },
  { id: 'beef1', name: 'acme' },
  { id: '3f2a9c1e00000000000000000000000a', name: 'shop' },
  { id: '3f2a9c1e00000000000000000000000b', name: 'dev' },
  { id: '7c8a3f5e-0000-4000-8000-000000000001', name: 'dev' },
];

test('a tenant by id, then by name, then by the beginning of an id that a machine made', () => {
  const meant = (text: string): string => pickTenant(ALL, text);
  assert.equal(meant('acme'), 'acme', 'an id before a name');
  assert.equal(meant('Acme Ltd.'), 'acme');
  assert.equal(meant('shop'), '3f2a9c1e00000000000000000000000a');
  assert.equal(meant('7C8A'), '7c8a3f5e-0000-4000-8000-000000000001');
  assert.equal(meant('3f2a9c1e00000000000000000000000b'), '3f2a9c1e00000000000000000000000b');
  assert.equal(meant('umbrella'), 'umbrella', 'unknown, and so a new one');
  assert.equal(meant('beef'), 'beef', 'a tenant of its own, not the beginning of another word');
  assert.equal(meant('7c8'), '7c8', 'three digits are a slip');
});

test('what is several is refused with their ids', () => {
  const refused = (text: string) => (error: unknown) =>
    error instanceof CliError && error.message.startsWith(`"${text}" is 2 tenants; say which by id: `);
  assert.throws(() => pickTenant(ALL, 'dev'), refused('dev'));
  assert.throws(() => pickTenant(ALL, '3f2a'), refused('3f2a'));
});
