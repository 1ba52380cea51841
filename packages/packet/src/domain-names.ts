import { read8 } from './bytes.ts';

/** Letters, digits, hyphen and underscore: a label that text can hold unambiguously. */
const LABEL = /^[0-9A-Za-z_-]{1,63}$/;

/** True for a name such as `a.example`, without a closing dot, at most 253 characters. */
export function isDomainName(text: string): boolean {
  return text.length <= 253 && text.split('.').every((label) => LABEL.test(label));
}

/**
 * Names one behind the other (RFC 1035 3.1): each label with its length in front, an empty one at the
 * end. Options may not compress (RFC 8415 10). Undefined when it is anything else.
 */
export function parseDomains(bytes: Uint8Array, from: number, to: number): readonly string[] | undefined {
  const names: string[] = [];
  let labels: string[] = [];
  let at = from;
  while (at < to) {
    const length = read8(bytes, at++);
    if (length === 0) {
      const name = labels.join('.');
      if (!isDomainName(name)) return undefined;
      names.push(name);
      labels = [];
      continue;
    }
    if (length > 63 || at + length > to) return undefined;
    labels.push(String.fromCharCode(...bytes.subarray(at, at + length)));
    if (!LABEL.test(labels.at(-1) ?? '')) return undefined;
    at += length;
  }
  return labels.length === 0 ? names : undefined;
}

/** Names that are none are left out. */
export function emitDomains(names: readonly string[]): Uint8Array {
  const out: number[] = [];
  for (const name of names) {
    if (!isDomainName(name)) continue;
    for (const label of name.split('.')) out.push(label.length, ...Array.from(label, (c) => c.charCodeAt(0)));
    out.push(0);
  }
  return Uint8Array.from(out);
}
