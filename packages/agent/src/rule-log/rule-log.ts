import { chmodSync, closeSync, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';

/** So many files of so many bytes each are kept: the one that grows and those before it. */
const MAX_BYTES = 16 * 1024 * 1024;
const KEPT = 5;
/** Lines that wait for the next flush. What comes on top is lost, and counted. */
const MAX_WAITING = 1000;

export type RuleLogBounds = { readonly maxBytes?: number; readonly kept?: number; readonly maxWaiting?: number };

/**
 * Decisions of chains as a file of lines (0600), written a batch at a time. A file that is full
 * becomes `NAME.1`, that one `NAME.2`; the oldest goes.
 */
export class RuleLog {
  readonly #path: string;
  #maxBytes: number;
  #kept: number;
  readonly #maxWaiting: number;
  readonly #onFailed: (message: string) => void;
  #waiting: string[] = [];
  #fd: number | undefined;
  #bytes = 0;
  #hasFailed = false;
  #lost = 0;

  /** `onFailed` hears when the file cannot be written, once until it can be again. */
  constructor(path: string, onFailed: (message: string) => void, bounds: RuleLogBounds = {}) {
    this.#path = path;
    this.#onFailed = onFailed;
    this.#maxBytes = bounds.maxBytes ?? MAX_BYTES;
    this.#kept = bounds.kept ?? KEPT;
    this.#maxWaiting = bounds.maxWaiting ?? MAX_WAITING;
  }

  /** From the next line on; files that are too many then go at once. */
  bound({ maxBytes = this.#maxBytes, kept = this.#kept }: RuleLogBounds): void {
    for (let n = kept; n < this.#kept; n++) rmSync(`${this.#path}.${n}`, { force: true });
    this.#maxBytes = maxBytes;
    this.#kept = kept;
  }

  /** Lines that were not written. */
  get lost(): number {
    return this.#lost;
  }

  /** `line` is made only when there is room for it. */
  add(line: () => string): void {
    if (this.#waiting.length < this.#maxWaiting) this.#waiting.push(line());
    else this.#lost++;
  }

  flush(): void {
    if (this.#waiting.length === 0) return;
    const lines = this.#waiting;
    this.#waiting = [];
    try {
      for (const part of this.#parts(lines)) {
        this.#fd ??= this.#open();
        // A disk that is nearly full takes less than it is given.
        for (let at = 0; at < part.length;) at += writeSync(this.#fd, part, at);
        this.#bytes += part.length;
        if (this.#bytes >= this.#maxBytes) this.#rotate();
      }
      this.#hasFailed = false;
    } catch (error) {
      this.#lost += lines.length;
      this.#shut();
      if (!this.#hasFailed) this.#onFailed(error instanceof Error ? error.message : String(error));
      this.#hasFailed = true;
    }
  }

  close(): void {
    this.flush();
    this.#shut();
  }

  /** No part much longer than a file may be. */
  *#parts(lines: readonly string[]): Generator<Buffer> {
    let part: string[] = [];
    let size = 0;
    for (const line of lines) {
      part.push(`${line}\n`);
      size += line.length + 1;
      if (this.#bytes + size < this.#maxBytes) continue;
      yield Buffer.from(part.join(''));
      [part, size] = [[], 0];
    }
    if (part.length > 0) yield Buffer.from(part.join(''));
  }

  #open(): number {
    const fd = openSync(this.#path, 'a', 0o600);
    chmodSync(this.#path, 0o600);
    this.#bytes = fstatSync(fd).size;
    return fd;
  }

  #shut(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #rotate(): void {
    this.#shut();
    for (let n = this.#kept - 1; n > 0; n--) {
      try {
        renameSync(n === 1 ? this.#path : `${this.#path}.${n - 1}`, `${this.#path}.${n}`);
      } catch (error) {
        // There are not so many yet.
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      }
    }
  }
}
