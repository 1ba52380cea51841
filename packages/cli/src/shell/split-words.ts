import { usageError } from '../cli-error.ts';

/** Splits a line as a shell does: blanks, single and double quotes, backslashes; nothing is expanded. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
      else if (character === '\\' && quote === '"') word = (word ?? '') + line.charAt(++at);
      else word = (word ?? '') + character;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= '';
    } else if (character === '\\') word = (word ?? '') + line.charAt(++at);
    else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === '#' && word === undefined) break;
    else word = (word ?? '') + character;
  }
  if (quote !== undefined) throw usageError(`a ${quote} is opened and not closed`);
  if (word !== undefined) words.push(word);
  return words;
}
