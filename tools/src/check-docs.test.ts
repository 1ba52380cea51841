import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkDocs } from './check-docs.ts';
import { commandsIn } from './code-blocks.ts';
import { verdictsPage } from './verdicts-page.ts';

const KNOWN = {
  run: new Set(['demo']),
  npm: new Set(['check']),
  midonet: (words: readonly string[]) => (words[0] === 'list' ? undefined : `no command ${words.join(' ')}`),
};

test('finds dead links and commands that do not exist', () => {
  const root = mkdtempSync(join(tmpdir(), 'check-docs-'));
  try {
    writeFileSync(join(root, 'there.md'), '');
    writeFileSync(
      join(root, 'README.md'),
      [
        'See [it](there.md#part), [that](gone.md) and [web](https://example.org).',
        '```sh',
        'sudo ./run demo --keep # comment',
        './run fly',
        'npm run check && true',
        'npm run dance',
        './run midonet list bridges',
        'midonet \\',
        '  paint it',
        '```',
      ].join('\n'),
    );
    assert.deepEqual(
      checkDocs(root, KNOWN).map(({ line, message }) => `${line}: ${message}`),
      [
        '1: the link gone.md leads nowhere',
        '4: ./run has no command "fly"',
        '6: package.json has no script "dance"',
        '9: no command paint it',
      ],
    );
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('reads commands of console blocks after their prompt only', () => {
  const text = '```console\n$ midonet list "two words"\noutput\n# ./run demo\n```\n```ts\nmidonet()\n```\n';
  assert.deepEqual(
    commandsIn(text).map(({ words }) => words),
    [
      ['midonet', 'list', 'two words'],
      ['./run', 'demo'],
    ],
  );
});

test('the verdicts page names every reason once', () => {
  const rows = verdictsPage().match(/^\| `\w+`/gm) ?? [];
  assert.ok(rows.length > 30);
  assert.equal(new Set(rows).size, rows.length);
});
