import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { must, run } from '../lab/shell.ts';

const MEGABYTES = 128;
const BLOCKS = [1 << 20, 1 << 12] as const;

/** A file system of its own in `folder`, that can be full. Only root mounts one. */
export class SmallDisk implements Disposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static mount(folder: string): SmallDisk {
    must(['mount', '-t', 'tmpfs', '-o', `size=${MEGABYTES}m,mode=0700`, 'midonet-crash', folder]);
    return new SmallDisk(folder);
  }

  /** Takes all that is free now. */
  fill(): void {
    const file = openSync(this.#ballast, 'a');
    try {
      for (const size of BLOCKS) while (isWritten(file, size));
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(this.#ballast, { force: true });
  }

  [Symbol.dispose](): void {
    // Lazily: whoever was killed a moment ago may have files open.
    run(['umount', '--lazy', this.#folder]);
  }

  get #ballast(): string {
    return join(this.#folder, 'ballast');
  }
}

function isWritten(file: number, size: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(size)) === size;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false;
    throw error;
  }
}
