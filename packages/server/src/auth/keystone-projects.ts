import { createHash } from 'node:crypto';
import { z } from 'zod';
import { Turnstile } from '../batch/turnstile.ts';
import { askKeystone } from './keystone-request.ts';
import type { KeystoneModules, KeystoneOptions } from './keystone.ts';

const answer = z.object({
  projects: z.array(z.object({ id: z.string().min(1).max(255), name: z.string().max(255) })),
});

/** Name by id. */
export type Projects = ReadonlyMap<string, string>;

const NONE: Projects = new Map();
const BELIEVED_MS = 60_000;
/** Tokens whose answers are kept. */
const KEPT = 64;
const MOST_PROJECTS = 100_000;
/** Names in all answers that are kept. */
const MOST_KEPT = 200_000;
/** Of a list of projects; Keystone says 350 bytes of each. */
const ANSWER_BYTES = 32 << 20;
/** Lists that are read at the same time, and how many wait. */
const LISTS = { inside: 2, line: 64 };

/** `size`: how many names, once that is known. */
type Known = { readonly until: number; readonly projects: Promise<Projects>; size: number };

/**
 * Asks Keystone what the projects are called that a token may know of: all for its administrators, for others
 * those that they have a role in. Names are for people, so who cannot be told any gets none.
 */
export class KeystoneProjects {
  readonly #url: string;
  readonly #modules: KeystoneModules;
  readonly #mostKept: number;
  readonly #turnstile = new Turnstile(LISTS);
  /** By the hash of the token, the oldest first. */
  readonly #known = new Map<string, Known>();

  constructor({ url }: Pick<KeystoneOptions, 'url'>, modules: KeystoneModules, mostKept = MOST_KEPT) {
    this.#mostKept = mostKept;
    this.#url = url.replace(/\/+$/, '');
    this.#modules = modules;
  }

  of(token: string): Promise<Projects> {
    const key = createHash('sha256').update(token).digest('base64url');
    const now = this.#modules.clock.now();
    const known = this.#known.get(key);
    if (known !== undefined && known.until > now) return known.projects;
    this.#known.delete(key);
    const entry = { until: now + BELIEVED_MS, projects: this.#ask(token), size: 0 };
    this.#known.set(key, entry);
    this.#forget();
    return entry.projects.then((projects) => {
      entry.size = projects.size;
      this.#forget();
      return projects;
    });
  }

  /** The oldest answers go while there are too many, or too many names in them. */
  #forget(): void {
    let names = 0;
    for (const { size } of this.#known.values()) names += size;
    for (const [key, { size }] of this.#known) {
      if (this.#known.size <= KEPT && names <= this.#mostKept) return;
      this.#known.delete(key);
      names -= size;
    }
  }

  async #ask(token: string): Promise<Projects> {
    try {
      return (await this.#list('projects', token)) ?? (await this.#list('auth/projects', token)) ?? NONE;
    } catch (error) {
      this.#modules.logger.warn({ err: error, keystone: this.#url }, 'Keystone does not say what projects are called');
      return NONE;
    }
  }

  /** Undefined when the token may not ask this. */
  async #list(path: string, token: string): Promise<Projects | undefined> {
    return this.#turnstile.through(async () => {
      const url = `${this.#url}/${path}`;
      const { status, text } = await askKeystone(url, { headers: { 'x-auth-token': token }, limit: ANSWER_BYTES });
      if ([401, 403, 404].includes(status)) return undefined;
      if (status !== 200) throw new Error(`it answers ${status}`);
      const { projects } = answer.parse(JSON.parse(text));
      return new Map(projects.slice(0, MOST_PROJECTS).map(({ id, name }) => [id, name]));
    });
  }
}
