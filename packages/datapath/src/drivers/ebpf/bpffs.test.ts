import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { kernelTestsImpossible, Lab } from '../../../testing/kernel-lab.ts';

const skip = kernelTestsImpossible() ?? false;

/** What an agent does with its folder, in a process younger than the containers are. */
const PINS = `
import { mkdirSync } from 'node:fs';
import { openBpffs, unmountBpffs } from '${new URL('./bpffs.ts', import.meta.url).href}';
const [stateDir, name] = process.argv.slice(1);
if (name === undefined) unmountBpffs(stateDir);
else mkdirSync(openBpffs(stateDir).path + '/' + name);
`;

function pin(...words: readonly string[]): void {
  execFileSync(process.execPath, ['--input-type=module', '-e', PINS, ...words]);
}

/** A process in a mount namespace of its own, where `prepare` was done. */
async function container(prepare: string): Promise<ChildProcess> {
  const child = spawn('unshare', ['-m', 'sh', '-c', `set -e; ${prepare}; echo ready; exec sleep 600`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

test(
  'the pins of a container with a folder of the same name are left alone, those of the same folder shared',
  { skip },
  async () => {
    const lab = new Lab('b');
    const stateDir = join(lab.directory, 'state');
    execFileSync('mkdir', [stateDir]);
    const mount = `mkdir -p ${stateDir}/bpf; mount -t bpf bpf ${stateDir}/bpf; mkdir ${stateDir}/bpf/theirs`;
    const other = await container(`mount -t tmpfs tmpfs ${stateDir}; ${mount}`);
    const pinsOf = ({ pid }: { readonly pid?: number | undefined }): readonly string[] =>
      readdirSync(`/proc/${pid}/root${stateDir}/bpf`, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name);
    const same = [other];
    try {
      pin(stateDir, 'ours');
      assert.deepEqual(pinsOf(other), ['theirs']);
      assert.deepEqual(pinsOf(process), ['ours'], 'mounted where it outlives the process');
      pin(stateDir);
      assert.deepEqual(pinsOf(other), ['theirs'], 'and not unmounted there');
      assert.deepEqual(pinsOf(process), []);

      same.push(await container(mount));
      pin(stateDir, 'ours');
      assert.deepEqual(pinsOf(same[1] ?? {}).toSorted(), ['ours', 'theirs'], 'the same folder, entered elsewhere');
    } finally {
      for (const child of same) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      pin(stateDir);
      await lab.close();
    }
  },
);
