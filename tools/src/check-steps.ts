import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkDocs, type KnownCommands } from './check-docs.ts';
import { checkLayers } from './check-layers.ts';
import { checkSizes } from './check-sizes.ts';
import { printFinding, type Finding } from './finding.ts';
import { withPriority } from './priority.ts';
import { runProgram } from './program.ts';
import type { Step, StepResult } from './step.ts';

/** The native compiler and oxlint collect garbage half as often, for a fifth more memory. */
const GO = { GOGC: '200' };

/** The steps of `npm run check` before its unit tests, cheap ones first. They share nothing and may run side by side. */
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
    // One thread: several check what they share several times, and the processors have other work.
    { name: 'types', run: (root) => fromProgram(root, ['tsc', '-b', '--checkers', '1', '--builders', '1']) },
    { name: 'lint', run: (root) => fromProgram(root, ['oxlint', '--type-aware', '--deny-warnings']) },
    { name: 'format', run: (root) => fromProgram(root, ['oxfmt', '--check']) },
  ];
}

/**
 * ESLint itself: every rule, of which `lint` has all but a few in a sixth of the time. The cache knows a
 * file by its own content, not by the types it imports; CI has none and looks at all. It is minutes of work that
 * nothing waits for.
 */
export const fullLint: Step = {
  name: 'lint in full',
  run: (root) =>
    fromProgram(
      root,
      withPriority('low', [
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
    ),
};

async function fromProgram(root: string, command: readonly [string, ...string[]]): Promise<StepResult> {
  const { code, output } = await runProgram(command, { root, env: GO });
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
