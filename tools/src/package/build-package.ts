import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stagePackage, versionOf } from './stage.ts';

/** Builds the Debian package into `folder` and gives its path. `level`: of gzip, 1 for a quick one. */
export async function buildPackage(root: string, folder: string, level = 6): Promise<string> {
  const version = versionOf(root);
  const stage = mkdtempSync(join(tmpdir(), 'midonet-package-'));
  try {
    const tree = join(stage, 'tree');
    mkdirSync(tree, { mode: 0o755 });
    await stagePackage(root, tree, version);
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `midonet_${version}_amd64.deb`);
    const built = spawnSync('dpkg-deb', ['--root-owner-group', '-Zgzip', `-z${level}`, '--build', tree, path], {
      encoding: 'utf8',
    });
    if (built.status !== 0) throw new Error(`dpkg-deb: ${built.error?.message ?? built.stderr}`);
    return path;
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}
