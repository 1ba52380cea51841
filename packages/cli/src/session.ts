import { createClient, type Client } from '@midonet/contract';
import type { Output } from '@midonet/contract/process';
import { timeBack } from './access/duration.ts';
import { trustFile } from './certificate-authority.ts';
import { findConnection, type Connection, type ConnectionFlags } from './connection.ts';
import { structured, type Format } from './output/format.ts';
import { fields } from './output/table.ts';
import { Directory, shortId } from './objects/directory.ts';

/** What the commands use of the process they run in; tests hand in their own. */
export type Surroundings = {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: { write(text: string): unknown };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the shell reads its lines from; the process's own by default. */
  readonly stdin?: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  /** What becomes of what is written. */
  readonly output?: Output;
};

export type GlobalFlags = ConnectionFlags & {
  /** JSON or YAML: values, not text. */
  readonly json?: boolean | undefined;
  readonly format?: Format | undefined;
  readonly ca?: string | undefined;
  /** Look at the past: a revision, a time, or how long back. */
  readonly at?: string | undefined;
};

/** What a user asks for faster than the controller lets one waits for its turn: a large file is applied, if slower. */
const PATIENCE_MS = 60_000;
const NEVER = new AbortController().signal;

/** One invocation: its flags, its output, and its controller once something asks for it. */
export class Session {
  readonly flags: GlobalFlags;
  readonly #surroundings: Surroundings;
  #client: Client | undefined;
  #connection: Connection | undefined;
  #directory: Directory | undefined;
  #moment: string | undefined;
  #printed = false;

  constructor(flags: GlobalFlags, surroundings: Surroundings) {
    this.flags = flags;
    this.#surroundings = surroundings;
  }

  get client(): Client {
    if (this.#client === undefined) {
      const { urls, token } = this.connection;
      this.#client = createClient({ baseUrl: urls, token, at: this.at, patienceMs: PATIENCE_MS });
    }
    return this.#client;
  }

  /** Reads what is now, whatever --at says. */
  get presentClient(): Client {
    const { urls, token } = this.connection;
    return createClient({ baseUrl: urls, token });
  }

  /** What --at says, as the controller takes it: a revision or a time. */
  get at(): string | undefined {
    const { at } = this.flags;
    if (at === undefined || /^\d+$/.test(at)) return at;
    // The same moment for every request of this command.
    return (this.#moment ??= timeBack('--at', at, Date.now()));
  }

  /** Where the controller is and what is shown to it; what --ca names is trusted from here on. */
  get connection(): Connection {
    if (this.#connection === undefined) {
      const ca = this.flags.ca ?? this.env['MIDONET_CA'];
      if (ca !== undefined) trustFile(ca);
      this.#connection = findConnection(this.flags, this.env);
    }
    return this.#connection;
  }

  get directory(): Directory {
    this.#directory ??= new Directory(this.client);
    return this.#directory;
  }

  /** One that knows nothing yet. */
  freshDirectory(): Directory {
    return new Directory(this.client);
  }

  /** Fires when nobody reads what this prints any more: time to end for what would go on until interrupted. */
  get readerGone(): AbortSignal {
    return this.#surroundings.output?.readerGone ?? NEVER;
  }

  get env(): Surroundings['env'] {
    return this.#surroundings.env;
  }

  /** Columns of the terminal; undefined when the output is no terminal and need not be cut. */
  get width(): number | undefined {
    if (this.flags.format === 'wide' || this.#surroundings.stdout.isTTY !== true) return undefined;
    return this.#surroundings.stdout.columns;
  }

  /** An object's members, a line each. */
  fields(entries: readonly (readonly [string, string])[]): string {
    return fields(entries, this.width);
  }

  /** Whether anything went to standard output. */
  get printed(): boolean {
    return this.#printed;
  }

  print(text: string): void {
    this.#printed = true;
    this.#surroundings.stdout.write(`${text}\n`);
  }

  note(text: string): void {
    this.#surroundings.stderr.write(`${text}\n`);
  }

  /** An id in a table: its beginning, or all of it where there is room. */
  idText(id: string): string {
    return this.flags.format === 'wide' ? id : shortId(id);
  }

  /** The value as JSON or YAML when that is asked for, else what `text` makes of it. */
  show<T>(value: T, text: (value: T) => string): void {
    this.print(this.flags.json === true ? structured(value, this.flags.format ?? 'json') : text(value));
  }
}
