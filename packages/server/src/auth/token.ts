import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Equal texts, compared in a time that does not tell where they differ. */
export function sameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

const TOKEN_FILE = 'token';
const PASSWORD_FILE = 'admin-password';

type Kept = { readonly token: string; readonly path: string; readonly made: boolean };

/** The token kept in the state folder, made at the first start. */
export function loadToken(stateDir: string): Kept {
  return loadSecret(stateDir, TOKEN_FILE);
}

/** The first admin's password, kept beside the token. */
export function loadAdminPassword(stateDir: string): Kept {
  return loadSecret(stateDir, PASSWORD_FILE);
}

/** Only its owner may read it; a file that others can read is narrowed. Throws when it exists and is empty. */
function loadSecret(stateDir: string, file: string): Kept {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const path = join(stateDir, file);
  const fresh = randomBytes(24).toString('base64url');
  try {
    writeFileSync(path, `${fresh}\n`, { mode: 0o600, flag: 'wx' });
    return { token: fresh, path, made: true };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  const token = readFileSync(path, 'utf8').trim();
  if (token === '') throw new Error(`${path} is empty: delete it to have a new one made`);
  return { token, path, made: false };
}
