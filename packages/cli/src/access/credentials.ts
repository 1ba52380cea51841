import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { usageError } from '../cli-error.ts';

/** What `login` keeps: a session and the controller it is for. It is sent nowhere else. */
export type Credentials = { readonly url: string; readonly token: string; readonly user: string };

type Environment = Readonly<Record<string, string | undefined>>;

export function credentialsFile(environment: Environment): string {
  const base = environment['XDG_CONFIG_HOME'] ?? join(environment['HOME'] ?? homedir(), '.config');
  return join(base, 'midonet', 'credentials.json');
}

/** Undefined when nobody is logged in. */
export function readCredentials(environment: Environment): Credentials | undefined {
  const path = credentialsFile(environment);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  try {
    const parsed: unknown = JSON.parse(text);
    const member = (name: string): string => {
      const value: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, name) : undefined;
      if (typeof value !== 'string') throw new TypeError(name);
      return value;
    };
    return { url: member('url'), token: member('token'), user: member('user') };
  } catch {
    throw usageError(`${path} is damaged; log in again: midonet logout, midonet login`);
  }
}

/** Only its owner may read it, from its first octet on. */
export function writeCredentials(environment: Environment, credentials: Credentials): void {
  const path = credentialsFile(environment);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, `${JSON.stringify(credentials)}\n`, { mode: 0o600 });
  chmodSync(fresh, 0o600);
  renameSync(fresh, path);
}

export function forgetCredentials(environment: Environment): void {
  rmSync(credentialsFile(environment), { force: true });
}
