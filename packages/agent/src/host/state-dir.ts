import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
  fsyncSync,
} from 'node:fs';
import { join } from 'node:path';
import { agentLock, agentOf, ownLock } from '@midonet/contract/host-files';

export type StateDirErrorCode = 'inUse' | 'unwritable';

export class StateDirError extends Error {
  readonly code: StateDirErrorCode;
  constructor(code: StateDirErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StateDirError';
    this.code = code;
  }
}

/**
 * The folder that is all an agent has on disk. One agent holds it at a time; nothing in it is shared
 * with another agent, so any number of them can run on one kernel.
 */
export class StateDir {
  readonly path: string;
  readonly #lock: string;

  /** Makes the folder (0700) and takes it. Throws StateDirError 'inUse' when another process has it. */
  constructor(path: string) {
    this.path = path;
    this.#lock = agentLock(path);
    try {
      mkdirSync(path, { recursive: true, mode: 0o700 });
      chmodSync(path, 0o700);
      this.#take();
    } catch (error) {
      if (error instanceof StateDirError) throw error;
      const message = error instanceof Error ? error.message : String(error);
      throw new StateDirError('unwritable', `cannot use the state folder ${path}: ${message}`, { cause: error });
    }
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** The content of a file; undefined when there is none. */
  read(name: string): string | undefined {
    try {
      return readFileSync(this.file(name), 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /**
   * Replaces a file as a whole (0600): a crash leaves the old one or the new one. `lasting`: also a power
   * failure, for which packets wait as long as the disk takes.
   */
  write(name: string, content: string, how: 'lasting' | 'quick' = 'lasting'): void {
    const temporary = this.file(`.${name}.new`);
    const fd = openSync(temporary, 'w', 0o600);
    try {
      writeSync(fd, content);
      if (how === 'lasting') fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, this.file(name));
  }

  release(): void {
    if (agentOf(this.path) === process.pid) unlinkSync(this.#lock);
  }

  #take(): void {
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        const fd = openSync(this.#lock, 'wx', 0o600);
        writeSync(fd, ownLock());
        closeSync(fd);
        return;
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      }
      const holder = agentOf(this.path);
      if (holder !== undefined) {
        throw new StateDirError(
          'inUse',
          `an agent (process ${holder}) already uses ${this.path}: stop it, or give this one another folder with --state`,
        );
      }
      // Left behind by a process that was killed.
      unlinkSync(this.#lock);
    }
    throw new StateDirError('inUse', `another agent is starting in ${this.path}`);
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
