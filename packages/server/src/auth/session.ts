import { createHash, createHmac, randomBytes } from 'node:crypto';
import { ACCESS_PREFIX } from '../access/records.ts';
import { sameSecret } from './token.ts';

/** Who a session is of: the controller's own token, a user of the store, or somebody Keystone vouched for. */
export type SessionSubject =
  | { readonly kind: 'root' }
  | { readonly kind: 'user'; readonly name: string; readonly epoch: string };

/**
 * A session is `s1.<expiry>.<nonce>.<subject>.<signature>`: any controller that knows the secret can
 * check it, and nobody stores it. Only sessions that were ended early are kept, until they would have
 * expired.
 */
export function makeSession(secret: string, subject: SessionSubject, expires: number): string {
  const who = subject.kind === 'root' ? '-' : encode([subject.name, subject.epoch]);
  const body = `s1.${expires.toString(36)}.${randomBytes(9).toString('base64url')}.${who}`;
  return `${body}.${signature(secret, body)}`;
}

export type OpenSession = { readonly subject: SessionSubject; readonly expires: number };

/** Undefined when it is no session, not ours, or over. */
export function openSession(session: string, secret: string, now: number): OpenSession | undefined {
  const [version, expiry = '', nonce = '', who = '', signed = '', ...rest] = session.split('.');
  if (version !== 's1' || rest.length > 0) return undefined;
  if (!sameSecret(signed, signature(secret, `s1.${expiry}.${nonce}.${who}`))) return undefined;
  const expires = parseInt(expiry, 36);
  if (!(expires > now)) return undefined;
  if (who === '-') return { subject: { kind: 'root' }, expires };
  const [name = '', epoch = ''] = Buffer.from(who, 'base64url').toString('utf8').split('\n');
  return { subject: { kind: 'user', name, epoch }, expires };
}

/** Where the store says that a session was ended; the session itself is not in it. */
export function revocationKey(session: string): string {
  return `${ACCESS_PREFIX}revoked/${createHash('sha256').update(session).digest('hex')}`;
}

function encode(parts: readonly string[]): string {
  return Buffer.from(parts.join('\n')).toString('base64url');
}

function signature(secret: string, body: string): string {
  return createHmac('sha256', secret).update(body).digest('base64url');
}
