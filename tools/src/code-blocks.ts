export type DocumentedCommand = { readonly words: readonly string[]; readonly line: number };

const SHELL = new Set(['sh', 'bash', 'console', 'shell']);

/**
 * The commands in a Markdown text's shell blocks (```sh, ```bash, ```console), one per logical line,
 * split into words. In `console` blocks only lines that start with `$` or `#` are commands.
 */
export function commandsIn(markdown: string): DocumentedCommand[] {
  const commands: DocumentedCommand[] = [];
  let language: string | undefined;
  let pending = '';
  for (const [index, text] of markdown.split('\n').entries()) {
    const fence = /^\s*```(\w*)/.exec(text);
    if (fence !== null) {
      language = language === undefined ? (fence[1] ?? '') : undefined;
      pending = '';
      continue;
    }
    if (language === undefined || !SHELL.has(language)) continue;
    let command = text.trim();
    if (language === 'console' && pending === '') {
      if (!/^[$#] /.test(command)) continue;
      command = command.slice(2);
    }
    if (command.startsWith('#')) continue;
    pending += command;
    if (pending.endsWith('\\')) {
      pending = `${pending.slice(0, -1)} `;
      continue;
    }
    const words = wordsOf(pending);
    pending = '';
    if (words.length > 0) commands.push({ words, line: index + 1 });
  }
  return commands;
}

/** Splits like a shell does for plain words and quotes, and stops at a comment, pipe or redirection. */
export function wordsOf(command: string): string[] {
  const words: string[] = [];
  for (const match of command.matchAll(/'([^']*)'|"([^"]*)"|([^\s'"]+)/g)) {
    const bare = match[3];
    if (bare !== undefined && /^(#|\||>|<|&|;)/.test(bare)) break;
    words.push(match[1] ?? match[2] ?? bare ?? '');
  }
  return words;
}
