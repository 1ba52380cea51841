import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { usageError } from '../cli-error.ts';
import type { Session } from '../session.ts';
import type { Options } from '../verbs.ts';

export const PASSWORD_OPTION = [
  '--password-file <file>',
  'holds the password (or MIDONET_PASSWORD; else it is asked)',
] as const;

/** Never from the command line, where everybody on the machine can read it. */
export async function readPassword(session: Session, options: Options, prompt: string): Promise<string> {
  const file = options.text('passwordFile');
  if (file !== undefined) return fromFile(file);
  const given = session.env['MIDONET_PASSWORD'];
  if (given !== undefined) return given;
  if (!process.stdin.isTTY) return firstLine(readFileSync(0, 'utf8'));
  return ask(prompt);
}

function fromFile(file: string): string {
  try {
    return firstLine(readFileSync(file, 'utf8'));
  } catch (error) {
    throw usageError(`--password-file: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function firstLine(text: string): string {
  const [line = ''] = text.split('\n', 1);
  if (line === '') throw usageError('the password is empty; give it by --password-file or MIDONET_PASSWORD');
  return line;
}

/** Asks on the terminal and shows nothing of what is typed. */
async function ask(prompt: string): Promise<string> {
  process.stderr.write(prompt);
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve);
      lines.once('close', () => reject(usageError('no password was given')));
      lines.once('SIGINT', () => reject(usageError('interrupted')));
    });
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
