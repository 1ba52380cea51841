import type { Identity } from '../access/identity.ts';
import type { Clock } from '../clock.ts';
import { Refusal } from '../http/problem.ts';
import type { Metrics } from '../metrics.ts';
import { TokenBuckets } from './token-buckets.ts';

export type Rate = { readonly burst: number; readonly perSecond: number };

export type LimitOptions = {
  /** Failed logins from one address. */
  readonly loginsPerAddress: Rate;
  /** Failed logins for one user from anywhere: slows guessing from many addresses. */
  readonly loginsPerUser: Rate;
  /** Requests of one user, token or session. The controller's own token has no limit. */
  readonly requests: Rate;
};

export const LIMIT_DEFAULTS: LimitOptions = {
  loginsPerAddress: { burst: 20, perSecond: 0.1 },
  loginsPerUser: { burst: 30, perSecond: 0.1 },
  requests: { burst: 2000, perSecond: 200 },
};

const TABLE = 10_000;

/** How often somebody may try. Answers 429 with Retry-After beyond that. */
export class Limits {
  readonly #addresses: TokenBuckets;
  readonly #users: TokenBuckets;
  readonly #requests: TokenBuckets;
  readonly #metrics: Metrics;

  constructor(options: LimitOptions, { clock, metrics }: { readonly clock: Clock; readonly metrics: Metrics }) {
    this.#metrics = metrics;
    const table = (name: string, rate: Rate) =>
      new TokenBuckets({ ...rate, size: TABLE, onEvict: () => metrics.limitsEvicted.inc({ table: name }) }, clock);
    this.#addresses = table('address', options.loginsPerAddress);
    this.#users = table('user', options.loginsPerUser);
    this.#requests = table('request', options.requests);
  }

  /** Throws 429 when too many logins failed lately; whether this one is right is not looked at then. */
  checkLogin(address: string, user: string): void {
    const wait = Math.max(this.#addresses.wait(address), this.#users.wait(user));
    if (wait > 0) this.#refuse('login', wait, 'too many failed logins');
  }

  loginFailed(address: string, user: string): void {
    this.#metrics.loginsFailed.inc();
    this.#addresses.spend(address);
    this.#users.spend(user);
  }

  /** Throws 429 when this caller asks too often. The controller's own token stays as fast as the machine. */
  request({ user, credential: { kind, id } }: Identity): void {
    if (kind === 'root' || kind === 'none') return;
    const caller = id ?? `user ${user}`;
    const wait = this.#requests.wait(caller);
    if (wait > 0) this.#refuse('request', wait, 'too many requests');
    this.#requests.spend(caller);
  }

  #refuse(limit: string, wait: number, why: string): never {
    this.#metrics.limited.inc({ limit });
    throw new Refusal(429, `${why}; try again in ${wait} s`, [], wait);
  }
}
