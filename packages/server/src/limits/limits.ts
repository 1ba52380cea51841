import type { Identity } from '../access/identity.ts';
import type { Clock } from '../clock.ts';
import { Refusal } from '../http/problem.ts';
import type { Metrics } from '../metrics.ts';
import { CallerCounts, callerOf } from './caller-counts.ts';
import { TokenBuckets } from './token-buckets.ts';

export type Rate = { readonly burst: number; readonly perSecond: number };

export type LimitOptions = {
  /** Failed logins from one address. */
  readonly loginsPerAddress: Rate;
  /** Failed logins for one user from anywhere: slows guessing from many addresses. */
  readonly loginsPerUser: Rate;
  /** Requests of one user, token or session. The controller's own token has no limit. */
  readonly requests: Rate;
  /** Requests of one user, token or session that are not answered yet. */
  readonly underWay: number;
};

export const LIMIT_DEFAULTS: LimitOptions = {
  loginsPerAddress: { burst: 20, perSecond: 0.1 },
  loginsPerUser: { burst: 30, perSecond: 0.1 },
  requests: { burst: 2000, perSecond: 200 },
  underWay: 128,
};

const TABLE = 10_000;
/** Of everybody at a time, each of some megabytes. */
const LONG_BODIES = 8;

/** How often somebody may try. Answers 429 with Retry-After beyond that. */
export class Limits {
  readonly #addresses: TokenBuckets;
  readonly #users: TokenBuckets;
  readonly #requests: TokenBuckets;
  readonly #underWay: CallerCounts;
  readonly #longOf = new CallerCounts(1);
  #longBodies = 0;
  readonly #metrics: Metrics;

  constructor(options: LimitOptions, { clock, metrics }: { readonly clock: Clock; readonly metrics: Metrics }) {
    this.#metrics = metrics;
    const table = (name: string, rate: Rate) =>
      new TokenBuckets({ ...rate, size: TABLE, onEvict: () => metrics.limitsEvicted.inc({ table: name }) }, clock);
    this.#addresses = table('address', options.loginsPerAddress);
    this.#users = table('user', options.loginsPerUser);
    this.#requests = table('request', options.requests);
    this.#underWay = new CallerCounts(options.underWay);
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

  /** Throws 429 when this caller asks too often; `count` is how many requests this one stands for. The controller's own token stays as fast as the machine. */
  request(identity: Identity, count = 1): void {
    const caller = callerOf(identity);
    if (caller === undefined || count === 0) return;
    const wait = this.#requests.wait(caller, count);
    // Nothing is spent: who comes back then finds enough.
    if (wait > 0) this.#refuse('request', wait, 'too many requests');
    this.#requests.spend(caller, count);
  }

  /** As `request`, for a message of a watch: false when there are too many. */
  frame(identity: Identity): boolean {
    const caller = callerOf(identity);
    if (caller === undefined) return true;
    if (this.#requests.wait(caller) > 0) {
      this.#metrics.limited.inc({ limit: 'frame' });
      return false;
    }
    this.#requests.spend(caller);
    return true;
  }

  /** A request has come; answers what to call when it is done. Throws 429 when too many wait for their answers. */
  begin(identity: Identity): () => void {
    const caller = callerOf(identity);
    if (!this.#underWay.add(caller)) this.#refuse('under way', 1, 'too many requests at the same time');
    let done = false;
    return () => {
      if (!done) this.#underWay.remove(caller);
      done = true;
    };
  }

  /**
   * A request has come whose body is long; answers what to call when it is done. Throws 429 when the caller has
   * another one under way, 503 when others have as many as there is memory for.
   */
  longBody(identity: Identity): () => void {
    const caller = callerOf(identity);
    if (this.#longBodies >= LONG_BODIES) throw new Refusal(503, 'too many long requests at once; try again', [], 1);
    if (!this.#longOf.add(caller)) this.#refuse('long body', 1, 'another long request is under way');
    this.#longBodies++;
    let done = false;
    return () => {
      if (done) return;
      done = true;
      this.#longBodies--;
      this.#longOf.remove(caller);
    };
  }

  #refuse(limit: string, wait: number, why: string): never {
    this.#metrics.limited.inc({ limit });
    throw new Refusal(429, `${why}; try again in ${wait} s`, [], wait);
  }
}
