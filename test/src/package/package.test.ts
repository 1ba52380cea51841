import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '../../..');

test('the package has all it needs: built, unpacked, a controller runs from it', { timeout: 300_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'midonet-deb-'));
  try {
    const build = [join(ROOT, 'tools/src/package/main.ts'), folder, '1'];
    const deb = execFileSync(process.execPath, build, { encoding: 'utf8' }).trim();
    const field = (name: string): string => execFileSync('dpkg-deb', ['-f', deb, name], { encoding: 'utf8' }).trim();
    assert.deepEqual([field('Package'), field('Architecture')], ['midonet', 'amd64']);
    execFileSync('dpkg-deb', ['-e', deb, join(folder, 'control')]);
    for (const file of readFileSync(join(folder, 'control/conffiles'), 'utf8').trim().split('\n')) {
      assert.match(file, /^\/etc\/midonet\//);
    }
    for (const script of ['postinst', 'prerm', 'postrm']) {
      execFileSync('sh', ['-n', join(folder, 'control', script)]);
      assert.equal(statSync(join(folder, 'control', script)).mode & 0o777, 0o755);
    }
    const tree = join(folder, 'tree');
    execFileSync('dpkg-deb', ['-x', deb, tree]);
    for (const unit of ['controller', 'agent']) {
      assert.ok(existsSync(join(tree, `usr/lib/systemd/system/midonet-${unit}.service`)));
    }
    await useIt(tree, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Out of the unpacked tree alone, far from the repository. */
async function useIt(tree: string, folder: string): Promise<void> {
  const midonet = join(tree, 'usr/bin/midonet');
  const environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: folder };
  const config = join(tree, 'etc/midonet/controller.conf');
  const own = ['--listen', '127.0.0.1:0', '--state', join(folder, 'state')];
  const controller = spawn(midonet, ['controller', '--config', config, ...own], {
    env: environment,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(controller, 'exit');
  try {
    let url: string | undefined;
    const said: string[] = [];
    for await (const line of createInterface({ input: controller.stdout })) {
      said.push(line);
      url = /"url":"([^"]+)"/.exec(line)?.[1];
      if (url !== undefined) break;
    }
    assert.ok(url !== undefined, said.join('\n'));
    const token = readFileSync(join(folder, 'state/token'), 'utf8').trim();
    assert.equal(statSync(join(folder, 'state')).mode & 0o777, 0o700);
    const run = (...words: string[]): string =>
      execFileSync(midonet, words, {
        encoding: 'utf8',
        cwd: '/',
        env: { ...environment, MIDONET_URL: url, MIDONET_TOKEN: token },
      });
    run('create', 'bridge', 'red');
    assert.match(run('list', 'bridges'), /red/);
    // The agent's own half: native library and datapath programs are found; without a controller to name, that is all.
    assert.match(run('agent', '--help'), /midonet agent:/);
    assert.match(run('store', '--help'), /midonet store/);
    assert.ok(existsSync(join(tree, 'usr/lib/midonet/bpf/datapath.json')));
    const load = `require('koffi').load('libc.so.6'); console.log('loaded')`;
    const loaded = execFileSync(join(tree, 'usr/lib/midonet/node'), ['-e', load], {
      encoding: 'utf8',
      cwd: join(tree, 'usr/lib/midonet'),
      env: environment,
    });
    assert.equal(loaded, 'loaded\n');
  } finally {
    controller.kill('SIGTERM');
    await exited;
  }
}
