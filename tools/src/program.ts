import { spawn, type ChildProcess } from 'node:child_process';

const DRAIN_MS = 2_000;
/** What a program told to end has to say where it was. */
const LAST_WORDS_MS = 5_000;

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
 * that takes longer than `timeoutMs` is told to end, which makes `node --test` name the files it was at,
 * and is killed with all it started.
 */
export async function runProgram(
  command: readonly [string, ...string[]],
  options: { readonly root: string; readonly timeoutMs?: number; readonly env?: Readonly<Record<string, string>> },
): Promise<ProgramResult> {
  const [program, ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: options.root,
      env: {
        NODE_COMPILE_CACHE: `${options.root}/.cache/node`,
        ...process.env,
        ...options.env,
        PATH: `${options.root}/node_modules/.bin:${process.env['PATH'] ?? ''}`,
        NO_COLOR: '1',
        // Set when a test runs this; tests started from here print for people all the same.
        NODE_TEST_CONTEXT: undefined,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that a limit ends what the program started, too.
      detached: options.timeoutMs !== undefined,
    });
    running.add(child);
    let late = false;
    let kill: NodeJS.Timeout | undefined;
    const stop = (): void => {
      late = true;
      child.kill('SIGTERM');
      kill = setTimeout(() => killGroup(child), LAST_WORDS_MS);
    };
    const limit = options.timeoutMs === undefined ? undefined : setTimeout(stop, options.timeoutMs);
    let output = '';
    const collect = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const ended = (): void => {
      clearTimeout(limit);
      clearTimeout(kill);
      if (late) killGroup(child);
      running.delete(child);
    };
    child.on('error', (error) => {
      ended();
      resolve({ code: 127, output: `${program}: ${error.message}; what is missing comes with: npm ci\n` });
    });
    // What the program left running may hold its streams open for ever: they get a moment to drain, no more.
    child.on('exit', (code, signal) => {
      if (late) output += `${program} did not end within its time limit of ${options.timeoutMs} ms\n`;
      else if (signal !== null) output += `${program} ended by ${signal}\n`;
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
