import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { commandsIn } from './code-blocks.ts';
import type { Finding } from './finding.ts';
import { SETTINGS_PAGE, settingsPage } from './settings-page.ts';
import { sourceFiles } from './source-files.ts';
import { VERDICTS_PAGE, verdictsPage } from './verdicts-page.ts';

/** What a documented command line may name. */
export type KnownCommands = {
  /** Subcommands of `./run`. */
  readonly run: ReadonlySet<string>;
  /** Scripts of `npm run`. */
  readonly npm: ReadonlySet<string>;
  /** Undefined when `midonet` takes these words, else what is wrong with them. */
  readonly midonet: (words: readonly string[]) => string | undefined;
};

/** Fails on dead links, on documented commands that do not exist, and on an outdated verdicts page. */
export function checkDocs(root: string, known: KnownCommands): Finding[] {
  const findings: Finding[] = [];
  for (const file of sourceFiles(root, ['.md'])) {
    const text = readFileSync(join(root, file), 'utf8');
    findings.push(...checkLinks(root, file, text));
    for (const { words, line } of commandsIn(text)) {
      const message = judgeCommand(words, known);
      if (message !== undefined) findings.push({ file, line, message });
    }
  }
  if (existsSync(join(root, 'packages/contract/src/settings.ts'))) {
    const page = join(root, SETTINGS_PAGE);
    if (!existsSync(page) || readFileSync(page, 'utf8') !== settingsPage()) {
      findings.push({
        file: SETTINGS_PAGE,
        message: 'differs from packages/contract/src/settings.ts; run: npm run docs',
      });
    }
  }
  if (existsSync(join(root, 'packages/flow/src/reasons.ts'))) {
    const page = join(root, VERDICTS_PAGE);
    if (!existsSync(page) || readFileSync(page, 'utf8') !== verdictsPage()) {
      findings.push({ file: VERDICTS_PAGE, message: 'differs from packages/flow/src/reasons.ts; run: npm run docs' });
    }
  }
  return findings;
}

function judgeCommand(words: readonly string[], known: KnownCommands): string | undefined {
  const [program, ...rest] = words[0] === 'sudo' ? words.slice(1) : words;
  const first = rest[0] ?? '';
  if (program === 'midonet') return known.midonet(rest);
  if (program === './run') {
    if (first === 'midonet') return known.midonet(rest.slice(1));
    return known.run.has(first) ? undefined : `./run has no command "${first}"`;
  }
  if (program === 'npm' && first === 'run') {
    return known.npm.has(rest[1] ?? '') ? undefined : `package.json has no script "${rest[1] ?? ''}"`;
  }
  return undefined;
}

function checkLinks(root: string, file: string, text: string): Finding[] {
  const findings: Finding[] = [];
  const prose = text.replace(/^```[\s\S]*?^```/gm, (block) => block.replace(/[^\n]/g, ' '));
  for (const match of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
    const target = (match[1] ?? '').split('#')[0] ?? '';
    if (target === '' || /^[a-z]+:/.test(target)) continue;
    if (!existsSync(join(root, dirname(file), target))) {
      const line = prose.slice(0, match.index).split('\n').length;
      findings.push({ file, line, message: `the link ${target} leads nowhere` });
    }
  }
  return findings;
}
