/**
 * MidoNet's vendor media types. Every resource has one or more versions; plain `application/json` is
 * understood beside them everywhere.
 */
export const JSON_TYPE = 'application/json';
/** Of settings: HOCON, as `mn-conf` writes it. What is answered is JSON, which is HOCON too. */
export const TEXT_TYPE = 'text/plain';

/** `application/vnd.org.midonet.Bridge-v4+json`. */
export function itemType(name: string, version: number): string {
  return `application/vnd.org.midonet.${name}-v${version}+json`;
}

/** `application/vnd.org.midonet.collection.Bridge-v4+json`. */
export function collectionType(name: string, version: number): string {
  return `application/vnd.org.midonet.collection.${name}-v${version}+json`;
}

/** The type of a list of what has this type. */
export function collectionOf(type: string): string {
  return type.replace('vnd.org.midonet.', 'vnd.org.midonet.collection.');
}

/** The essence of a Content-Type: lower case is not forced, parameters are cut off. */
export function essence(header: string): string {
  return (header.split(';', 1)[0] ?? '').trim();
}

/**
 * Picks what to answer with. `offered` is what the endpoint has, best first; an absent Accept means
 * anything. Undefined: nothing offered is acceptable (406).
 */
export function negotiate(accept: string | undefined, offered: readonly string[]): string | undefined {
  const all = [...offered, JSON_TYPE];
  if (accept === undefined || accept.trim() === '') return all[0];
  for (const range of acceptRanges(accept)) {
    if (range === '*/*' || range === 'application/*' || (range === 'text/*' && all[0] === TEXT_TYPE)) return all[0];
    const match = all.find((type) => type.toLowerCase() === range);
    if (match !== undefined) return match;
  }
  return undefined;
}

/** Media ranges of an Accept header, most wanted first; those with q=0 are left out. */
function acceptRanges(accept: string): string[] {
  return accept
    .split(',')
    .slice(0, 32)
    .map((part) => {
      const quality = /;\s*q=([0-9.]+)/.exec(part)?.[1];
      return { type: essence(part).toLowerCase(), q: quality === undefined ? 1 : Number(quality) };
    })
    .filter((range) => range.q > 0)
    .sort((a, b) => b.q - a.q)
    .map((range) => range.type);
}

/** True when a request body of this Content-Type is one the endpoint takes; an absent one is taken as JSON. */
export function acceptsBody(contentType: string | undefined, taken: readonly string[]): boolean {
  if (contentType === undefined || contentType === '') return true;
  const type = essence(contentType).toLowerCase();
  return type === JSON_TYPE || taken.some((candidate) => candidate.toLowerCase() === type);
}
