import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Document, type Node } from 'yaml';
import { usageError } from '../cli-error.ts';

/**
 * A place in a YAML file, read field by field. Every reading checks the shape and throws a usage
 * error with file and line; fields that nobody read are reported by `done`, so a misspelled one is
 * an error and not silently nothing.
 */
export class YamlPlace {
  readonly path: string;
  readonly #node: unknown;
  readonly #file: YamlFile;
  readonly #read = new Set<string>();
  readonly #line: number | undefined;

  /** `line` is where something missing should have been. */
  constructor(file: YamlFile, node: unknown, path: string, line?: number) {
    this.#line = line;
    this.#file = file;
    this.#node = node;
    this.path = path;
  }

  get line(): number {
    return this.#node == null && this.#line !== undefined ? this.#line : this.#file.lineOf(this.#node);
  }

  fail(message: string): never {
    throw usageError(`${this.#file.name}:${this.line}: ${this.path === '' ? 'the file' : this.path} ${message}`);
  }

  get isNothing(): boolean {
    return this.#node === undefined || this.#node === null || (isScalar(this.#node) && this.#node.value === null);
  }

  get isMapping(): boolean {
    return isMap(this.#node);
  }

  /** A field of a mapping; reading one of nothing gives nothing. */
  field(name: string): YamlPlace {
    this.#read.add(name);
    const path = this.path === '' ? name : `${this.path}.${name}`;
    if (this.isNothing) return new YamlPlace(this.#file, undefined, path, this.line);
    if (!isMap(this.#node)) this.fail('must be a mapping');
    return new YamlPlace(this.#file, this.#node.get(name, true), path, this.line);
  }

  /** All entries of a mapping whose keys are names. */
  entries(): (readonly [string, YamlPlace])[] {
    if (this.isNothing) return [];
    if (!isMap(this.#node)) this.fail('must be a mapping of names');
    return this.#node.items.map(({ key, value }) => {
      const name = isScalar(key) ? String(key.value) : String(key);
      const path = this.path === '' ? name : `${this.path}.${name}`;
      return [name, new YamlPlace(this.#file, value ?? key, path)] as const;
    });
  }

  items(): YamlPlace[] {
    if (this.isNothing) return [];
    if (!isSeq(this.#node)) this.fail('must be a list');
    return this.#node.items.map((item, index) => new YamlPlace(this.#file, item, `${this.path}[${index}]`));
  }

  text(): string | undefined {
    if (this.isNothing) return undefined;
    if (isScalar(this.#node) && typeof this.#node.value === 'string') return this.#node.value;
    if (isScalar(this.#node) && typeof this.#node.value === 'number') return String(this.#node.value);
    return this.fail('must be text');
  }

  get isList(): boolean {
    return isSeq(this.#node);
  }

  /** Text, or a list of texts, which is the same as one text with commas. */
  textOrList(): string | undefined {
    if (!isSeq(this.#node)) return this.text();
    return this.items()
      .map((item) => item.requiredText())
      .join(',');
  }

  requiredText(): string {
    return this.text() ?? this.fail('is required');
  }

  whole(): number | undefined {
    if (this.isNothing) return undefined;
    if (isScalar(this.#node) && Number.isInteger(this.#node.value)) return Number(this.#node.value);
    return this.fail('must be a whole number');
  }

  flag(): boolean | undefined {
    if (this.isNothing) return undefined;
    if (isScalar(this.#node) && typeof this.#node.value === 'boolean') return this.#node.value;
    return this.fail('must be true or false');
  }

  /** Text through a parser; what the parser does not know is an error that says what it should be. */
  parsed<T>(parse: (text: string) => T | undefined, what: string): T | undefined {
    const text = this.text();
    if (text === undefined) return undefined;
    return parse(text) ?? this.fail(`must be ${what}, not "${text}"`);
  }

  /** Fails when a field is there that nobody read. */
  done(): void {
    if (!isMap(this.#node)) return;
    for (const { key } of this.#node.items) {
      const name = isScalar(key) ? String(key.value) : String(key);
      if (this.#read.has(name)) continue;
      const line = this.#file.lineOf(key);
      const place = this.path === '' ? 'the file' : this.path;
      throw usageError(
        `${this.#file.name}:${line}: ${place} has no field "${name}"; there is ${[...this.#read].join(', ')}`,
      );
    }
  }
}

export class YamlFile {
  readonly name: string;
  readonly root: YamlPlace;
  readonly #lines: LineCounter;

  private constructor(name: string, lines: LineCounter, document: Document | undefined) {
    this.name = name;
    this.#lines = lines;
    const [error] = document?.errors ?? [];
    if (error !== undefined) {
      const { line } = lines.linePos(error.pos[0]);
      throw usageError(`${name}:${line}: ${error.message}`);
    }
    this.root = new YamlPlace(this, document?.contents, '');
  }

  /** The documents of a file, which `---` parts. Throws a usage error with the line when the text is not YAML. */
  static documents(name: string, text: string): YamlFile[] {
    const lines = new LineCounter();
    const found = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
    const documents: readonly (Document | undefined)[] = found.length === 0 ? [undefined] : [...found];
    return documents.map((document) => new YamlFile(name, lines, document));
  }

  lineOf(node: unknown): number {
    const range = typeof node === 'object' && node !== null ? (node as Partial<Node>).range : undefined; // yaml keeps it
    return range == null ? 1 : this.#lines.linePos(range[0]).line;
  }
}
