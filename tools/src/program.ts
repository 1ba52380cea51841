import { spawn } from 'node:child_process';

const DRAIN_MS = 2_000;

export type ProgramResult = { readonly code: number; readonly output: string };

/**
 * Runs a program with the repository's own Node first on PATH and collects what it prints, both
 * streams together. `echo` also passes it on as it comes. Never rejects: a program that cannot be
 * started has code 127 and says so.
 */
export async function runProgram(
  command: readonly [string, ...string[]],
  options: { readonly root: string; readonly echo?: boolean; readonly timeoutMs?: number },
): Promise<ProgramResult> {
  const [program, ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: options.root,
      env: { ...process.env, PATH: `${options.root}/node_modules/.bin:${process.env['PATH'] ?? ''}`, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs,
      killSignal: 'SIGTERM',
    });
    let output = '';
    const collect = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
      if (options.echo === true) process.stdout.write(chunk);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', (error) => resolve({ code: 127, output: `${program}: ${error.message}\n` }));
    // What the program left running may hold its streams open for ever: they get a moment to drain, no more.
    child.on('exit', (code, signal) => {
      if (signal !== null) output += `${program} ended by ${signal} (time limit ${options.timeoutMs ?? 'none'} ms)\n`;
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
