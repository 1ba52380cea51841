import type { IncomingHttpHeaders } from 'node:http';

/** Longer than anything this controller has handed out; Keystone's tokens may have a few hundred octets. */
const LONGEST = 2048;

/** What a request shows: X-Auth-Token, Authorization: Bearer, or the session cookie, in this order. */
export function presentedToken(headers: IncomingHttpHeaders): string | undefined {
  const direct = headers['x-auth-token'];
  if (typeof direct === 'string') return bounded(direct.trim());
  const [scheme, value] = (headers.authorization ?? '').trim().split(/\s+/, 2);
  if (scheme?.toLowerCase() === 'bearer') return bounded(value);
  return bounded(/(?:^|;\s*)sessionId=([^;\s]+)/.exec(headers.cookie ?? '')?.[1]);
}

export type Basic = { readonly user: string; readonly password: string };

/** User and password of an Authorization: Basic header (RFC 7617). */
export function basicCredentials(headers: IncomingHttpHeaders): Basic | undefined {
  const [scheme, encoded] = (headers.authorization ?? '').trim().split(/\s+/, 2);
  if (scheme?.toLowerCase() !== 'basic') return undefined;
  const text = Buffer.from(encoded ?? '', 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function bounded(text: string | undefined): string | undefined {
  return text === undefined || text === '' || text.length > LONGEST ? undefined : text;
}
