import { neighbourTag, type Tag } from '@midonet/flow';
import type { IpAddress, Mac } from '@midonet/packet';
import type { PortId, RouterId } from '@midonet/topology';

export type NeighbourRow = {
  readonly routerId: RouterId;
  readonly portId: PortId;
  readonly ip: IpAddress;
  readonly mac: Mac;
  /** When somebody last heard from it. */
  refreshed: number;
};

/** Neighbours of the routers this agent holds, and for a while those that did not answer. */
export class NeighbourTables {
  readonly #routers = new Map<RouterId, Map<PortId, Map<IpAddress, NeighbourRow>>>();
  readonly #loaded = new Set<RouterId>();
  readonly #failed = new Map<string, number>();

  get(router: RouterId, port: PortId, ip: IpAddress): Mac | undefined | 'unloaded' | 'failed' {
    if (!this.#loaded.has(router)) return 'unloaded';
    const row = this.row(router, port, ip);
    if (row !== undefined) return row.mac;
    if (this.#failed.size === 0) return undefined;
    return this.#failed.has(neighbourKey(router, port, ip)) ? 'failed' : undefined;
  }

  row(router: RouterId, port: PortId, ip: IpAddress): NeighbourRow | undefined {
    return this.#routers.get(router)?.get(port)?.get(ip);
  }

  load(router: RouterId): void {
    this.#loaded.add(router);
  }

  isLoaded(router: RouterId): boolean {
    return this.#loaded.has(router);
  }

  unload(router: RouterId): void {
    this.#loaded.delete(router);
    this.#routers.delete(router);
  }

  /** The tag of what changed; nothing when the MAC is the same. Either way the row is fresh again. */
  put(row: NeighbourRow): Tag | undefined {
    const { routerId, portId, ip } = row;
    this.#failed.delete(neighbourKey(routerId, portId, ip));
    let ports = this.#routers.get(routerId);
    if (ports === undefined) this.#routers.set(routerId, (ports = new Map<PortId, Map<IpAddress, NeighbourRow>>()));
    let rows = ports.get(portId);
    if (rows === undefined) ports.set(portId, (rows = new Map<IpAddress, NeighbourRow>()));
    const known = rows.get(ip);
    if (known?.mac === row.mac) {
      known.refreshed = row.refreshed;
      return undefined;
    }
    rows.set(ip, row);
    return neighbourTag(routerId, ip);
  }

  drop(router: RouterId, port: PortId, ip: IpAddress): Tag | undefined {
    return this.#routers.get(router)?.get(port)?.delete(ip) === true ? neighbourTag(router, ip) : undefined;
  }

  fail(router: RouterId, port: PortId, ip: IpAddress, until: number): void {
    this.#failed.set(neighbourKey(router, port, ip), until);
  }

  /** Lets those that failed be asked again. */
  expireFailures(now: number): void {
    for (const [key, until] of this.#failed) if (until <= now) this.#failed.delete(key);
  }

  *rows(): Generator<NeighbourRow> {
    for (const ports of this.#routers.values()) {
      for (const rows of ports.values()) yield* rows.values();
    }
  }
}

export function neighbourKey(router: string, port: string, ip: IpAddress): string {
  return `${router} ${port} ${ip}`;
}
