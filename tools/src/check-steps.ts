import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { checkDocs, type KnownCommands } from './check-docs.ts';
import { checkLayers } from './check-layers.ts';
import { checkSizes } from './check-sizes.ts';
import { printFinding, type Finding } from './finding.ts';
import { runProgram } from './program.ts';
import { failingPart, parseTestCounts } from './test-counts.ts';

/** What one step of the check came to. `detail` is printed only when it failed. */
export type StepResult = {
  readonly passed: number;
  readonly failed: number;
  readonly summary: string;
  readonly detail: string;
};

export type Step = { readonly name: string; readonly run: (root: string) => Promise<StepResult> };

/** Ten times what they take on a quiet machine. */
const UNIT_LIMIT_MS = 10 * 60_000;

/** The steps of `npm run check`, cheap ones first. They share nothing and may run side by side. */
export function checkSteps(midonet: KnownCommands['midonet']): readonly Step[] {
  return [
    { name: 'layers', run: async (root) => fromFindings(checkLayers(root), 'imports follow the arrows') },
    {
      name: 'sizes',
      run: async (root) => {
        const report = checkSizes(root);
        return fromFindings(report.findings, `${report.files} files, median ${report.median} lines`);
      },
    },
    {
      name: 'docs',
      run: async (root) =>
        fromFindings(checkDocs(root, { ...knownCommands(root), midonet }), 'links and commands exist'),
    },
    { name: 'types', run: (root) => fromProgram(root, ['tsc', '-b']) },
    {
      // The cache knows a file by its own content, not by the types it imports; CI has none and looks at all.
      name: 'lint',
      run: (root) =>
        fromProgram(root, [
          'eslint',
          '--max-warnings',
          '0',
          '--cache',
          '--cache-strategy',
          'content',
          '--cache-location',
          '.cache/eslint',
          '.',
        ]),
    },
    {
      name: 'format',
      run: (root) =>
        fromProgram(root, [
          'prettier',
          '--check',
          '--log-level',
          'warn',
          '--cache',
          '--cache-strategy',
          'content',
          '--cache-location',
          '.cache/prettier',
          '.',
        ]),
    },
    {
      name: 'unit tests',
      run: (root) =>
        runTests(root, ['packages/*/src/**/*.test.ts', 'packages/*/testing/**/*.test.ts', 'tools/src/**/*.test.ts'], {
          timeoutMs: UNIT_LIMIT_MS,
        }),
    },
  ];
}

/** No file of tests takes so long; one that hangs fails by name instead of holding up the run. */
const TEST_FILE_LIMIT_MS = 8 * 60_000;

/** Runs `node --test` on these patterns; what takes longer than `timeoutMs` is killed. */
export async function runTests(
  root: string,
  patterns: readonly string[],
  options: { readonly timeoutMs: number },
): Promise<StepResult> {
  const { code, output } = await runProgram(
    [
      'node',
      '--test',
      '--test-reporter=spec',
      `--test-timeout=${TEST_FILE_LIMIT_MS}`,
      // Node's own choice is one fewer than there are: half of two.
      `--test-concurrency=${availableParallelism()}`,
      ...patterns,
    ],
    { root, timeoutMs: options.timeoutMs },
  );
  const counts = parseTestCounts(output);
  if (counts === undefined) return { passed: 0, failed: 1, summary: 'the test runner did not finish', detail: output };
  // The runner's own verdict counts too: a file that fails outside any test.
  const failed = code === 0 ? counts.failed : Math.max(1, counts.failed);
  const skipped = counts.skipped === 0 ? '' : `, ${counts.skipped} skipped`;
  return {
    passed: counts.passed,
    failed,
    summary: `${counts.passed} passed, ${failed} failed${skipped}`,
    detail: failingPart(output),
  };
}

async function fromProgram(root: string, command: readonly [string, ...string[]]): Promise<StepResult> {
  const { code, output } = await runProgram(command, { root });
  const failed = code === 0 ? 0 : 1;
  return { passed: 1 - failed, failed, summary: code === 0 ? 'clean' : `${command[0]} reports errors`, detail: output };
}

function fromFindings(findings: readonly Finding[], clean: string): StepResult {
  const failed = findings.length === 0 ? 0 : 1;
  return {
    passed: 1 - failed,
    failed,
    summary: failed === 0 ? clean : `${findings.length} found`,
    detail: findings.map((finding) => `${printFinding(finding)}\n`).join(''),
  };
}

/** What `./run` and `npm run` take, read from the files that define them. */
function knownCommands(root: string): Omit<KnownCommands, 'midonet'> {
  const script = readFileSync(join(root, 'run'), 'utf8');
  const cases = /^case "\$command" in$([\s\S]*?)^esac$/m.exec(script)?.[1] ?? '';
  const run = [...cases.matchAll(/^ {2}([a-z-]+)(?: \|[^)]*)?\)/gm)].map((match) => match[1] ?? '');
  const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const scripts: unknown = typeof manifest === 'object' && manifest !== null ? Reflect.get(manifest, 'scripts') : {};
  return { run: new Set(run), npm: new Set(Object.keys(typeof scripts === 'object' ? (scripts ?? {}) : {})) };
}
