import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { Refusal } from '../http/problem.ts';

/** 32 MB and some 60 ms for each guess (RFC 7914: N = 2^15, r = 8, p = 1). */
export const PASSWORD_COST: PasswordCost = { N: 1 << 15, r: 8, p: 1 };
const MEMORY = 64 << 20;
const LENGTH = 32;
/** Derivations at a time and waiting: more would let logins starve the machine. */
const AT_ONCE = 2;
const WAITING = 64;

export type PasswordCost = { readonly N: number; readonly r: number; readonly p: number };

/** Hashes passwords, a few at a time. The stored form is `scrypt$N$r$p$salt$hash`. */
export class Passwords {
  readonly #cost: PasswordCost;
  #running = 0;
  readonly #queue: (() => void)[] = [];

  constructor(cost = PASSWORD_COST) {
    this.#cost = cost;
  }

  async hash(password: string): Promise<string> {
    const salt = randomBytes(16);
    const { N, r, p } = this.#cost;
    const key = await this.#derive(password, salt, this.#cost);
    return ['scrypt', N, r, p, salt.toString('base64url'), key.toString('base64url')].join('$');
  }

  /** Without a stored form it works as long and says no: an unknown user takes as long as a known one. */
  async fits(password: string, stored: string | undefined): Promise<boolean> {
    const [kind, n, r, p, salt = '', hash = ''] = stored?.split('$') ?? [];
    if (kind !== 'scrypt') {
      await this.#derive(password, Buffer.alloc(16), this.#cost);
      return false;
    }
    const expected = Buffer.from(hash, 'base64url');
    const key = await this.#derive(password, Buffer.from(salt, 'base64url'), {
      N: Number(n),
      r: Number(r),
      p: Number(p),
    });
    return key.length === expected.length && timingSafeEqual(key, expected);
  }

  async #derive(password: string, salt: Buffer, cost: PasswordCost): Promise<Buffer> {
    if (this.#running >= AT_ONCE) {
      if (this.#queue.length >= WAITING) throw new Refusal(503, 'too many logins at once; try again later');
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    }
    this.#running++;
    try {
      return await new Promise<Buffer>((resolve, reject) => {
        scrypt(password.normalize('NFC'), salt, LENGTH, { ...cost, maxmem: MEMORY }, (error, key) => {
          if (error === null) resolve(key);
          else reject(error);
        });
      });
    } finally {
      this.#running--;
      this.#queue.shift()?.();
    }
  }
}
