import type { EventEmitter } from 'node:events';

/** What became of a program's output. */
export type Output = {
  /** Fires when somebody who read it went away: `| head` has seen enough. */
  readonly readerGone: AbortSignal;
  /** Why it could not be written, of a full disk for instance; not of a reader that went away. */
  failure(): string | undefined;
};

/**
 * From now on output that nobody can take ends nothing: the program goes on with what it does, silently. Left
 * alone, Node ends a process in the middle of its work when the reader of a pipe goes away.
 */
export function outliveReaders(streams: readonly EventEmitter[] = [process.stdout, process.stderr]): Output {
  const gone = new AbortController();
  let failed: string | undefined;
  for (const stream of streams) {
    let first = true;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // What a stream says after its first error is about that it has failed.
      if (!first) return;
      first = false;
      if (error.code === 'EPIPE') gone.abort();
      else failed ??= error.message;
    });
  }
  return { readerGone: gone.signal, failure: () => failed };
}
