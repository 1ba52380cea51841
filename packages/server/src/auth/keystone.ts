import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { Identity } from '../access/identity.ts';
import type { Clock } from '../clock.ts';
import { Refusal } from '../http/problem.ts';
import type { Metrics } from '../metrics.ts';
import { KeystoneProjects } from './keystone-projects.ts';
import { AnswerTooLong, askKeystone } from './keystone-request.ts';
import { identityOfKeystone, keystoneAnswer, type KeystoneToken } from './keystone-token.ts';

export type KeystoneOptions = {
  /** Of the v3 API: `https://keystone:5000/v3`. */
  readonly url: string;
  /** Id of the project in which the role admin makes an administrator of MidoNet, not of a tenant. */
  readonly adminProject: string | undefined;
};

export type KeystoneModules = { readonly clock: Clock; readonly metrics: Metrics; readonly logger: Logger };

/** How long an answer is believed: a token that Keystone revokes works no longer than this. */
const BELIEVED_MS = 60_000;
const REFUSED_MS = 10_000;
const KEPT = 10_000;
const UNDER_WAY = 64;
/** Of an answer about a token, which has no catalog in it. */
const ANSWER_BYTES = 1 << 20;

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
    if (this.#asked.size >= UNDER_WAY) {
      this.#modules.metrics.keystone.inc({ outcome: 'busy' });
      throw new Refusal(503, 'too many tokens wait for Keystone; try again', [], 1);
    }
    const asking = this.#ask(token, key).finally(() => this.#asked.delete(key));
    this.#asked.set(key, asking);
    return asking;
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
    try {
      const { status, text } = await askKeystone(`${this.#options.url.replace(/\/+$/, '')}/auth/tokens?nocatalog`, {
        headers: { 'x-auth-token': token, 'x-subject-token': token },
        limit: ANSWER_BYTES,
      });
      // 401: the token cannot vouch for itself; 403: a policy forbids it to; 404: there is no such token.
      if ([401, 403, 404].includes(status)) return undefined;
      if (status === 200) return keystoneAnswer(text);
      throw new Error(`it answers ${status}`);
    } catch (error) {
      this.#modules.metrics.keystone.inc({ outcome: 'failed' });
      this.#modules.logger.warn({ err: error, keystone: this.#options.url }, 'Keystone cannot be asked');
      const why = error instanceof AnswerTooLong ? ` (${error.message})` : '';
      throw new Refusal(503, `Keystone cannot be asked who this is${why}; try again`, [], 1);
    }
  }
}

/** Who shows a token, and what projects are called. */
export function keystoneOf(
  options: KeystoneOptions,
  modules: KeystoneModules,
): { readonly keystone: Keystone; readonly projects: KeystoneProjects } {
  return { keystone: new Keystone(options, modules), projects: new KeystoneProjects(options, modules) };
}
