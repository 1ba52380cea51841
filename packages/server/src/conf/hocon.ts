import type { ConfTree, ConfValue } from '@midonet/topology';
import { HoconReader } from './hocon-reader.ts';

export { HoconError } from './hocon-reader.ts';

/** A tree while it grows: a name that comes again is merged, or replaces. */
type Growing = Map<string, Growing | Exclude<ConfValue, ConfTree>>;

const DEEPEST = 16;
const LONGEST_NAME = 128;
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/**
 * Reads HOCON, without what reaches beyond the text itself: no `include`, no substitutions (`${…}`),
 * no `+=`, no joining of objects or lists. JSON is HOCON. Throws HoconError.
 */
export function parseHocon(text: string): ConfTree {
  const reader = new HoconReader(text);
  const tree: Growing = new Map();
  reader.space(true);
  const inBraces = reader.take('{');
  if (reader.next === '[') reader.fail('settings are an object, not a list');
  readMembers(reader, tree, { end: inBraces ? '}' : '', depth: 1 });
  reader.space(true);
  return reader.isAtEnd ? grown(tree) : reader.fail(`${reader.describe()} is too much here`);
}

type Place = { readonly end: '}' | ''; readonly depth: number };

function readMembers(reader: HoconReader, into: Growing, { end, depth }: Place): void {
  if (depth > DEEPEST) reader.fail(`objects are ${DEEPEST} deep at most`);
  for (;;) {
    reader.space(true);
    if (end === '' ? reader.isAtEnd : reader.take(end)) return;
    if (reader.isAtEnd) reader.fail('an object has no closing }');
    readMember(reader, into, depth);
    endMember(reader, end === '' ? '' : '}');
  }
}

function readMember(reader: HoconReader, into: Growing, depth: number): void {
  const at = reader.at;
  const path = readPath(reader);
  if (depth + path.length > DEEPEST + 1) reader.fail(`objects are ${DEEPEST} deep at most`, at);
  reader.blanks();
  if (path.length === 1 && path[0] === 'include' && reader.next === '"') {
    reader.fail('include is not possible: what is set must be in the text itself', at);
  }
  if (reader.startsWith('+=')) reader.fail('+= is not possible: give the whole list');
  const target = parentOf(into, path);
  const name = path.at(-1) ?? '';
  const separated = reader.take(':') || reader.take('=');
  if (!separated && reader.next !== '{') reader.fail(`expected : or = behind the name, not ${reader.describe()}`);
  reader.space(true);
  if (reader.take('{')) {
    readMembers(reader, objectAt(target, name), { end: '}', depth: depth + path.length });
    noMore(reader);
    return;
  }
  target.set(name, readValue(reader, depth + path.length));
}

/** Behind a member or an element: a comma, the end of the line, or what closes. */
function endMember(reader: HoconReader, close: string): void {
  reader.space(false);
  const separated = reader.next === '\n' || reader.isAtEnd;
  reader.space(true);
  if (reader.take(',')) {
    reader.space(true);
    if (reader.next === ',') reader.fail('there is nothing between the commas');
    return;
  }
  if (!separated && !(close !== '' && reader.next === close)) {
    reader.fail(`expected a comma or the end of the line, not ${reader.describe()}; put text with it in double quotes`);
  }
}

function readPath(reader: HoconReader): string[] {
  const path: string[] = [];
  do {
    const at = reader.at;
    const name = reader.next === '"' ? reader.quoted() : reader.bare(true);
    if (name === '') reader.fail(`expected a name, not ${reader.describe()}`, at);
    if (name.length > LONGEST_NAME) reader.fail(`a name has ${LONGEST_NAME} characters at most`, at);
    if (name === '__proto__') reader.fail('this name is not possible', at);
    path.push(name);
  } while (reader.take('.'));
  return path;
}

function readValue(reader: HoconReader, depth: number): Exclude<ConfValue, ConfTree> {
  if (reader.take('[')) {
    const list = readList(reader, depth + 1);
    noMore(reader);
    return list;
  }
  let text = '';
  let parts = 0;
  let isQuoted = false;
  for (let blanks = ''; ; blanks = reader.blanks()) {
    if (endsValue(reader)) break;
    if (reader.startsWith('$')) reader.fail('substitutions are not possible: write the value');
    if (parts > 0 && (reader.next === '{' || reader.next === '[')) {
      reader.fail('a text and an object or list cannot be joined');
    }
    const quoted = reader.next === '"';
    const part = quoted ? reader.quoted() : reader.bare(false);
    if (part === '' && !quoted) reader.fail(`${reader.describe()} is not possible here; put the text in double quotes`);
    text += blanks + part;
    isQuoted ||= quoted;
    parts++;
  }
  if (parts === 0) reader.fail(`expected a value, not ${reader.describe()}`);
  return isQuoted || parts > 1 ? text : plainValue(text);
}

function endsValue(reader: HoconReader): boolean {
  return reader.isAtEnd || '\n,}]'.includes(reader.next) || reader.isComment();
}

function plainValue(text: string): string | number | boolean | null {
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === 'null') return null;
  return NUMBER.test(text) && Number.isFinite(Number(text)) ? Number(text) : text;
}

function readList(reader: HoconReader, depth: number): ConfValue[] {
  if (depth > DEEPEST) reader.fail(`lists are ${DEEPEST} deep at most`);
  const list: ConfValue[] = [];
  for (;;) {
    reader.space(true);
    if (reader.take(']')) return list;
    if (reader.isAtEnd) reader.fail('a list has no closing ]');
    if (reader.take('{')) {
      const tree: Growing = new Map();
      readMembers(reader, tree, { end: '}', depth: depth + 1 });
      list.push(grown(tree));
    } else list.push(readValue(reader, depth));
    endMember(reader, ']');
  }
}

function noMore(reader: HoconReader): void {
  reader.blanks();
  if (!endsValue(reader)) reader.fail('objects and lists cannot be joined with what follows them');
}

function parentOf(tree: Growing, path: readonly string[]): Growing {
  return path.slice(0, -1).reduce(objectAt, tree);
}

function objectAt(tree: Growing, name: string): Growing {
  const there = tree.get(name);
  if (there instanceof Map) return there;
  const fresh: Growing = new Map();
  tree.set(name, fresh);
  return fresh;
}

function grown(tree: Growing): ConfTree {
  return Object.fromEntries(
    [...tree].map(([name, value]): [string, ConfValue] => [name, value instanceof Map ? grown(value) : value]),
  );
}
