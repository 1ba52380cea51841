import { spawn, type ChildProcess } from 'node:child_process';

const DRAIN_MS = 2_000;

const running = new Set<ChildProcess>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    for (const child of running) killGroup(child);
    process.exit(1);
  });
}

export type ProgramResult = { readonly code: number; readonly output: string };

/**
 * Runs a program with the repository's own Node first on PATH and collects what it prints, both
 * streams together. Never rejects: a program that cannot be started has code 127 and says so. One
 * that takes longer than `timeoutMs` is killed with all it started.
 */
export async function runProgram(
  command: readonly [string, ...string[]],
  options: { readonly root: string; readonly timeoutMs?: number },
): Promise<ProgramResult> {
  const [program, ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: options.root,
      env: {
        NODE_COMPILE_CACHE: `${options.root}/.cache/node`,
        ...process.env,
        PATH: `${options.root}/node_modules/.bin:${process.env['PATH'] ?? ''}`,
        NO_COLOR: '1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that a limit ends what the program started, too.
      detached: options.timeoutMs !== undefined,
    });
    running.add(child);
    const limit = options.timeoutMs === undefined ? undefined : setTimeout(() => killGroup(child), options.timeoutMs);
    let output = '';
    const collect = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const ended = (): void => {
      clearTimeout(limit);
      running.delete(child);
    };
    child.on('error', (error) => {
      ended();
      resolve({ code: 127, output: `${program}: ${error.message}\n` });
    });
    // What the program left running may hold its streams open for ever: they get a moment to drain, no more.
    child.on('exit', (code, signal) => {
      if (signal !== null) output += `${program} ended by ${signal} (time limit ${options.timeoutMs ?? 'none'} ms)\n`;
      ended();
      const done = (): void => {
        clearTimeout(drained);
        child.stdout.destroy();
        child.stderr.destroy();
        resolve({ code: code ?? 1, output });
      };
      const drained = setTimeout(done, DRAIN_MS);
      child.on('close', done);
    });
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}
