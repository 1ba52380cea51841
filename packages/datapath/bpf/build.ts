/**
 * Builds the eBPF programs: key header from the flow package's table, clang, bpftool's light
 * skeleton cut into two blobs, and struct offsets out of BTF. Does nothing when the result is
 * newer than its sources, so it may run at every start. Usage: node packages/datapath/bpf/build.ts
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';
import { keyHeader } from './key-header.ts';
import { readLayout } from './layout.ts';
import { splitSkeleton } from './skeleton.ts';

const here = import.meta.dirname;
const out = join(here, '..', 'dist', 'bpf');

/** Hash of everything that goes into the blobs. */
function inputHash(header: string): string {
  const hash = createHash('sha256').update(header);
  for (const name of readdirSync(here).sort()) {
    if (/\.(c|h|ts)$/.test(name)) hash.update(name).update(readFileSync(join(here, name)));
  }
  return hash.digest('hex');
}

function run(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') {
      throw new Error(
        `${command} is not installed; it builds the eBPF datapath. On Debian: apt-get install clang llvm bpftool libbpf-dev`,
        { cause },
      );
    }
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : '';
    throw new Error(`${command} failed:\n${said}`, { cause });
  }
}

/** Returns true when it had to build. Throws with what to install when a tool is missing. */
export function buildBpf(): boolean {
  const header = keyHeader();
  const hash = inputHash(header);
  const stamp = join(out, 'stamp');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return false;
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'key.h'), header);
  const object = join(out, 'datapath.o');
  const triplet = arch() === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  const flags = ['-O2', '-g', '-Wall', '-Werror', '-target', 'bpf', '-mcpu=v3', `-I${out}`];
  run('clang', [...flags, '-idirafter', `/usr/include/${triplet}`, '-c', join(here, 'datapath.bpf.c'), '-o', object]);
  const skeleton = splitSkeleton(run('bpftool', ['gen', 'skeleton', '-L', object]));
  const layout = readLayout(run('bpftool', ['btf', 'dump', 'file', object, '-j']));
  writeFileSync(join(out, 'datapath.data'), skeleton.data);
  writeFileSync(join(out, 'datapath.insns'), skeleton.insns);
  const layoutText = JSON.stringify(layout, undefined, 1);
  writeFileSync(
    join(out, 'datapath.json'),
    JSON.stringify(
      {
        maps: skeleton.maps,
        programs: skeleton.programs,
        layoutHash: createHash('sha256').update(layoutText).digest('hex').slice(0, 32),
        programHash: createHash('sha256').update(skeleton.data).update(skeleton.insns).digest('hex').slice(0, 32),
        layout,
      },
      undefined,
      1,
    ),
  );
  writeFileSync(`${stamp}.new`, hash);
  renameSync(`${stamp}.new`, stamp);
  return true;
}

if (import.meta.main) process.stdout.write(buildBpf() ? 'eBPF datapath built\n' : '');
