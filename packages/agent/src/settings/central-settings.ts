import {
  CONF_SETTINGS,
  confDefaults,
  confProblems,
  confValue,
  layeredConf,
  type ConfKey,
  type ConfRead,
} from '@midonet/contract';
import { DEFAULT_TEMPLATE, type ConfTree, type HostId, type TopologyItem } from '@midonet/topology';
import type { Logger } from '../logger.ts';

type Follower = { readonly keys: readonly ConfKey[]; readonly apply: () => void; seen: string };

/**
 * What the controllers say of how this host is run: its own settings before those of its template,
 * these before the default template's. What is set on the host itself goes before all of it.
 */
export class CentralSettings {
  readonly #hostId: HostId;
  readonly #logger: Logger;
  readonly #own: ReadonlySet<ConfKey>;
  readonly #documents = new Map<string, ConfTree>();
  readonly #followers: Follower[] = [];
  #template: string | undefined;
  #settings: ConfTree = confDefaults();
  #said = '';

  /** `own`: what is set on the host. */
  constructor(hostId: HostId, own: ReadonlySet<ConfKey>, logger: Logger) {
    this.#hostId = hostId;
    this.#own = own;
    this.#logger = logger;
  }

  /** What is set, or what that is where nobody says anything; undefined: the host itself says. */
  get(key: ConfKey): ConfRead | undefined {
    return this.#own.has(key) ? undefined : (confValue(this.#settings, key) ?? confValue(confDefaults(), key));
  }

  /** Calls when one of these is another than before, and now if it is not what it is by itself. */
  follow(keys: readonly ConfKey[], apply: () => void): void {
    const follower: Follower = { keys, apply, seen: this.#print(keys, (key) => confValue(confDefaults(), key)) };
    this.#followers.push(follower);
    this.#tell(follower);
  }

  /** News of the controller; others than settings are passed over. */
  observe(changes: readonly TopologyItem[]): void {
    let isNews = false;
    for (const change of changes) isNews = this.#note(change) || isNews;
    if (!isNews) return;
    const mapped = this.#template === undefined ? undefined : this.#documents.get(`confTemplate/${this.#template}`);
    const shared = this.#documents.get(`confTemplate/${DEFAULT_TEMPLATE}`);
    const own = this.#documents.get(`confNode/${this.#hostId}`);
    this.#settings = layeredConf([own, mapped, shared, confDefaults()]);
    this.#complain();
    for (const follower of this.#followers) this.#tell(follower);
  }

  /** What is followed of the controllers, for who wants to see it; what the host says itself is left out. */
  status(): Readonly<Record<string, ConfRead>> {
    const values = CONF_SETTINGS.map(({ key }) => [key, this.get(key as ConfKey)] as const); // their own keys
    return Object.fromEntries(values.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
  }

  #note({ key, value }: TopologyItem): boolean {
    const [kind] = key.split('/', 1);
    if (kind === 'confMapping') {
      this.#template = value?.kind === 'confMapping' ? value.template : undefined;
      return true;
    }
    if (kind !== 'confNode' && kind !== 'confTemplate') return false;
    if (value?.kind === 'confNode' || value?.kind === 'confTemplate') this.#documents.set(key, value.values);
    else this.#documents.delete(key);
    return true;
  }

  #tell(follower: Follower): void {
    const seen = this.#print(follower.keys, (key) => this.get(key));
    const isNew = seen !== follower.seen && follower.keys.some((key) => !this.#own.has(key));
    follower.seen = seen;
    if (!isNew) return;
    this.#logger.info({ settings: JSON.parse(seen) as unknown }, 'settings of the controller');
    follower.apply();
  }

  #print(keys: readonly ConfKey[], of: (key: ConfKey) => ConfRead | undefined): string {
    return JSON.stringify(Object.fromEntries(keys.filter((key) => !this.#own.has(key)).map((key) => [key, of(key)])));
  }

  /** A newer controller may take values that this agent does not know. */
  #complain(): void {
    const problems = confProblems(this.#settings).map(({ key, message }) => `${key} ${message}`);
    const said = problems.join('; ');
    if (said !== '' && said !== this.#said) {
      this.#logger.warn({ problems }, 'settings of the controller that this agent cannot follow');
    }
    this.#said = said;
  }
}
