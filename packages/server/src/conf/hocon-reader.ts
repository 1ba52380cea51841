/** Where and why a text is no HOCON, or none of what is read of it here. */
export class HoconError extends Error {
  readonly line: number;
  readonly column: number;

  constructor(line: number, column: number, message: string) {
    super(`line ${line}, column ${column}: ${message}`);
    this.line = line;
    this.column = column;
  }
}

/** What ends an unquoted text, and may not be in one. */
const SPECIAL = new Set('$"{}[]:=,+#`^?!@*&\\');
const BLANK = /[ \t\f\v\u00a0\ufeff\r]/;
const ESCAPES: Readonly<Record<string, string>> = {
  ...{ '"': '"', '\\': '\\', '/': '/' },
  ...{ b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' },
};

/** Characters of a text, one after the other, and the words that HOCON makes of them. */
export class HoconReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get at(): number {
    return this.#at;
  }

  get next(): string {
    return this.#text[this.#at] ?? '';
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  startsWith(word: string): boolean {
    return this.#text.startsWith(word, this.#at);
  }

  /** Moves behind the word when it is here. */
  take(word: string): boolean {
    if (!this.startsWith(word)) return false;
    this.#at += word.length;
    return true;
  }

  fail(message: string, at = this.#at): never {
    const before = this.#text.slice(0, at).split('\n');
    throw new HoconError(before.length, (before.at(-1)?.length ?? 0) + 1, message);
  }

  /** What is here, for a message. */
  describe(): string {
    if (this.isAtEnd) return 'the end';
    return this.next === '\n' ? 'the end of the line' : `"${this.next}"`;
  }

  /** Over blanks of this line; answers them. */
  blanks(): string {
    const from = this.#at;
    while (!this.isAtEnd && BLANK.test(this.next)) this.#at++;
    return this.#text.slice(from, this.#at);
  }

  /** Over blanks, comments and, with `lines`, ends of lines. */
  space(lines: boolean): void {
    for (;;) {
      this.blanks();
      if (this.isComment()) while (!this.isAtEnd && this.next !== '\n') this.#at++;
      else if (lines && this.next === '\n') this.#at++;
      else return;
    }
  }

  isComment(): boolean {
    return this.next === '#' || this.startsWith('//');
  }

  /** A run of characters that need no quotes, up to a blank or what has a meaning; `dots`: and no further than a dot. */
  bare(dots: boolean): string {
    const from = this.#at;
    while (!this.isAtEnd && !this.#endsBare(dots)) this.#at++;
    return this.#text.slice(from, this.#at);
  }

  #endsBare(dots: boolean): boolean {
    const { next } = this;
    return next === '\n' || BLANK.test(next) || SPECIAL.has(next) || this.startsWith('//') || (dots && next === '.');
  }

  /** A text in quotes, which the reader is before. */
  quoted(): string {
    if (this.startsWith('"""')) return this.#tripleQuoted();
    const from = this.#at++;
    let text = '';
    for (;;) {
      const { next } = this;
      if (this.isAtEnd || next === '\n') return this.fail('the text that begins here has no closing quote', from);
      this.#at++;
      if (next === '"') return text;
      text += next === '\\' ? this.#escape() : next;
    }
  }

  #escape(): string {
    const { next } = this;
    const plain = ESCAPES[next];
    const [digits] = /^u[0-9A-Fa-f]{4}/.exec(this.#text.slice(this.#at, this.#at + 5)) ?? [];
    if (plain === undefined && digits === undefined)
      return this.fail('is no escape; \\\\ is a backslash', this.#at - 1);
    this.#at += digits?.length ?? 1;
    return plain ?? String.fromCharCode(parseInt(digits?.slice(1) ?? '', 16));
  }

  /** Ends with the last three of a run of quotes; the ones before belong to the text. */
  #tripleQuoted(): string {
    const from = this.#at;
    const end = this.#text.indexOf('"""', from + 3);
    if (end === -1) return this.fail('the text that begins here has no closing """', from);
    let behind = end + 3;
    while (this.#text[behind] === '"') behind++;
    this.#at = behind;
    return this.#text.slice(from + 3, behind - 3);
  }
}
