import { CliError } from '../cli-error.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { splitWords } from './split-words.ts';

/** Runs one command line and gives its exit code. */
export type RunWords = (words: readonly string[]) => Promise<number>;

/** `code`: as of a command of its own; `exit`: nothing more is wanted. */
export type Ran = { readonly code: number; readonly exit: boolean };

const [DONE, WRONG] = [EXIT_CODES.done[0], EXIT_CODES.usage[0]];

/** Runs what a line says; daemons and shells within the shell are refused. */
export async function runLine(line: string, run: RunWords, note: (text: string) => void): Promise<Ran> {
  let words: string[];
  try {
    words = splitWords(line);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    note(`midonet: ${error.message}`);
    return { code: WRONG, exit: false };
  }
  if (words[0] === 'midonet') words.shift();
  const [first] = words;
  if (first === undefined) return { code: DONE, exit: false };
  if (first === 'exit' || first === 'quit') return { code: DONE, exit: true };
  if (['controller', 'agent', 'store', 'up', 'shell'].includes(first)) {
    note(`midonet: ${first} is started outside of this shell`);
    return { code: WRONG, exit: false };
  }
  return { code: await run(first === 'help' ? [...words.slice(1), '--help'] : words), exit: false };
}
