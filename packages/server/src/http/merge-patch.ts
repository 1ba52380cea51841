import { badRequest, Refusal } from './problem.ts';

type Json = Readonly<Record<string, unknown>>;

/** Members of members of members …: no object is that deep. */
const DEPTH = 16;

/** A merge patch at the level of the object: which members it sets, and which it takes away. */
export type MergePatch = { readonly members: Json; readonly removed: ReadonlySet<string> };

/** Reads a merge patch (RFC 7396) of an object with these members. Throws 400 that names what cannot be. */
export function readMergePatch(value: unknown, fields: readonly string[]): MergePatch {
  if (!isObject(value))
    throw badRequest([{ property: 'body', message: 'must be an object with the members to change' }]);
  const unknown = Object.keys(value).filter((name) => !fields.includes(name));
  if (unknown.length > 0) {
    const message = `cannot be changed; these can: ${fields.join(', ')}`;
    throw badRequest(unknown.slice(0, 20).map((property) => ({ property: property.slice(0, 64), message })));
  }
  const removed = new Set(Object.keys(value).filter((name) => value[name] === null));
  return { members: value, removed };
}

/** RFC 7396, section 2. */
export function mergePatch(target: unknown, patch: unknown, depth = 0): unknown {
  if (!isObject(patch)) return patch;
  if (depth > DEPTH) throw new Refusal(400, `the body is nested deeper than ${DEPTH} objects`);
  const merged = new Map(Object.entries(isObject(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value, depth + 1));
  }
  return Object.fromEntries(merged);
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
