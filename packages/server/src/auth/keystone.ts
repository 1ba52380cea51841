import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { Identity } from '../access/identity.ts';
import type { Clock } from '../clock.ts';
import { Refusal } from '../http/problem.ts';
import type { Metrics } from '../metrics.ts';
import { KeystoneProjects } from './keystone-projects.ts';
import { passwordQuestion, type KeystoneLogin } from './keystone-password.ts';
import { AnswerTooLong, askKeystone } from './keystone-request.ts';
import { identityOfKeystone, keystoneAnswer, type KeystoneToken } from './keystone-token.ts';

export type KeystoneOptions = {
  /** Of the v3 API: `https://keystone:5000/v3`. */
  readonly url: string;
  /** Id of the project in which the role admin makes an administrator of MidoNet, not of a tenant. */
  readonly adminProject: string | undefined;
  /** Id of the domain of the users and projects that log in here by their names: `default`. */
  readonly domain?: string | undefined;
};

export type KeystoneModules = { readonly clock: Clock; readonly metrics: Metrics; readonly logger: Logger };

/** How long an answer is believed: a token that Keystone revokes works no longer than this. */
const BELIEVED_MS = 60_000;
const REFUSED_MS = 10_000;
const KEPT = 10_000;
const UNDER_WAY = 64;
/** Of an answer about a token, which has no catalog in it. */
const ANSWER_BYTES = 1 << 20;

/** A token that Keystone gave, and when it is over. */
export type KeystoneSession = { readonly key: string; readonly expires: number };

type Known = { readonly identity: Identity | undefined; readonly until: number };

/**
 * Asks Keystone (Identity API v3, "Validate and show information for token") who shows a token. The
 * token vouches for itself, which Keystone's policy lets every token do: no service account is needed.
 */
export class Keystone {
  readonly #options: KeystoneOptions;
  readonly #modules: KeystoneModules;
  /** By the hash of the token, the longest unused first. */
  readonly #known = new Map<string, Known>();
  readonly #asked = new Map<string, Promise<Identity | undefined>>();
  #logins = 0;

  constructor(options: KeystoneOptions, modules: KeystoneModules) {
    this.#options = options;
    this.#modules = modules;
  }

  /** Undefined when Keystone does not know the token. Throws 503 when it cannot be asked. */
  async validate(token: string): Promise<Identity | undefined> {
    const key = createHash('sha256').update(token).digest('base64url');
    const known = this.#known.get(key);
    if (known !== undefined && known.until > this.#modules.clock.now()) {
      this.#known.delete(key);
      this.#known.set(key, known);
      return known.identity;
    }
    const asked = this.#asked.get(key);
    if (asked !== undefined) return asked;
    if (this.#asked.size >= UNDER_WAY) throw this.#busy();
    const asking = this.#ask(token, key).finally(() => this.#asked.delete(key));
    this.#asked.set(key, asking);
    return asking;
  }

  /** Trades user and password for a token; undefined when Keystone does not take them. Throws 503 as `validate` does. */
  async login(login: KeystoneLogin): Promise<KeystoneSession | undefined> {
    if (this.#logins >= UNDER_WAY) throw this.#busy();
    this.#logins++;
    try {
      const { url, domain = 'default' } = this.#options;
      const asked = { headers: {}, limit: ANSWER_BYTES, body: passwordQuestion(login, domain) };
      return await this.#hear(async () => {
        const { status, text, token } = await askKeystone(tokensOf(url), asked);
        // 400 is a name that cannot be one; 403: a password that has to be changed first, or a user who is locked out.
        if ([400, 401, 403, 404].includes(status)) return undefined;
        if (status !== 201 || token === undefined) throw new Error(`it answers ${status}`);
        return { key: token, expires: Date.parse(keystoneAnswer(text).expires_at) };
      });
    } finally {
      this.#logins--;
    }
  }

  #busy(): Refusal {
    this.#modules.metrics.keystone.inc({ outcome: 'busy' });
    return new Refusal(503, 'too many wait for Keystone; try again', [], 1);
  }

  async #ask(token: string, key: string): Promise<Identity | undefined> {
    const { clock, metrics } = this.#modules;
    const answer = await this.#fetch(token);
    const identity = answer === undefined ? undefined : identityOfKeystone(answer, this.#options.adminProject);
    const now = clock.now();
    const expires = identity?.credential.expires ?? Infinity;
    if (identity !== undefined && expires <= now) return undefined;
    metrics.keystone.inc({ outcome: identity === undefined ? 'refused' : 'accepted' });
    this.#keep(key, { identity, until: Math.min(expires, now + (identity === undefined ? REFUSED_MS : BELIEVED_MS)) });
    return identity;
  }

  #keep(key: string, known: Known): void {
    this.#known.delete(key);
    this.#known.set(key, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size <= KEPT || oldest === undefined) return;
    this.#known.delete(oldest);
    this.#modules.metrics.limitsEvicted.inc({ table: 'keystone' });
  }

  async #fetch(token: string): Promise<KeystoneToken | undefined> {
    const headers = { 'x-auth-token': token, 'x-subject-token': token };
    return this.#hear(async () => {
      const { status, text } = await askKeystone(tokensOf(this.#options.url), { headers, limit: ANSWER_BYTES });
      // 401: the token cannot vouch for itself; 403: a policy forbids it to; 404: there is no such token.
      if ([401, 403, 404].includes(status)) return undefined;
      if (status === 200) return keystoneAnswer(text);
      throw new Error(`it answers ${status}`);
    });
  }

  /** Turns whatever stands in the way of an answer into a 503. */
  async #hear<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      this.#modules.metrics.keystone.inc({ outcome: 'failed' });
      this.#modules.logger.warn({ err: error, keystone: this.#options.url }, 'Keystone cannot be asked');
      const why = error instanceof AnswerTooLong ? ` (${error.message})` : '';
      throw new Refusal(503, `Keystone cannot be asked who this is${why}; try again`, [], 1);
    }
  }
}

function tokensOf(url: string): string {
  return `${url.replace(/\/+$/, '')}/auth/tokens?nocatalog`;
}

/** Who shows a token, and what projects are called. */
export function keystoneOf(
  options: KeystoneOptions,
  modules: KeystoneModules,
): { readonly keystone: Keystone; readonly projects: KeystoneProjects } {
  return { keystone: new Keystone(options, modules), projects: new KeystoneProjects(options, modules) };
}
