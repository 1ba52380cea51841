import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArrowTable, type ArrowTable } from './arrow-table.ts';
import type { Finding } from './finding.ts';
import { importsOf, type ImportSite } from './import-sites.ts';
import { sourceFiles } from './source-files.ts';

const SCOPE = '@midonet/';

/** Where programs are put together: the only files outside of tests that say which driver they run on. */
const COMPOSITION_ROOTS: ReadonlySet<string> = new Set(['main.ts', 'start-agent.ts', 'open-store.ts']);

/** `exports` maps `./subpath` to the file behind it. */
type Manifest = { readonly exports: ReadonlyMap<string, string>; readonly dependencies: ReadonlySet<string> };

/** A source file with the package it belongs to. */
type SourceFile = { readonly path: string; readonly packageName: string; readonly isTest: boolean };

/** Fails on imports that the arrow table of docs/architecture.md does not allow. */
export function checkLayers(root: string): Finding[] {
  const table = parseArrowTable(readFileSync(join(root, 'docs/architecture.md'), 'utf8'));
  const findings: Finding[] = [];
  const manifests = new Map<string, Manifest | undefined>();
  const rootDependencies = readManifest(root, '')?.dependencies ?? new Set();
  for (const path of sourceFiles(root, ['.ts', '.tsx'])) {
    const packageName = packageOf(path);
    if (packageName === undefined) {
      findings.push({ file: path, message: 'belongs to no package; sources live in packages/*, test, bench or tools' });
      continue;
    }
    if (!table.has(packageName)) {
      findings.push({ file: path, message: `package ${packageName} has no row in docs/architecture.md` });
      continue;
    }
    const file = {
      path,
      packageName,
      isTest: /\.test\.tsx?$/.test(path) || /^packages\/[^/]+\/(?:testing|test|bench)\//.test(path),
    };
    for (const site of importsOf(readFileSync(join(root, path), 'utf8'))) {
      const manifestOf = (name: string): Manifest | undefined => {
        if (!manifests.has(name)) manifests.set(name, readManifest(root, folderOf(name)));
        return manifests.get(name);
      };
      const message = judge(file, site, { table, manifestOf, rootDependencies });
      if (message !== undefined) findings.push({ file: path, line: site.line, message });
    }
  }
  return findings;
}

type Modules = {
  readonly table: ArrowTable;
  readonly manifestOf: (name: string) => Manifest | undefined;
  readonly rootDependencies: ReadonlySet<string>;
};

function judge(file: SourceFile, { specifier }: ImportSite, modules: Modules): string | undefined {
  const row = modules.table.get(file.packageName);
  if (row === undefined) return undefined;
  if (specifier.startsWith('.')) return judgeRelative(file, specifier);
  if (specifier.startsWith('node:')) {
    return row.pure && !file.isTest ? `${file.packageName} is pure and must not import ${specifier}` : undefined;
  }
  if (!specifier.startsWith(SCOPE)) return judgeDependency(file, specifier, modules);
  const [target = '', ...deep] = specifier.slice(SCOPE.length).split('/');
  if (!modules.table.has(target)) return `${specifier} is no package of docs/architecture.md`;
  if (target !== file.packageName && row.may !== 'anything' && !row.may.has(target)) {
    return `${file.packageName} must not import ${target} (arrow table in docs/architecture.md)`;
  }
  return judgeSubpath(file, target, deep.join('/'), modules) ?? judgeDependency(file, `${SCOPE}${target}`, modules);
}

function judgeSubpath(file: SourceFile, target: string, subpath: string, modules: Modules): string | undefined {
  if (subpath === '') return undefined;
  const specifier = `${SCOPE}${target}/${subpath}`;
  const behind = modules.manifestOf(target)?.exports.get(`./${subpath}`);
  if (behind === undefined) {
    return `${specifier} reaches into a package; import ${SCOPE}${target}`;
  }
  if (file.isTest || file.path.startsWith('test/') || file.path.startsWith('bench/')) return undefined;
  if (/^testing(\/|$)/.test(subpath)) return `${specifier} is for tests only`;
  if (!behind.includes('/drivers/') || COMPOSITION_ROOTS.has(basename(file.path))) return undefined;
  return `${specifier} is a driver; drivers are named only in ${[...COMPOSITION_ROOTS].join(', ')} and in tests`;
}

/** npm hoists, so an undeclared import resolves; it must be declared all the same. */
function judgeDependency(file: SourceFile, specifier: string, modules: Modules): string | undefined {
  const parts = specifier.split('/');
  const name = specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
  if (name === `${SCOPE}${file.packageName}`) return undefined;
  if (modules.manifestOf(file.packageName)?.dependencies.has(name) === true) return undefined;
  const isTool = file.isTest || !file.path.startsWith('packages/');
  if (isTool && (modules.rootDependencies.has(name) || name.startsWith(SCOPE))) return undefined;
  return `${name} is not a dependency in ${folderOf(file.packageName)}/package.json`;
}

function judgeRelative(file: SourceFile, specifier: string): string | undefined {
  const target = new URL(specifier, `file:///${file.path}`).pathname.slice(1);
  const own = `${folderOf(file.packageName)}/`;
  if (!target.startsWith(own)) return `${specifier} leaves the package; import the other one by its name`;
  if (!file.isTest && target.includes('/src/drivers/') && !file.path.includes('/src/drivers/')) {
    return `${specifier} is a driver; the rest of its package knows the interface only`;
  }
  if (!/\.(ts|tsx|json)$/.test(specifier)) return `${specifier}: relative imports carry their ending (.ts)`;
  return undefined;
}

function packageOf(path: string): string | undefined {
  const [top, second] = path.split('/');
  if (top === 'packages') return second;
  return top === 'test' || top === 'bench' || top === 'tools' ? top : undefined;
}

function folderOf(packageName: string): string {
  return ['test', 'bench', 'tools'].includes(packageName) ? packageName : `packages/${packageName}`;
}

function readManifest(root: string, folder: string): Manifest | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  } catch {
    return undefined;
  }
  const entries = (field: string): [string, unknown][] => {
    const value: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, field) : undefined;
    return typeof value === 'object' && value !== null ? Object.entries(value) : [];
  };
  const dependencies = [...entries('dependencies'), ...entries('devDependencies')];
  return {
    exports: new Map(entries('exports').map(([subpath, target]) => [subpath, String(target)])),
    dependencies: new Set(dependencies.map(([name]) => name)),
  };
}
