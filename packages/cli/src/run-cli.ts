import { ApiError } from '@midonet/contract';
import { CommanderError } from 'commander';
import { setImmediate } from 'node:timers/promises';
import { CliError, failure } from './cli-error.ts';
import { exitCodeOf } from './exit-codes.ts';
import { createProgram } from './program.ts';
import type { Surroundings } from './session.ts';

/** Runs one command line and gives its exit code, one of exit-codes.ts. */
export async function runCli(words: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    await createProgram(surroundings).parseAsync([...words], { from: 'user' });
    await written(surroundings);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const text = explain(error);
    if (text !== '') surroundings.stderr.write(`midonet: ${text}\n`);
    return exitCodeOf(error);
  }
}

/** Fails when the output did not get where it should; that its reader had enough of it is no failure. */
async function written({ output }: Surroundings): Promise<void> {
  if (output === undefined) return;
  await setImmediate(); // errors of writing come a turn later
  const why = output.failure();
  if (why !== undefined) throw failure(`it is done, but what it printed could not be written: ${why}`);
}

function explain(error: unknown): string {
  if (error instanceof CliError) return error.message;
  if (error instanceof ApiError) {
    switch (error.failure.kind) {
      case 'unreachable':
        return `${error.message}; is it running? (midonet controller, or --url for another one)`;
      case 'protocol':
        return error.message;
      case 'refused':
        return error.status === 401 && error.failure.endpoint !== 'login.create'
          ? `${error.message}; give the controller's token by --token or MIDONET_TOKEN (it is in STATE/token), or log in: midonet login`
          : error.message;
    }
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
