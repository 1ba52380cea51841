/**
 * Absolute URIs under the API's base, e.g. `http://10.0.0.1:8181/midonet-api`, which the server takes
 * from the Host header of each request: clients reach everything by URIs found in answers.
 */
export type Base = string & { readonly __brand: 'Base' };

export const API_ROOT = '/midonet-api';

export function baseOf(origin: string): Base {
  return `${origin}${API_ROOT}` as Base;
}

/** Joins segments below the base; each is percent-encoded except for template braces. */
export function link(base: Base, ...segments: readonly string[]): string {
  return [base, ...segments.map(encodeSegment)].join('/');
}

/** What stays as it is: names, ids. */
const PLAIN = /^[\w.-]*$/;

/** Colons and braces are legal and expected unescaped in these URIs (templates, IPv6 prefixes). */
function encodeSegment(segment: string): string {
  if (PLAIN.test(segment)) return segment;
  return encodeURIComponent(segment).replace(/%(3A|7B|7D|2C)/g, (escape) => decodeURIComponent(escape));
}
