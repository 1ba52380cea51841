import { CliError } from '../cli-error.ts';
import { splitWords } from './split-words.ts';

/** Runs one command line and gives its exit code. */
export type RunWords = (words: readonly string[]) => Promise<number>;

/** Runs what a line says; daemons and shells within the shell are refused. */
export async function runLine(line: string, run: RunWords, note: (text: string) => void): Promise<'exit' | 'on'> {
  let words: string[];
  try {
    words = splitWords(line);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    note(`midonet: ${error.message}`);
    return 'on';
  }
  if (words[0] === 'midonet') words.shift();
  const [first] = words;
  if (first === undefined) return 'on';
  if (first === 'exit' || first === 'quit') return 'exit';
  if (['controller', 'agent', 'store', 'up', 'shell'].includes(first)) {
    note(`midonet: ${first} is started outside of this shell`);
    return 'on';
  }
  await run(first === 'help' ? [...words.slice(1), '--help'] : words);
  return 'on';
}
