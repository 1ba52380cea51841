import type { z } from 'zod';
import { decode, type Converted } from './problem.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** More wrong members than any object has are not worth a second look. */
const MOST = 4_096;

/**
 * `decode` for bodies of MidoNet's clients: its shell sends every number as text (`"vlanId": "20"`), and MidoNet's own
 * API takes it, as it takes "true". Only members that want a number, or true and false, are read so; what already
 * is valid is not touched.
 */
export function decodeTexts<S extends z.ZodType>(schema: S, data: unknown): Converted<z.output<S>> {
  const first = schema.safeParse(data);
  if (first.success) return { kind: 'ok', value: first.data };
  return decode(schema, withValues(data, first.error.issues));
}

/** The same body with the values that these issues asked for, where the text says one. */
function withValues(data: unknown, issues: readonly Issue[]): unknown {
  const wanted = issues.slice(0, MOST).flatMap((issue) => wantedBy(issue, []));
  if (wanted.length === 0) return data;
  const root = { body: structuredClone(data) };
  for (const { path, read } of wanted) {
    const [holder, last] = holderOf(root, ['body', ...path]);
    const text = holder?.[last];
    const value = typeof text === 'string' ? read(text.trim()) : undefined;
    if (holder !== undefined && value !== undefined) holder[last] = value;
  }
  return root.body;
}

type Wanted = { readonly path: Path; readonly read: (text: string) => number | boolean | undefined };

function wantedBy(issue: Issue, above: Path): readonly Wanted[] {
  const path = [...above, ...issue.path];
  switch (issue.code) {
    case 'invalid_type':
      if (issue.expected === 'number' || issue.expected === 'int') return [{ path, read: numberOf }];
      return issue.expected === 'boolean' ? [{ path, read: truthOf }] : [];
    case 'invalid_value':
      return issue.values.some((value) => typeof value === 'number') ? [{ path, read: numberOf }] : [];
    case 'invalid_union':
      return issue.errors.flat().flatMap((inner) => wantedBy(inner, path));
    default:
      return [];
  }
}

function numberOf(text: string): number | undefined {
  return /^[+-]?\d{1,19}$/.test(text) ? Number(text) : undefined;
}

function truthOf(text: string): boolean | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

type Holder = Record<PropertyKey, unknown>;

/** What holds the member at the end of this path, and its name there. */
function holderOf(root: Holder, path: Path): readonly [Holder | undefined, PropertyKey] {
  let holder: unknown = root;
  for (const name of path.slice(0, -1)) holder = isHolder(holder) ? holder[name] : undefined;
  return [isHolder(holder) ? holder : undefined, path.at(-1) ?? 'body'];
}

function isHolder(value: unknown): value is Holder {
  return typeof value === 'object' && value !== null;
}
