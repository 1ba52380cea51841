/** One setting of a daemon: a flag, a line of its file, a variable of its environment. */
export type Setting = {
  readonly flag: string;
  readonly value: string;
  readonly default?: string;
  /** May be given several times. */
  readonly many?: true;
  /** Where else it is read from; secrets belong there rather than on a command line. */
  readonly alsoEnv?: string;
  readonly help: string;
};

export type Daemon = 'controller' | 'agent';

const ETCD: readonly Setting[] = [
  { flag: 'etcd', value: 'URL', many: true, help: 'a member of the etcd cluster that is the store' },
  { flag: 'etcd-prefix', value: 'TEXT', default: '/midonet', help: 'what all keys in etcd start with' },
  { flag: 'etcd-ca', value: 'FILE', help: 'PEM: whom to trust as etcd' },
  { flag: 'etcd-cert', value: 'FILE', help: 'PEM: the certificate that this controller shows to etcd' },
  { flag: 'etcd-key', value: 'FILE', help: 'PEM: its private key' },
  { flag: 'etcd-user', value: 'NAME', help: "one of etcd's users" },
  { flag: 'etcd-password-file', value: 'FILE', help: 'its password is the first line of this file' },
];

const METRICS: Setting = {
  flag: 'metrics',
  value: 'ADDR:PORT',
  help: 'where to answer /metrics, /healthz and /readyz to everybody, for monitoring; nowhere unless given',
};

/** Everything that can be set, by daemon. The daemons' own tests hold their flags against it. */
export const SETTINGS: Readonly<Record<Daemon, readonly Setting[]>> = {
  controller: [
    { flag: 'listen', value: 'ADDR:PORT', default: '127.0.0.1:8181', help: 'where to answer' },
    {
      flag: 'state',
      value: 'DIR',
      default: '/var/lib/midonet/controller',
      help: 'where the topology (without etcd), the token and the first password are kept',
    },
    { flag: 'auth', value: 'token|none', default: 'token', help: 'none lets everybody in: for labs only' },
    METRICS,
    { flag: 'tls-cert', value: 'FILE', help: 'PEM: serve HTTPS with this chain; read anew when it changes' },
    { flag: 'tls-key', value: 'FILE', help: 'PEM: its private key' },
    { flag: 'keystone', value: 'URL', help: 'take tokens of this Keystone v3 as well' },
    { flag: 'keystone-admin-project', value: 'ID', help: 'the project whose role admin may do everything here' },
    {
      flag: 'keystone-domain',
      value: 'ID',
      default: 'default',
      help: 'whose users and projects may log in by their names',
    },
    ...ETCD,
    {
      flag: 'history-revisions',
      value: 'N',
      default: '1000000, with etcd 20000',
      help: 'how many changes the history goes back, 1000 or more; with etcd each controller has them in memory',
    },
    {
      flag: 'history-time',
      value: 'DURATION',
      help: 'how long it goes back at most, such as 12h, 90d or 2w; no further than the number of changes',
    },
    { flag: 'log-level', value: 'LEVEL', default: 'info', help: 'debug, info, warn, error or silent' },
  ],
  agent: [
    { flag: 'controller', value: 'URL', many: true, help: 'where a controller answers; tried in turn' },
    { flag: 'name', value: 'HOST', default: "the machine's name", help: "this host's name in the API" },
    { flag: 'state', value: 'DIR', default: '/var/lib/midonet/agent', help: "the agent's own folder" },
    { flag: 'token', value: 'TOKEN', alsoEnv: 'MIDONET_TOKEN', help: "the controllers' token; better in a file" },
    { flag: 'token-file', value: 'FILE', help: 'reads the token from this file' },
    { flag: 'enrol', value: 'TOKEN', alsoEnv: 'MIDONET_ENROL', help: 'becomes the host that this was made for, once' },
    { flag: 'ca', value: 'FILE', alsoEnv: 'MIDONET_CA', help: 'PEM: trust these certificates as well' },
    { flag: 'max-flows', value: 'N', default: '65536', help: 'flows kept in the kernel at most, 64 to 1048576' },
    { flag: 'big-tcp', value: 'on|off', default: 'off', help: 'TCP packets of up to 192 KiB through the tunnels' },
    { flag: 'metadata-url', value: 'URL', help: 'the metadata service for instances of this host' },
    {
      flag: 'metadata-secret-file',
      value: 'FILE',
      help: 'the secret that it shares with the agent; mode 0600; alone where the URL is set centrally',
    },
    { flag: 'dns-resolver', value: 'ADDR[:PORT]', many: true, help: "whom to ask for instances; the host's own" },
    METRICS,
    { flag: 'log', value: 'LEVEL', default: 'info', help: 'debug, info, warn or error' },
  ],
};

export function variableOf(daemon: Daemon, { flag }: Setting): string {
  return `MIDONET_${daemon}_${flag}`.toUpperCase().replaceAll('-', '_');
}

export class SettingsError extends Error {}

/**
 * A command line with what a file and the environment say put before it. A flag given on the command
 * line goes before the environment, the environment before the file; the lower ones are then left out
 * whole, so that lists do not mix. Throws SettingsError naming line and setting.
 */
export function withSettings(
  daemon: Daemon,
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
): string[] {
  const settings = SETTINGS[daemon];
  const [path, own] = configOf(argv, environment);
  const given = (flag: string): boolean => own.some((word) => word === `--${flag}` || word.startsWith(`--${flag}=`));
  const lines = path === undefined ? new Map<string, string[]>() : parseFile(path, read(path, readFile), settings);
  const lower = settings.flatMap((setting): string[] => {
    if (given(setting.flag)) return [];
    const variable = environment[variableOf(daemon, setting)];
    const also = setting.alsoEnv === undefined ? undefined : environment[setting.alsoEnv];
    // What the daemon reads from there by itself goes before a file.
    const values = variable !== undefined ? [variable] : also !== undefined ? [] : (lines.get(setting.flag) ?? []);
    const split = setting.many === true ? values.flatMap((value) => value.split(',').map((one) => one.trim())) : values;
    return split.filter((value) => value !== '').map((value) => `--${setting.flag}=${value}`);
  });
  return [...lower, ...own];
}

/** `--config FILE` or MIDONET_CONFIG, and the words without it. */
function configOf(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): [path: string | undefined, rest: string[]] {
  const at = argv.findIndex((word) => word === '--config' || word.startsWith('--config='));
  const word = argv[at];
  if (word === undefined) return [environment['MIDONET_CONFIG'], [...argv]];
  const separate = word === '--config';
  const path = separate ? argv[at + 1] : word.slice('--config='.length);
  if (path === undefined || path === '') throw new SettingsError('--config needs a file');
  return [path, argv.filter((_, index) => index !== at && !(separate && index === at + 1))];
}

function read(path: string, readFile: (path: string) => string): string {
  try {
    return readFile(path);
  } catch (error) {
    throw new SettingsError(`cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** `name = value` a line, `#` begins a comment; a name of `many` may come several times. */
function parseFile(path: string, text: string, settings: readonly Setting[]): Map<string, string[]> {
  const lines = new Map<string, string[]>();
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, name = '', value = ''] = /^([a-z][a-z-]*)\s*=\s*(.*)$/.exec(line) ?? [];
    const where = `${path}:${index + 1}`;
    const setting = settings.find(({ flag }) => flag === name);
    if (name === '') throw new SettingsError(`${where}: must be "name = value"`);
    if (setting === undefined) {
      throw new SettingsError(
        `${where}: there is no setting "${name}"; there is ${settings.map((one) => one.flag).join(', ')}`,
      );
    }
    const before = lines.get(name);
    if (before !== undefined && setting.many !== true) throw new SettingsError(`${where}: ${name} is given twice`);
    lines.set(name, [...(before ?? []), value]);
  }
  return lines;
}
