import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../agent/rig.ts';

const CACHE = join(import.meta.dirname, '../../../.cache/keystone');
const BIN = join(CACHE, 'image/usr/bin');
/** The interpreter that Debian's packages are for. */
const PYTHON = '/usr/bin/python3';
const ADMIN_PASSWORD = 'an-admin-of-tests';
const SLOW_MS = 180_000;

export const keystoneMissing: string | false = existsSync(join(CACHE, 'ready'))
  ? false
  : 'run test/src/keystone/fetch-keystone.sh first';

export type Scope =
  | { readonly project: { readonly id: string } }
  | { readonly system: { readonly all: true } }
  | undefined;
type Answer = { readonly status: number; readonly token: string; readonly body: Record<string, { id: string }> };

/** Debian's Keystone with a database of its own, on the loopback. */
export class KeystoneServer {
  readonly url: string;
  readonly #folder: string;
  readonly #process: ChildProcess;
  #admin = '';

  private constructor(url: string, folder: string, child: ChildProcess) {
    this.url = url;
    this.#folder = folder;
    this.#process = child;
  }

  /** With its first user, project and roles, as `keystone-manage bootstrap` makes them. */
  static async start(): Promise<KeystoneServer> {
    const folder = mkdtempSync(join(tmpdir(), 'midonet-keystone-'));
    const config = join(folder, 'keystone.conf');
    for (const keys of ['fernet', 'credential']) mkdirSync(join(folder, keys), { mode: 0o700 });
    writeFileSync(
      config,
      `[DEFAULT]
use_stderr = false
[database]
connection = sqlite:///${join(folder, 'keystone.db')}
[fernet_tokens]
key_repository = ${join(folder, 'fernet')}
[credential]
key_repository = ${join(folder, 'credential')}
[identity]
password_hash_rounds = 4
`,
    );
    const env = {
      PATH: '/usr/bin:/bin',
      HOME: folder,
      PYTHONPATH: join(CACHE, 'image/usr/lib/python3/dist-packages'),
      OS_KEYSTONE_CONFIG_FILES: config,
    };
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/v3`;
    const manage = (...words: string[]): Promise<unknown> =>
      promisify(execFile)(PYTHON, [join(BIN, 'keystone-manage'), '--config-file', config, ...words], { env });
    const { username } = userInfo();
    const owner = ['--keystone-user', username, '--keystone-group', username];
    await Promise.all([manage('db_sync'), manage('fernet_setup', ...owner), manage('credential_setup', ...owner)]);
    // Keystone's requests that read end their transactions late, and would lock out those that write.
    const database = new DatabaseSync(join(folder, 'keystone.db'));
    database.exec('PRAGMA journal_mode = WAL');
    database.close();
    await manage('bootstrap', '--bootstrap-password', ADMIN_PASSWORD, '--bootstrap-public-url', url);
    const log = openSync(join(folder, 'log'), 'w');
    const words = [join(BIN, 'keystone-wsgi-public'), '--host', '127.0.0.1', '--port', String(port)];
    const child = spawn(PYTHON, words, { env, stdio: ['ignore', log, log] });
    closeSync(log);
    const server = new KeystoneServer(url, folder, child);
    const answers = (): Promise<boolean> =>
      fetch(url).then(
        ({ ok }) => ok,
        () => {
          if (child.exitCode !== null) throw new Error(server.#said());
          return false;
        },
      );
    try {
      await until('Keystone to answer', answers, () => server.#said(), SLOW_MS);
      const first = await server.login('admin', ADMIN_PASSWORD, undefined);
      const { projects } = (await server.#ask('GET', '/auth/projects', undefined, first.token)).body as never as {
        projects: { id: string; name: string }[];
      };
      server.#adminProject = projects.find(({ name }) => name === 'admin')?.id ?? '';
      server.#admin = (await server.login('admin', ADMIN_PASSWORD, { project: { id: server.#adminProject } })).token;
      return server;
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  #adminProject = '';
  /** The project that `bootstrap` makes the first user an admin of. */
  get adminProject(): string {
    return this.#adminProject;
  }
  get adminToken(): string {
    return this.#admin;
  }

  /** The first user's, for the whole system. */
  async systemToken(): Promise<string> {
    return (await this.login('admin', ADMIN_PASSWORD, { system: { all: true } })).token;
  }

  async project(name: string): Promise<string> {
    return this.#made('/projects', { project: { name, domain_id: 'default' } }, 'project');
  }

  async user(name: string, password: string): Promise<string> {
    return this.#made('/users', { user: { name, password, domain_id: 'default' } }, 'user');
  }

  async grant(user: string, project: string, role: string): Promise<void> {
    const found = (await this.#ask('GET', `/roles?name=${role}`)).body as never as { roles: { id: string }[] };
    const id = found.roles[0]?.id ?? (await this.#made('/roles', { role: { name: role } }, 'role'));
    await this.#ask('PUT', `/projects/${project}/users/${user}/roles/${id}`);
  }

  async login(name: string, password: string, scope: Scope): Promise<Answer> {
    const user = { name, password, domain: { id: 'default' } };
    const identity = { methods: ['password'], password: { user } };
    return this.#ask('POST', '/auth/tokens', { auth: { identity, scope: scope ?? 'unscoped' } }, '');
  }

  async revoke(token: string): Promise<void> {
    await this.#ask('DELETE', '/auth/tokens', undefined, this.#admin, { 'x-subject-token': token });
  }

  /** It is gone, as when its machine fails. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #made(path: string, body: unknown, member: string): Promise<string> {
    return (await this.#ask('POST', path, body)).body[member]?.id ?? '';
  }

  async #ask(
    method: string,
    path: string,
    body?: unknown,
    token = this.#admin,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      headers: { 'content-type': 'application/json', ...(token !== '' && { 'x-auth-token': token }), ...more },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}\n${this.#said()}`);
    const parsed = (text === '' ? {} : JSON.parse(text)) as Answer['body'];
    return { status: response.status, token: response.headers.get('x-subject-token') ?? '', body: parsed };
  }

  #said(): string {
    return readFileSync(join(this.#folder, 'log'), 'utf8').slice(-4_000);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
