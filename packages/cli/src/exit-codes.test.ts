import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ApiError } from '@midonet/contract';
import { CliError } from './cli-error.ts';
import { EXIT_CODES, exitCodeOf } from './exit-codes.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/cli.md'), 'utf8');

test('the page has the table of exit codes as it is', () => {
  const rows = [...page.matchAll(/^\| (\d) +\| (.*?) +\|$/gm)].map(([, code, meaning]) => [Number(code), meaning]);
  assert.deepEqual(
    rows,
    Object.values(EXIT_CODES).map((one) => [...one]),
  );
});

test('every refusal has its code', () => {
  const refused = (status: number, message = '') =>
    exitCodeOf(new ApiError({ kind: 'refused', endpoint: 'x.y', status, message, violations: [] }));
  assert.deepEqual(
    [400, 401, 403, 404, 409, 410, 412, 429, 500, 503, 507].map((status) => refused(status)),
    [...[2, 5, 5, 4, 7, 4, 7, 6, 1, 6, 6]],
  );
  for (const message of [
    'the quota of ports is used up',
    'a tenant can have 64 trace requests at most: delete one first',
    'host hv1 is alive: stop its agent first',
    'host hv1 has 2 bound ports: unbind them first',
  ]) {
    assert.equal(refused(403, message), 7, message);
  }
  assert.equal(exitCodeOf(new CliError('differs', '')), 3);
  assert.equal(exitCodeOf(new Error('a defect')), 1);
});
