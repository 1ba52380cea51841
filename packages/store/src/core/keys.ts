import { MAX_KEY_BYTES } from '../limits.ts';
import { StoreError } from '../store.ts';

/**
 * Keys are ordered by their UTF-8 bytes, on every driver. JavaScript compares UTF-16 units, which
 * puts surrogate pairs (U+10000 and up) before U+E000 … U+FFFF; so those are compared by code point.
 */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    if (x >= 0xd800 && y >= 0xd800) return rank(x) - rank(y);
    return x - y;
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  return unit < 0xe000 ? unit + 0x10000 : unit;
}

/** The first key behind all that start with `prefix`; undefined when there is none (every key does, or it is the last). */
export function prefixEnd(prefix: string): string | undefined {
  const last = prefix.charCodeAt(prefix.length - 1);
  if (last < 0x7f) return prefix.slice(0, -1) + String.fromCharCode(last + 1);
  return prefixEndOfAny(prefix);
}

function prefixEndOfAny(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last >= 0x10ffff) continue;
    const next = last === 0xd7ff ? 0xe000 : last + 1; // surrogates are no characters
    return String.fromCodePoint(...points, next);
  }
  return undefined;
}

/** Throws StoreError 'invalid' or 'tooLarge' for what no driver can keep. */
export function checkKey(key: string): void {
  if (key === '' || key.includes('\0') || !key.isWellFormed()) {
    throw new StoreError('invalid', `a key must be non-empty text without NUL, got ${JSON.stringify(key)}`);
  }
  if (key.length > MAX_KEY_BYTES || (key.length * 3 > MAX_KEY_BYTES && Buffer.byteLength(key) > MAX_KEY_BYTES)) {
    throw new StoreError('tooLarge', `a key may have ${MAX_KEY_BYTES} bytes: ${key.slice(0, 60)}…`);
  }
}
