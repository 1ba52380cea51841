import { createHash } from 'node:crypto';
import { z } from 'zod';
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
const TIMEOUT_MS = 5_000;

/**
 * Asks Keystone what the projects are called that a token may know of: all for its administrators, for others
 * those that they have a role in. Names are for people, so who cannot be told any gets none.
 */
export class KeystoneProjects {
  readonly #url: string;
  readonly #modules: KeystoneModules;
  /** By the hash of the token, the oldest first. */
  readonly #known = new Map<string, { readonly until: number; readonly projects: Promise<Projects> }>();

  constructor({ url }: KeystoneOptions, modules: KeystoneModules) {
    this.#url = url.replace(/\/+$/, '');
    this.#modules = modules;
  }

  of(token: string): Promise<Projects> {
    const key = createHash('sha256').update(token).digest('base64url');
    const now = this.#modules.clock.now();
    const known = this.#known.get(key);
    if (known !== undefined && known.until > now) return known.projects;
    this.#known.delete(key);
    const projects = this.#ask(token);
    this.#known.set(key, { until: now + BELIEVED_MS, projects });
    const [oldest] = this.#known.keys();
    if (this.#known.size > KEPT && oldest !== undefined) this.#known.delete(oldest);
    return projects;
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
    const response = await fetch(`${this.#url}/${path}`, {
      headers: { 'x-auth-token': token, accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    if ([401, 403, 404].includes(response.status)) return undefined;
    if (response.status !== 200) throw new Error(`it answers ${response.status}`);
    const { projects } = answer.parse(JSON.parse(text));
    return new Map(projects.slice(0, MOST_PROJECTS).map(({ id, name }) => [id, name]));
  }
}
