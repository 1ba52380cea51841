import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Passwords } from './passwords.ts';

test('as shipped a guess costs 32 MB (N = 2^15, r = 8), and what is stored says so', async () => {
  const stored = await new Passwords().hash('correct horse');
  assert.match(stored, /^scrypt\$32768\$8\$1\$[\w-]{22}\$[\w-]{43}$/);
  assert.ok(await new Passwords().fits('correct horse', stored));
  assert.ok(!(await new Passwords().fits('correct hors', stored)));
});

test('what was stored at another cost is still good, and nobody else is', async () => {
  const cheap = new Passwords({ N: 32, r: 8, p: 1 });
  const stored = await cheap.hash('correct horse');
  assert.ok(await new Passwords().fits('correct horse', stored));
  assert.ok(!(await cheap.fits('correct horse', undefined)));
  assert.ok(!(await cheap.fits('correct horse', 'plain$correct horse')));
});
