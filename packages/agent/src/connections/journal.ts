import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { crc32 } from 'node:zlib';
import type { Connection } from '@midonet/flow';
import type { StateDir } from '../host/state-dir.ts';
import { CODEC_VERSION, ConnectionCodec, type Told } from './connection-codec.ts';
import type { ConnectionKey } from './connection-table.ts';
import { ClassParts, classStatements } from './exchange/class-statements.ts';
import { LONGEST_STATEMENT, readStatements, writeStatement, type Statement } from './exchange/statement.ts';

const FILE = 'connections.log';
const NEXT = 'connections.log.next';
const MAGIC = Buffer.from(`MNCL${String.fromCharCode(1, CODEC_VERSION)}\0\0`, 'latin1');
const FRAME_HEAD = 8;
const BUFFER = 256 * 1024;
/** Some 100,000 statements: what is gone by then need not be written again. */
const SMALLEST_TO_COMPACT = 16 * 1024 * 1024;
/** Of a compaction at a time: a millisecond or two. */
const SLICE = 1_000;

/** A class of connections that begin in the datapath, by the number that it tells them with. */
export type JournalClass = { readonly number: number; readonly members: readonly Connection[] };

export type JournalModules = {
  readonly state: StateDir;
  /** Everything that stands, for a journal that is written anew. */
  readonly all: () => Iterable<Told>;
  /** The classes of connections that may begin without this agent. */
  readonly classes: () => Iterable<JournalClass>;
  /** The disk is full, or broken: a restart would know less. */
  readonly failed: (error: unknown) => void;
  /** Bytes of a file that is not written anew, however little of it stands. */
  readonly smallestToCompact?: number;
};

/**
 * Connections on disk, so that an agent that is killed goes on with them: what happened, in order,
 * appended at the end of each batch. No fsync: the kernel keeps what a process wrote when it dies,
 * and connections of before a power failure are worth nothing.
 *
 * ```
 *  file:  magic, 8 bytes │ frame │ frame │ …
 *  frame: length (4) │ CRC-32 (4) │ statements
 * ```
 *
 * A file that has become twice what it must be is written anew beside the old one, bit by bit, while
 * what happens goes to both.
 */
export class Journal {
  readonly counters = { written: 0, compacted: 0, failures: 0 };
  readonly #modules: JournalModules;
  readonly #codec = new ConnectionCodec();
  readonly #buffer = Buffer.allocUnsafe(BUFFER);
  #at = FRAME_HEAD;
  #fd: number | undefined;
  #bytes = 0;
  readonly #smallest: number;
  #limit: number;
  #next: { readonly fd: number; readonly rest: Iterator<Told>; bytes: number } | undefined;

  constructor(modules: JournalModules) {
    this.#modules = modules;
    this.#smallest = modules.smallestToCompact ?? SMALLEST_TO_COMPACT;
    this.#limit = this.#smallest;
  }

  /** What an earlier run left, then what happens is added. Broken ends are cut off. */
  *open(): Generator<Told | ConnectionKey | JournalClass> {
    const { state, failed } = this.#modules;
    const path = state.file(FILE);
    let end = 0;
    const parts = new ClassParts();
    try {
      const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
      if (bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
        end = MAGIC.length;
        for (;;) {
          const frame = frameAt(bytes, end);
          const statements = frame && readStatements(this.#codec, frame.body);
          if (statements === undefined || frame === undefined) break;
          for (const statement of statements) {
            if (statement.kind === 'opened') yield statement.told;
            else if (statement.kind === 'closed') yield statement.key;
            else if (statement.kind === 'class') {
              const members = parts.add(statement);
              if (members !== undefined) yield { number: statement.number, members };
            }
          }
          end = frame.end;
        }
      }
      this.#fd = openSync(path, 'a', 0o600);
      if (end === 0 || end < fstatSync(this.#fd).size) ftruncateSync(this.#fd, end);
      if (end === 0) writeSync(this.#fd, MAGIC);
      this.#bytes = Math.max(end, MAGIC.length);
      this.#limit = Math.max(this.#smallest, this.#bytes * 2);
    } catch (error) {
      this.counters.failures += 1;
      failed(error);
    }
  }

  opened(told: Told): void {
    this.#say({ kind: 'opened', told });
  }

  class({ number, members }: JournalClass): void {
    for (const statement of classStatements(number, members)) this.#say(statement);
  }

  closed(key: ConnectionKey): void {
    this.#say({ kind: 'closed', key });
  }

  /** Hands everything to the kernel. */
  flush(): void {
    const bytes = this.#at;
    if (bytes === FRAME_HEAD) return;
    this.#at = FRAME_HEAD;
    const frame = this.#seal(bytes);
    this.#bytes += this.#write(this.#fd, frame);
    if (this.#next !== undefined) this.#next.bytes += this.#write(this.#next.fd, frame);
    else if (this.#bytes > this.#limit) this.#beginCompaction();
  }

  /** Goes on with a compaction, a little. True while there is more to do. */
  work(): boolean {
    if (this.#next === undefined) return false;
    this.flush();
    const { rest } = this.#next;
    for (let i = 0; i < SLICE; i++) {
      const step = rest.next();
      if (step.done === true) {
        this.#endCompaction();
        return false;
      }
      this.#add({ kind: 'opened', told: step.value });
      if (this.#isFull) this.#flushNext();
    }
    this.#flushNext();
    return true;
  }

  /** 'remove': nobody will go on with them. */
  close(how: 'keep' | 'remove'): void {
    this.flush();
    if (how === 'remove' && this.#fd !== undefined) ftruncateSync(this.#fd, 0);
    if (this.#next !== undefined) closeSync(this.#next.fd);
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#next = this.#fd = undefined;
  }

  get #isFull(): boolean {
    return this.#at + LONGEST_STATEMENT > BUFFER;
  }

  #say(statement: Statement): void {
    if (this.#fd === undefined) return;
    this.counters.written += 1;
    this.#add(statement);
    if (this.#isFull) this.flush();
  }

  /** What has no encoding is not kept. */
  #add(statement: Statement): void {
    const end = writeStatement(this.#codec, this.#buffer, this.#at, statement);
    if (end !== 0) this.#at = end;
  }

  #seal(end: number): Buffer {
    const frame = this.#buffer.subarray(0, end);
    frame.writeUInt32BE(end - FRAME_HEAD, 0);
    frame.writeUInt32BE(crc32(frame.subarray(FRAME_HEAD)), 4);
    return frame;
  }

  #write(fd: number | undefined, bytes: Uint8Array): number {
    if (fd === undefined) return 0;
    try {
      let at = 0;
      while (at < bytes.length) at += writeSync(fd, bytes, at);
      return at;
    } catch (error) {
      // A frame that was half written hides those after it: nothing more can be added to this file.
      this.#failed(error);
      return 0;
    }
  }

  #failed(error: unknown): void {
    this.counters.failures += 1;
    for (const fd of [this.#fd, this.#next?.fd]) if (fd !== undefined) closeSync(fd);
    this.#fd = this.#next = undefined;
    this.#modules.failed(error);
  }

  #beginCompaction(): void {
    try {
      const fd = openSync(this.#modules.state.file(NEXT), 'w', 0o600);
      writeSync(fd, MAGIC);
      this.#next = { fd, rest: this.#modules.all()[Symbol.iterator](), bytes: MAGIC.length };
      // To both files, ahead of the connections of these.
      for (const one of this.#modules.classes()) this.class(one);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Statements of the compaction alone. */
  #flushNext(): void {
    if (this.#at === FRAME_HEAD || this.#next === undefined) return;
    const frame = this.#seal(this.#at);
    this.#at = FRAME_HEAD;
    this.#next.bytes += this.#write(this.#next.fd, frame);
  }

  #endCompaction(): void {
    this.#flushNext();
    if (this.#next === undefined) return;
    const { fd, bytes } = this.#next;
    try {
      renameSync(this.#modules.state.file(NEXT), this.#modules.state.file(FILE));
    } catch (error) {
      this.#failed(error);
      return;
    }
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = fd;
    this.#next = undefined;
    this.#bytes = bytes;
    this.#limit = Math.max(this.#smallest, bytes * 2);
    this.counters.compacted += 1;
  }
}

function frameAt(bytes: Buffer, at: number): { readonly body: Uint8Array; readonly end: number } | undefined {
  if (at + FRAME_HEAD > bytes.length) return undefined;
  const end = at + FRAME_HEAD + bytes.readUInt32BE(at);
  if (end > bytes.length) return undefined;
  const body = bytes.subarray(at + FRAME_HEAD, end);
  return crc32(body) === bytes.readUInt32BE(at + 4) ? { body, end } : undefined;
}
