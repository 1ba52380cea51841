import { isCloudRole } from '@midonet/contract';
import type { Store } from '@midonet/store';
import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { AccessStore } from '../access/access-store.ts';
import { atMost, tenantOfIdentity, type Credential, type Identity } from '../access/identity.ts';
import type { Passwords } from '../access/passwords.ts';
import { recordKey, type ApiToken, type User } from '../access/records.ts';
import { secretFits, secretId } from '../access/secrets.ts';
import type { Clock } from '../clock.ts';
import { Refusal } from '../http/problem.ts';
import type { Limits } from '../limits/limits.ts';
import type { Keystone } from './keystone.ts';
import type { KeystoneLogin } from './keystone-password.ts';
import type { KeystoneProjects, Projects } from './keystone-projects.ts';
import { basicCredentials, presentedToken } from './presented.ts';
import { makeSession, openSession, revocationKey, type SessionSubject } from './session.ts';
import { sameSecret } from './token.ts';

export type AuthOptions = { readonly kind: 'token'; readonly token: string } | { readonly kind: 'none' };

export type Session = { readonly key: string; readonly expires: number };

export type AuthModules = {
  readonly clock: Clock;
  readonly store: Store;
  readonly access: AccessStore;
  readonly passwords: Passwords;
  readonly limits: Limits;
  /** The other provider of identity, when there is one. */
  readonly keystone?: Keystone | undefined;
  readonly projects?: KeystoneProjects | undefined;
};

const SESSION_MS = 24 * 3600 * 1000;
/** Whoever knows the controller's own token is this user. */
const ROOT_USER = 'admin';
const ANYBODY: Identity = { user: 'anonymous', role: 'admin', credential: { kind: 'none', keys: [] } };

/** Decides who a request comes from: the controller's own token, a session, an API token, a host's credential. */
export class Authenticator {
  readonly #options: AuthOptions;
  readonly #modules: AuthModules;
  readonly #secret: string;

  constructor(options: AuthOptions, modules: AuthModules) {
    this.#options = options;
    this.#modules = modules;
    this.#secret = options.kind === 'token' ? options.token : randomBytes(24).toString('base64url');
  }

  async identify(headers: IncomingHttpHeaders): Promise<Identity | undefined> {
    if (this.#options.kind === 'none') return ANYBODY;
    const presented = presentedToken(headers);
    return presented === undefined ? undefined : this.accept(presented);
  }

  async accept(presented: string): Promise<Identity | undefined> {
    if (this.#options.kind === 'none') return ANYBODY;
    if (presented === '') return undefined;
    if (sameSecret(presented, this.#options.token)) {
      return { user: ROOT_USER, role: 'admin', credential: { kind: 'root', keys: [] } };
    }
    if (presented.startsWith('s1.')) return this.#ofSession(presented);
    if (presented.startsWith('mnt_')) return this.#ofToken(presented);
    if (presented.startsWith('mnh_')) return this.#ofHost(presented);
    return this.#ofKeystone(presented);
  }

  /** What the other provider of identity calls the tenants that whoever asks may know of, by id. */
  async tenantNames(headers: IncomingHttpHeaders, { credential }: Identity): Promise<Projects> {
    const token = credential.kind === 'keystone' ? presentedToken(headers) : undefined;
    const { projects } = this.#modules;
    return token === undefined || projects === undefined ? new Map() : projects.of(token);
  }

  /**
   * Basic credentials for a session; undefined when they are wrong. With X-Auth-Project a tenant's
   * user must name their own tenant. Whom the store does not know may be a user of Keystone: the session
   * is a token of it then. Throws 429 after too many failures.
   */
  async login(headers: IncomingHttpHeaders, address: string): Promise<Session | undefined> {
    const basic = basicCredentials(headers);
    if (this.#options.kind === 'none') return this.#session({ kind: 'root' });
    if (basic === undefined) return undefined;
    const { user, password } = basic;
    const { limits } = this.#modules;
    const counted = user.slice(0, 64);
    limits.checkLogin(address, counted);
    const rootFits = sameSecret(password, this.#options.token);
    if (user === ROOT_USER && rootFits) return this.#session({ kind: 'root' });
    const header = headers['x-auth-project'];
    const project = typeof header === 'string' ? header.trim() : undefined;
    const subject = await this.#checkPassword(user, password, project);
    if (subject !== undefined) return this.#session(subject);
    let elsewhere: Session | undefined;
    try {
      elsewhere = await this.#loginToKeystone({ user, password, project });
    } finally {
      // Also when Keystone cannot be asked: a guess is a guess.
      if (elsewhere === undefined) limits.loginFailed(address, counted);
    }
    return elsewhere;
  }

  /** Only what opens something here is a session. */
  async #loginToKeystone(login: KeystoneLogin): Promise<Session | undefined> {
    const names = [login.user, login.password, login.project ?? ''];
    if (login.user === '' || login.password === '' || names.some((text) => text.length > 255)) return undefined;
    const session = await this.#modules.keystone?.login(login);
    return session === undefined || (await this.#ofKeystone(session.key)) === undefined ? undefined : session;
  }

  /** Ends the session that the request shows. Throws 400 for what is no session. */
  async logout(headers: IncomingHttpHeaders): Promise<void> {
    const { store, clock } = this.#modules;
    const presented = presentedToken(headers) ?? '';
    const session = openSession(presented, this.#secret, clock.now());
    if (session === undefined) throw new Refusal(400, 'only a session can be ended so; delete an API token instead');
    const lease = await store.grantLease(Math.max(1000, session.expires - clock.now()));
    const write = { kind: 'put', key: revocationKey(presented), value: '""', lease } as const;
    const user = session.subject.kind === 'root' ? ROOT_USER : session.subject.name;
    await store.commit({ author: { user }, conditions: [], writes: [write] });
  }

  #session(subject: SessionSubject): Session {
    const expires = this.#modules.clock.now() + SESSION_MS;
    return { key: makeSession(this.#secret, subject, expires), expires };
  }

  async #checkPassword(
    name: string,
    password: string,
    project: string | undefined,
  ): Promise<SessionSubject | undefined> {
    const { access, passwords } = this.#modules;
    const stored = name === '' || name.length > 64 ? undefined : await access.get('user', name);
    const user = stored?.record;
    const fits = await passwords.fits(password.slice(0, 256), user?.password);
    if (!fits || user === undefined || !(await this.#mayEnter(user))) return undefined;
    if (!isCloudRole(user.role) && (project ?? '') !== '' && project !== user.tenantId) return undefined;
    return { kind: 'user', name, epoch: user.epoch };
  }

  async #mayEnter(user: User): Promise<boolean> {
    if (!user.enabled || isCloudRole(user.role)) return user.enabled;
    const tenant = await this.#modules.access.get('tenant', user.tenantId);
    return tenant?.record.enabled ?? true;
  }

  async #ofSession(presented: string): Promise<Identity | undefined> {
    const { store, clock, access } = this.#modules;
    const session = openSession(presented, this.#secret, clock.now());
    const key = revocationKey(presented);
    if (session === undefined || (await store.get(key)) !== undefined) return undefined;
    const { subject, expires } = session;
    if (subject.kind === 'root') {
      return { user: ROOT_USER, role: 'admin', credential: { kind: 'session', expires, keys: [key] } };
    }
    const user = (await access.get('user', subject.name))?.record;
    if (user?.epoch !== subject.epoch || !(await this.#mayEnter(user))) return undefined;
    return identityOf(user, user.role, { kind: 'session', expires, keys: [key, ...keysOf(user)] });
  }

  async #ofToken(presented: string): Promise<Identity | undefined> {
    const { access, clock } = this.#modules;
    const id = secretId('mnt', presented);
    const token = id === undefined ? undefined : (await access.get('token', id))?.record;
    if (token === undefined || !secretFits(presented, token.hash)) return undefined;
    if (token.expiresAt !== null && token.expiresAt <= clock.now()) return undefined;
    const user = (await access.get('user', token.user))?.record;
    if (user === undefined || !(await this.#mayEnter(user))) return undefined;
    const keys = [recordKey('token', token.id), ...keysOf(user)];
    const credential: Credential = { kind: 'token', id: token.id, expires: token.expiresAt ?? undefined, keys };
    const role = roleOfToken(token, user);
    return role === undefined ? undefined : identityOf(user, role, credential);
  }

  /** A tenant that is disabled here stays out, whatever Keystone says of the project. */
  async #ofKeystone(presented: string): Promise<Identity | undefined> {
    const { keystone, access } = this.#modules;
    const identity = await keystone?.validate(presented);
    const tenantId = identity === undefined ? undefined : tenantOfIdentity(identity);
    if (identity === undefined || tenantId === undefined) return identity;
    const tenant = await access.get('tenant', tenantId);
    if (tenant?.record.enabled === false) return undefined;
    return { ...identity, credential: { ...identity.credential, keys: [recordKey('tenant', tenantId)] } };
  }

  async #ofHost(presented: string): Promise<Identity | undefined> {
    const { access } = this.#modules;
    const id = secretId('mnh', presented);
    const entry = id === undefined ? undefined : await access.hostByCredential(id);
    if (entry === undefined || !secretFits(presented, entry.hash)) return undefined;
    const { hostId, name } = entry;
    const credential: Credential = { kind: 'host', id, keys: [recordKey('host', hostId)] };
    return { user: `host ${name}`, role: 'host', hostId, name, credential };
  }
}

/** A token never does more than its user may now; one of an admin who was made less goes with that. */
function roleOfToken(token: ApiToken, user: User): User['role'] | undefined {
  if (token.tenantId !== user.tenantId) return undefined;
  return atMost(token.role, user.role) ? token.role : user.role;
}

function identityOf(user: User, role: User['role'], credential: Credential): Identity | undefined {
  if (isCloudRole(role)) return { user: user.name, role, credential };
  // A tenant role without a tenant would reach what belongs to nobody.
  return user.tenantId === '' ? undefined : { user: user.name, role, tenantId: user.tenantId, credential };
}

function keysOf(user: User): string[] {
  const own = recordKey('user', user.name);
  return isCloudRole(user.role) ? [own] : [own, recordKey('tenant', user.tenantId)];
}
