import { listenAddress, SettingsError, withSettings, type ListenAddress } from '@midonet/contract';
import { readFileSync } from 'node:fs';
import type { KeystoneOptions } from './auth/keystone.ts';
import { parseArgs } from 'node:util';
import { ETCD_FLAGS, ETCD_HELP, etcdPlace, type HistoryKept, type StorePlace } from './open-store.ts';
import type { TlsFiles } from './tls/certificate.ts';

export const HELP = `midonet controller: the REST API, the watch and the store of a deployment

  midonet controller [--config FILE] [--listen ADDR:PORT] [--state DIR] …

  --listen ADDR:PORT     where to answer (127.0.0.1:8181)
  --state DIR            where the topology and the token are kept
                         (/var/lib/midonet/controller)
  --auth token|none      none lets everybody in: for labs only (token)
  --metrics ADDR:PORT    answers /metrics, /healthz and /readyz there as well, to
                         everybody, for monitoring
  --tls-cert FILE        serve HTTPS with this certificate chain (PEM), read anew
                         when it changes and on SIGHUP
  --tls-key FILE         its private key
  --keystone URL         take tokens of this Keystone as well,
                         https://HOST:5000/v3: a project is a tenant
  --keystone-admin-project ID
                         the project whose role admin may do everything here
  --keystone-domain ID   whose users and projects may log in by their names
                         (default)
  --history-revisions N  how many changes the history goes back (1000000, with
                         etcd 20000), 1000 or more
  --history-time DURATION
                         how long it goes back at most, such as 12h, 90d or 2w
  --config FILE          reads settings that are not given here from this file:
                         lines of name = value
  --log-level LEVEL      debug, info, warn, error or silent (info)
${ETCD_HELP}

Without --etcd the topology is a file in DIR, for this controller alone; with it
any number of controllers share it. The token is taken from MIDONET_TOKEN, or
made at the first start, kept in DIR/token and, with etcd, taken over by the
controllers that start later. The first start also makes the user admin, with
the password in MIDONET_ADMIN_PASSWORD or one kept in DIR/admin-password.

Examples:
  midonet controller --listen 192.0.2.1:8181
  midonet controller --config /etc/midonet/controller.conf
  midonet controller --listen :8181 --tls-cert cert.pem --tls-key key.pem
  midonet controller --listen 192.0.2.1:8181 --etcd https://192.0.2.11:2379
`;

const DEFAULT_STATE = '/var/lib/midonet/controller';
const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'];

export class ArgumentError extends Error {}

export type Arguments = {
  readonly listen: ListenAddress;
  /** Where monitoring asks; undefined: nowhere but at the API. */
  readonly metrics: ListenAddress | undefined;
  readonly stateDir: string;
  readonly store: StorePlace;
  readonly auth: 'token' | 'none';
  readonly token: string | undefined;
  readonly adminPassword: string | undefined;
  readonly tls: TlsFiles | undefined;
  readonly keystone: KeystoneOptions | undefined;
  readonly history: HistoryKept;
  readonly logLevel: string;
};

/** Reads the command line. Throws ArgumentError with what to do about it. */
export function readArguments(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Arguments | 'help' {
  const values = parse(layered(argv, environment));
  if (values.help === true) return 'help';
  const auth = values.auth ?? 'token';
  if (auth !== 'token' && auth !== 'none') throw new ArgumentError(`--auth must be token or none, not ${auth}`);
  const logLevel = values['log-level'] ?? 'info';
  if (!LEVELS.includes(logLevel)) throw new ArgumentError(`--log-level must be one of ${LEVELS.join(', ')}`);
  const token = environment['MIDONET_TOKEN']?.trim();
  if (token !== undefined && token.length < 8) throw new ArgumentError('MIDONET_TOKEN must have 8 characters or more');
  const adminPassword = environment['MIDONET_ADMIN_PASSWORD'];
  if (adminPassword !== undefined && adminPassword.length < 8) {
    throw new ArgumentError('MIDONET_ADMIN_PASSWORD must have 8 characters or more');
  }
  const stateDir = values.state ?? DEFAULT_STATE;
  return {
    listen: parseListen('listen', values.listen ?? '127.0.0.1:8181'),
    metrics: values.metrics === undefined ? undefined : parseListen('metrics', values.metrics),
    stateDir,
    store: storeOf(values) ?? { kind: 'embedded', stateDir },
    auth,
    token,
    adminPassword,
    tls: tlsFiles(values['tls-cert'], values['tls-key']),
    keystone: keystoneOptions(values.keystone, {
      adminProject: values['keystone-admin-project'],
      domain: values['keystone-domain'],
    }),
    history: historyKept(values['history-revisions'], values['history-time']),
    logLevel,
  };
}

const text = { type: 'string' } as const;
const TLS = { 'tls-cert': text, 'tls-key': text };
const KEYSTONE = { keystone: text, 'keystone-admin-project': text, 'keystone-domain': text };
const OWN = {
  listen: text,
  state: text,
  auth: text,
  metrics: text,
  'log-level': text,
  help: { type: 'boolean', short: 'h' },
} as const;
const HISTORY = { 'history-revisions': text, 'history-time': text };
export const FLAGS = { ...OWN, ...HISTORY, ...TLS, ...KEYSTONE, ...ETCD_FLAGS } as const;

function layered(argv: readonly string[], environment: Readonly<Record<string, string | undefined>>): string[] {
  try {
    return withSettings('controller', argv, environment, (path) => readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof SettingsError) throw new ArgumentError(error.message);
    throw error;
  }
}

function parse(argv: readonly string[]) {
  try {
    const options = FLAGS;
    return parseArgs({ args: [...argv], options, strict: true }).values;
  } catch (error) {
    throw new ArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function keystoneOptions(
  url: string | undefined,
  { adminProject, domain }: Pick<KeystoneOptions, 'adminProject' | 'domain'>,
): KeystoneOptions | undefined {
  if (url === undefined) {
    const [needs] = [adminProject && '--keystone-admin-project', domain && '--keystone-domain'].filter(Boolean);
    if (needs !== undefined) throw new ArgumentError(`${needs} needs --keystone`);
    return undefined;
  }
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new ArgumentError(`--keystone must be a URL like https://HOST:5000/v3, not "${url}"`);
  }
  return { url, adminProject, domain };
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
/** Agents that were away for a moment resume from what is kept. */
const [FEWEST_REVISIONS, MOST_REVISIONS, SHORTEST_MS] = [1_000, 1_000_000_000, 60_000];

function historyKept(revisions: string | undefined, time: string | undefined): HistoryKept {
  const count = revisions === undefined ? undefined : Number(/^\d+$/.test(revisions) ? revisions : NaN);
  if (count !== undefined && !(count >= FEWEST_REVISIONS && count <= MOST_REVISIONS)) {
    throw new ArgumentError(
      `--history-revisions must be a whole number from ${FEWEST_REVISIONS} to ${MOST_REVISIONS}, not "${revisions}"`,
    );
  }
  const [, number = '', unit = ''] = /^(\d{1,6})([smhdw])$/.exec(time ?? '') ?? [];
  const ms = time === undefined ? undefined : Number(number) * (UNITS[unit] ?? NaN) * 1000;
  if (ms !== undefined && !(ms >= SHORTEST_MS)) {
    throw new ArgumentError(`--history-time must be a duration of a minute or more, like 12h or 90d, not "${time}"`);
  }
  return { revisions: count, ms };
}

function tlsFiles(certFile: string | undefined, keyFile: string | undefined): TlsFiles | undefined {
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile };
  throw new ArgumentError('--tls-cert and --tls-key go together: give both');
}

function storeOf(values: Parameters<typeof etcdPlace>[0]): StorePlace | undefined {
  try {
    return etcdPlace(values);
  } catch (error) {
    throw new ArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function parseListen(flag: string, text: string): ListenAddress {
  const address = listenAddress(text);
  if (address === undefined) throw new ArgumentError(`--${flag} must be ADDR:PORT, not "${text}"`);
  return address;
}
