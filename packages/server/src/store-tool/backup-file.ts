import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Row } from './fill-store.ts';

/**
 * Lines of JSON: `{"midonet":"store","format":1,"revision":n}`, then a row `{"key":…,"value":…}` a
 * line, then `{"rows":n,"sha256":…}` over the lines before. Raise the format when that changes.
 */
const FORMAT = 1;

/** Writes a file that only its owner may read, under another name until it is whole. Answers how many rows. */
export async function writeBackup(path: string, revision: number, rows: AsyncIterable<Row>): Promise<number> {
  const draft = `${path}.new`;
  const file = await open(draft, 'w', 0o600);
  const hash = createHash('sha256');
  let count = 0;
  try {
    const line = async (value: unknown): Promise<void> => {
      const text = `${JSON.stringify(value)}\n`;
      hash.update(text);
      await file.appendFile(text);
    };
    await file.chmod(0o600);
    await line({ midonet: 'store', format: FORMAT, revision });
    for await (const row of rows) {
      await line(row);
      count++;
    }
    await file.appendFile(`${JSON.stringify({ rows: count, sha256: hash.digest('hex') })}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  return count;
}

/** Reads the file to its end and checks that it is whole; answers its revision. Throws Error with what is wrong. */
export async function checkBackup(path: string): Promise<number> {
  const hash = createHash('sha256');
  let last: string | undefined;
  let first: string | undefined;
  let rows = -2;
  for await (const line of linesOf(path)) {
    if (last !== undefined) hash.update(`${last}\n`);
    first ??= line;
    last = line;
    rows++;
  }
  const head = parse(first);
  if (head['midonet'] !== 'store') throw new Error(`${path} is no backup of a store`);
  if (head['format'] !== FORMAT) {
    throw new Error(`${path} has format ${String(head['format'])}, this program reads ${FORMAT}: use a newer one`);
  }
  const tail = parse(last);
  if (tail['rows'] !== rows || tail['sha256'] !== hash.digest('hex')) {
    throw new Error(`${path} is cut short or damaged; nothing was restored`);
  }
  return Number(head['revision']);
}

/** The rows of a file that was checked. */
export async function* rowsOfBackup(path: string): AsyncGenerator<Row> {
  for await (const line of linesOf(path)) {
    const { key, value } = parse(line);
    if (typeof key === 'string' && typeof value === 'string') yield { key, value };
  }
}

function linesOf(path: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(path), crlfDelay: Infinity });
}

function parse(line: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line ?? '');
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
