import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readCredentials } from './access/credentials.ts';
import { usageError } from './cli-error.ts';

export const DEFAULT_URL = 'http://127.0.0.1:8181';
/** Where `midonet up` and a controller started without --state keep what they keep. */
export const DEFAULT_STATE = '/var/lib/midonet';

/** `urls`: controllers of one cloud, tried in turn. */
export type Connection = { readonly urls: readonly string[]; readonly token?: string | undefined };

export type ConnectionFlags = { readonly url?: string | undefined; readonly token?: string | undefined };

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where the controller is and how to prove who asks, from the first place that says so: flags,
 * MIDONET_URL and MIDONET_TOKEN, the last login, the file that `midonet up` wrote, the state folder of a controller
 * on this machine.
 */
export function findConnection(flags: ConnectionFlags, environment: Environment): Connection {
  const file = readConnectionFile(connectionFile(environment));
  const login = readCredentials(environment);
  const url = flags.url ?? environment['MIDONET_URL'] ?? login?.url ?? file?.url ?? DEFAULT_URL;
  const urls = url.split(',').map((one) => one.trim());
  for (const one of urls) {
    if (!URL.canParse(one)) throw usageError(`"${one}" is no URL; write it like ${DEFAULT_URL}`);
  }
  // A session goes to the controllers that gave it and to no other.
  const session = login?.url === urls.join(',') ? login.token : undefined;
  const token =
    flags.token ??
    environment['MIDONET_TOKEN'] ??
    session ??
    file?.token ??
    readText(join(DEFAULT_STATE, 'controller', 'token'));
  return { urls, token: token?.trim() };
}

export function connectionFile(environment: Environment): string {
  const base = environment['XDG_CONFIG_HOME'] ?? join(environment['HOME'] ?? homedir(), '.config');
  return join(base, 'midonet', 'connection.json');
}

function readConnectionFile(path: string): { url?: string; token?: string } | undefined {
  const text = readText(path);
  if (text === undefined) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw usageError(`${path} is not JSON; correct it or delete it`);
  }
  const field = (name: string): string | undefined => {
    const value: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, name) : undefined;
    return typeof value === 'string' ? value : undefined;
  };
  const url = field('url');
  const tokenFile = field('tokenFile');
  const token = field('token') ?? (tokenFile === undefined ? undefined : readText(tokenFile));
  return { ...(url === undefined ? {} : { url }), ...(token === undefined ? {} : { token }) };
}

/** Undefined when the file is not there or may not be read; then the next place is asked. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
