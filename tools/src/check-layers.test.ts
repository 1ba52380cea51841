import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { checkLayers } from './check-layers.ts';

const ARCHITECTURE = `
<!-- arrows -->
| Package | Holds | May import |
| --- | --- | --- |
| low | things; pure | nothing |
| high | more | low |
| test | all | anything |
<!-- /arrows -->
`;

/** Makes a repository of these files, runs the check and returns what it found as lines. */
function findingsFor(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), 'check-layers-'));
  try {
    const all: Record<string, string> = {
      'package.json': '{"devDependencies":{"fast-check":"4"}}',
      'docs/architecture.md': ARCHITECTURE,
      'packages/low/package.json': '{"exports":{".":"","./testing":"","./memory":"./src/drivers/memory/open.ts"}}',
      'packages/high/package.json': '{"exports":{".":""},"dependencies":{"@midonet/low":"1"}}',
      'test/package.json': '{}',
      ...files,
    };
    for (const [path, text] of Object.entries(all)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return checkLayers(root).map((finding) => `${finding.file}:${finding.line}: ${finding.message}`);
  } finally {
    rmSync(root, { recursive: true });
  }
}

test('accepts a downward import, node: in impure packages and testing helpers in tests', () => {
  const found = findingsFor({
    'packages/high/src/index.ts': "import { x } from '@midonet/low';\nimport 'node:fs';\nexport * from './y.ts';",
    'packages/high/src/x.test.ts': "import '@midonet/low/testing';\nimport 'fast-check';\nimport '@midonet/low';",
    'packages/high/src/main.ts': "import '@midonet/low/memory';",
    'test/src/e2e.test.ts': "import '@midonet/high';\nimport '@midonet/low/memory';",
  });
  assert.deepEqual(found, []);
});

test('finds a planted upward import, also when it is type-only, dynamic or a re-export', () => {
  const message = 'low must not import high (arrow table in docs/architecture.md)';
  const found = findingsFor({
    'packages/low/src/a.ts': "// import '@midonet/high'\nimport type { x } from '@midonet/high';",
    'packages/low/src/b.ts': "const x = await import('@midonet/high');",
    'packages/low/src/c.ts': "\n\nexport * from '@midonet/high';",
  });
  assert.deepEqual(found, [
    `packages/low/src/a.ts:2: ${message}`,
    `packages/low/src/b.ts:1: ${message}`,
    `packages/low/src/c.ts:3: ${message}`,
  ]);
});

test('finds imports that go into, around or beside a package', () => {
  const found = findingsFor({
    'packages/high/src/a.ts': "import '@midonet/low/src/x.ts';",
    'packages/high/src/b.ts': "import '../../low/src/index.ts';",
    'packages/high/src/c.ts': "import '@midonet/low/testing';",
    'packages/high/src/d.ts': "import '@midonet/low/memory';",
    'packages/high/src/e.ts': "import 'fast-check';",
    'packages/low/src/d.ts': "export * from './drivers/memory/open.ts';",
    'packages/low/src/drivers/memory/open.ts': "export * from './x.ts';",
    'packages/high/src/f.ts': "import '@midonet/unheard';",
    'packages/low/src/g.ts': "import 'node:fs';",
    'packages/new/src/h.ts': '',
  });
  assert.deepEqual(found, [
    'packages/high/src/a.ts:1: @midonet/low/src/x.ts reaches into a package; import @midonet/low',
    'packages/high/src/b.ts:1: ../../low/src/index.ts leaves the package; import the other one by its name',
    'packages/high/src/c.ts:1: @midonet/low/testing is for tests only',
    'packages/high/src/d.ts:1: @midonet/low/memory is a driver; drivers are named only in main.ts, start-agent.ts, open-store.ts and in tests',
    'packages/high/src/e.ts:1: fast-check is not a dependency in packages/high/package.json',
    'packages/high/src/f.ts:1: @midonet/unheard is no package of docs/architecture.md',
    'packages/low/src/d.ts:1: ./drivers/memory/open.ts is a driver; the rest of its package knows the interface only',
    'packages/low/src/g.ts:1: low is pure and must not import node:fs',
    'packages/new/src/h.ts:undefined: package new has no row in docs/architecture.md',
  ]);
});

test('a table whose arrow points up is refused', () => {
  const upward = ARCHITECTURE.replace('| low | things; pure | nothing |', '| low | things; pure | high |');
  assert.throws(() => findingsFor({ 'docs/architecture.md': upward }), /low may import high, which is no row above it/);
});
