import type { HostId } from '@midonet/topology';

/** All that are in the cloud now. */
type Peers = { readonly size: number; has(host: HostId): boolean };

/** Hosts that left may come back at once, as when their tunnel zone is put right: so many are remembered. */
const GONE_KEPT = 1024;

/**
 * Hosts of ports that this one knows of: all that it may have to tell anything. Bounded by the cloud:
 * those that left it are forgotten when there are many of them.
 */
export class NearHosts implements Iterable<HostId> {
  readonly #hosts = new Set<HostId>();
  readonly #goneKept: number;

  constructor(goneKept = GONE_KEPT) {
    this.#goneKept = goneKept;
  }

  get size(): number {
    return this.#hosts.size;
  }

  /** True when one of them is new. */
  add(hosts: Iterable<HostId>, peers: Peers): boolean {
    const before = this.#hosts.size;
    for (const host of hosts) this.#hosts.add(host);
    if (this.#hosts.size === before) return false;
    if (this.#hosts.size > peers.size + this.#goneKept) this.#prune(peers);
    return true;
  }

  [Symbol.iterator](): IterableIterator<HostId> {
    return this.#hosts.values();
  }

  /** The oldest of those that are gone, half of what is kept of them: it is not done again at each arrival. */
  #prune(peers: Peers): void {
    let surplus = this.#hosts.size - peers.size - Math.floor(this.#goneKept / 2);
    for (const host of this.#hosts) {
      if (surplus <= 0) return;
      if (peers.has(host)) continue;
      this.#hosts.delete(host);
      surplus--;
    }
  }
}
