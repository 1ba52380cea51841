import type { TunnelKey } from '@midonet/flow';
import type { LoadBalancerId, PortId } from '@midonet/topology';
import type { StateDir } from './state-dir.ts';

const FILE = 'tunnel-keys.json';
const MAX_KEY = 0xfffff;
const MAX_REMEMBERED = 65_536;

/**
 * The keys that name this host's ports to other hosts. They are kept on disk, so a restarted agent
 * publishes the same ones and no flow elsewhere has to change.
 */
export class TunnelKeys {
  readonly #state: StateDir;
  readonly #byPort = new Map<string, number>();
  readonly #used = new Set<number>();
  #next = 1;

  constructor(state: StateDir) {
    this.#state = state;
    this.#load();
  }

  /** The key of a port, or of what answers to a load balancer's checks: the one it had, or the next free one. */
  of(port: PortId | LoadBalancerId): TunnelKey {
    const known = this.#byPort.get(port);
    if (known !== undefined) return known as TunnelKey; // brand: made below
    if (this.#byPort.size >= MAX_REMEMBERED) this.#forgetOldest();
    while (this.#used.has(this.#next)) this.#next = (this.#next % MAX_KEY) + 1;
    const key = this.#next;
    this.#next = (this.#next % MAX_KEY) + 1;
    this.#remember(port, key);
    this.#state.write(FILE, JSON.stringify(Object.fromEntries(this.#byPort)));
    return key as TunnelKey; // brand: 1 … 2^20-1
  }

  #forgetOldest(): void {
    const oldest = this.#byPort.entries().next();
    if (oldest.done === true) return;
    this.#byPort.delete(oldest.value[0]);
    this.#used.delete(oldest.value[1]);
  }

  #remember(port: string, key: number): void {
    this.#byPort.set(port, key);
    this.#used.add(key);
  }

  #load(): void {
    const text = this.#state.read(FILE);
    if (text === undefined) return;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    for (const [port, key] of Object.entries(value)) {
      if (typeof key !== 'number' || !Number.isInteger(key) || key < 1 || key > MAX_KEY || this.#used.has(key))
        continue;
      this.#remember(port, key);
      this.#next = (key % MAX_KEY) + 1;
    }
  }
}
