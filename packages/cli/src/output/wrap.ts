/** Narrower than this nothing is wrapped: it would be one word a line. */
const NARROWEST = 20;

/**
 * The text in lines that fit, cut at blanks, each but the first behind `indent` blanks; the first
 * begins at that column. A word that is longer than a line stays whole.
 */
export function wrap(text: string, indent: number, width: number | undefined): string {
  const room = width === undefined ? Infinity : width - indent;
  if (text.length <= room || room < NARROWEST) return text;
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join(`\n${' '.repeat(indent)}`);
}
