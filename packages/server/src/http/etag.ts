import { createHash } from 'node:crypto';
import { badRequest } from './problem.ts';

/** A strong validator: it changes with any octet of the representation. */
export function etagOfText(text: string): string {
  return `"${digest(text).slice(0, 27)}"`;
}

/**
 * The tag of an object that a PUT takes `written` of, `"what was written.the rest"`: both parts say what
 * is shown, for a cache; the first alone what somebody set, which is all that a change relies on. That
 * a port came up, or that a router has another port, is in the second.
 */
export function etagOfObject(value: unknown, written: ReadonlySet<string> | undefined): string {
  if (written === undefined || typeof value !== 'object' || value === null) return etagOfText(JSON.stringify(value));
  const members = Object.entries(value);
  const part = (set: boolean): string => digest(JSON.stringify(members.filter(([name]) => written.has(name) === set)));
  return `"${part(true).slice(0, 27)}.${part(false).slice(0, 12)}"`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** The part of a tag that changes rely on. */
function writtenPart(tag: string): string {
  return tag.replace(/\.[^."]*"$/, '"');
}

const TAGS = /^\s*(?:(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"\s*(?:,\s*|$))+$/;
const MOST = 4096;

/** Whether If-Match holds, which looks at what was written; weak tags never do. Undefined: there is nothing at this address. */
export function ifMatch(header: string, etag: string | undefined): boolean {
  if (etag === undefined) return false;
  return header.trim() === '*' || tagsOf(header).some((tag) => writtenPart(tag) === writtenPart(etag));
}

/** Whether If-None-Match holds. A proxy that compresses may have made the tag weak. */
export function ifNoneMatch(header: string, etag: string | undefined): boolean {
  if (etag === undefined) return true;
  return header.trim() !== '*' && !tagsOf(header).some((tag) => tag.replace(/^W\//, '') === etag);
}

/** Throws 400 for what is neither `*` nor a list of quoted tags. */
export function checkTags(name: string, header: string | undefined): void {
  if (header === undefined || header.trim() === '*' || (header.length <= MOST && TAGS.test(header))) return;
  throw badRequest([{ property: name, message: 'must be * or tags as a GET answers them in ETag, in double quotes' }]);
}

function tagsOf(header: string): string[] {
  return header.length > MOST ? [] : [...header.matchAll(/(?:W\/)?"[^"]*"/g)].map(([tag]) => tag);
}
