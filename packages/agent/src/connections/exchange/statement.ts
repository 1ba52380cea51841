import { type ConnectionCodec, LONGEST_CONNECTION, type Told } from '../connection-codec.ts';
import type { ConnectionKey } from '../connection-table.ts';

/**
 * What one host says to another. `everything` and `thatIsAll` enclose all that concerns the
 * receiver: what it was told before and is not told again between them is gone.
 *
 * ```
 *  ┌──────┬────────────────────────────┐
 *  │ kind │ 1 opened: connection       │
 *  │      │ 2 closed: its key          │
 *  │      │ 3 everything: nothing      │
 *  │      │ 4 thatIsAll: nothing       │
 *  │      │ 5 moved: port, connection  │
 *  │      │ 6 class: number (2), which │
 *  │      │   of its members, of how   │
 *  │      │   many, connection         │
 *  └──────┴────────────────────────────┘
 * ```
 */
export type Statement =
  /** Also when something about it changed, or to say that it is still in use. */
  | { readonly kind: 'opened'; readonly told: Told }
  | { readonly kind: 'closed'; readonly key: ConnectionKey }
  | { readonly kind: 'everything' }
  | { readonly kind: 'thatIsAll' }
  /** The port is the receiver's from now on, and with it this connection. */
  | { readonly kind: 'moved'; readonly port: string; readonly told: Told }
  /** One member of a class of connections, see `ConnectionClass`; from version 2 on. */
  | {
      readonly kind: 'class';
      readonly number: number;
      readonly index: number;
      readonly count: number;
      readonly told: Told;
    };

export const LONGEST_STATEMENT = LONGEST_CONNECTION + 66;

/** Writes at `at`, where LONGEST_STATEMENT bytes are free; gives the end, or 0 for what has no encoding. */
export function writeStatement(codec: ConnectionCodec, bytes: Uint8Array, at: number, statement: Statement): number {
  switch (statement.kind) {
    case 'opened':
      bytes[at] = OPENED;
      return codec.write(bytes, at + 1, statement.told);
    case 'closed':
      bytes[at] = CLOSED;
      return codec.writeKey(bytes, at + 1, statement.key);
    case 'everything':
      bytes[at] = EVERYTHING;
      return at + 1;
    case 'thatIsAll':
      bytes[at] = THAT_IS_ALL;
      return at + 1;
    case 'moved': {
      bytes[at] = MOVED;
      const next = codec.writeId(bytes, at + 1, statement.port);
      return next === 0 ? 0 : codec.write(bytes, next, statement.told);
    }
    case 'class': {
      const { number, index, count, told } = statement;
      bytes.set([CLASS, number >> 8, number & 0xff, index, count], at);
      return codec.write(bytes, at + 5, told);
    }
  }
}

/** The statements of a body; undefined when any of it is none. */
export function readStatements(codec: ConnectionCodec, body: Uint8Array): Statement[] | undefined {
  const statements: Statement[] = [];
  for (let at = 0; at < body.length;) {
    const read = readStatement(codec, body, at);
    if (read === undefined) return undefined;
    statements.push(read.statement);
    at = read.end;
  }
  return statements;
}

const [OPENED, CLOSED, EVERYTHING, THAT_IS_ALL, MOVED, CLASS] = [1, 2, 3, 4, 5, 6] as const;

function readStatement(
  codec: ConnectionCodec,
  body: Uint8Array,
  at: number,
): { readonly statement: Statement; readonly end: number } | undefined {
  switch (body[at]) {
    case OPENED: {
      const read = codec.read(body, at + 1, body.length);
      return read && { statement: { kind: 'opened', told: read.told }, end: read.end };
    }
    case CLOSED: {
      const read = codec.readKey(body, at + 1, body.length);
      return read && { statement: { kind: 'closed', key: read.key }, end: read.end };
    }
    case EVERYTHING:
      return { statement: { kind: 'everything' }, end: at + 1 };
    case THAT_IS_ALL:
      return { statement: { kind: 'thatIsAll' }, end: at + 1 };
    case MOVED: {
      const port = codec.readId(body, at + 1, body.length);
      const read = port && codec.read(body, at + 1 + port.length, body.length);
      return read && { statement: { kind: 'moved', port: port.id, told: read.told }, end: read.end };
    }
    case CLASS: {
      const read = at + 5 > body.length ? undefined : codec.read(body, at + 5, body.length);
      const number = (body[at + 1]! << 8) | body[at + 2]!;
      const [index, count] = [body[at + 3]!, body[at + 4]!];
      if (read === undefined || index >= count) return undefined;
      return { statement: { kind: 'class', number, index, count, told: read.told }, end: read.end };
    }
    default:
      return undefined;
  }
}
