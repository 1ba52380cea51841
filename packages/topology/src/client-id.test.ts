import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientIdOf, parseClientId } from './client-id.ts';

test('client ids are read in three spellings and written in one', () => {
  const id = '00:03:00:01:02:00:00:00:00:0a';
  for (const text of [id, '00-03-00-01-02-00-00-00-00-0A', '0003000102000000000A']) {
    assert.equal(parseClientId(text), id, text);
  }
  assert.equal(clientIdOf(Uint8Array.of(0, 3, 0, 1, 2, 0, 0, 0, 0, 10)), id);
  for (const text of ['', '00:03', '000', '00:03:0', 'client', '00:03:00:0g', '00'.repeat(131)]) {
    assert.equal(parseClientId(text), undefined, text);
  }
});
