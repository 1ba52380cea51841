import { createHash } from 'node:crypto';
import { badRequest } from './problem.ts';

/** A strong validator: it changes with any octet of the representation. */
export function etagOfText(text: string): string {
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;
}

export function etagOfValue(value: unknown): string {
  return etagOfText(JSON.stringify(value));
}

const TAGS = /^\s*(?:(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"\s*(?:,\s*|$))+$/;
const MOST = 4096;

/** Whether If-Match holds; weak tags never do. Undefined: there is nothing at this address. */
export function ifMatch(header: string, etag: string | undefined): boolean {
  return etag !== undefined && (header.trim() === '*' || tagsOf(header).includes(etag));
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
