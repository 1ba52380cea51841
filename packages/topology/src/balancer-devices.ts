import type { HealthMonitor, LoadBalancer, Pool, PoolMember, Vip } from './balancer-entities.ts';
import type { Changed } from './derived-table.ts';
import { Grouped, keepList, keepMap } from './device-parts.ts';
import type { HealthMonitorId, LoadBalancerId, PoolId, PoolMemberId, VipId } from './ids.ts';
import type { HealthChecker, SharedRow } from './shared-rows.ts';
import type { BalancerDevice, PoolDevice } from './view.ts';

type MemberHealth = Extract<SharedRow, { readonly kind: 'memberHealth' }>;

export type BalancerItem = LoadBalancer | Pool | PoolMember | Vip | HealthMonitor | MemberHealth | HealthChecker;

export type BalancerChanges = {
  readonly balancers: ReadonlyMap<LoadBalancerId, Changed<BalancerDevice>>;
};

/**
 * Load balancers with all that is below them, in whatever order it came. As with other devices: derived
 * when asked for, and what did not change in one keeps its identity.
 */
export class BalancerDevices {
  readonly #balancers = new Map<LoadBalancerId, LoadBalancer>();
  readonly #pools = new Map<PoolId, Pool>();
  readonly #poolsOf = new Grouped<LoadBalancerId, PoolId, Pool>();
  readonly #vipsOf = new Grouped<LoadBalancerId, VipId, Vip>();
  readonly #membersOf = new Grouped<PoolId, PoolMemberId, PoolMember>();
  readonly #healthOf = new Grouped<PoolId, PoolMemberId, MemberHealth>();
  readonly #checkers = new Map<LoadBalancerId, HealthChecker>();
  readonly #monitors = new Map<HealthMonitorId, HealthMonitor>();
  readonly #checkedBy = new Grouped<HealthMonitorId, PoolId, Pool>();
  readonly #devices = new Map<LoadBalancerId, { device: BalancerDevice; fresh: boolean }>();
  readonly #touched = new Set<LoadBalancerId>();
  readonly #appeared = new Set<LoadBalancerId>();

  get(id: LoadBalancerId): BalancerDevice | undefined {
    const known = this.#devices.get(id);
    if (known?.fresh === true) return known.device;
    const balancer = this.#balancers.get(id);
    if (balancer === undefined) return undefined;
    const device = this.#derive(balancer, known?.device);
    this.#devices.set(id, { device, fresh: true });
    return device;
  }

  put(item: BalancerItem): void {
    switch (item.kind) {
      case 'loadBalancer':
        if (!this.#devices.has(item.id)) this.#appeared.add(item.id);
        this.#balancers.set(item.id, item);
        break;
      case 'pool':
        this.#pools.set(item.id, item);
        this.#poolsOf.put(item.loadBalancerId, item.id, item);
        if (item.healthMonitorId !== undefined) this.#checkedBy.put(item.healthMonitorId, item.id, item);
        break;
      case 'poolMember':
        this.#membersOf.put(item.poolId, item.id, item);
        break;
      case 'vip':
        this.#vipsOf.put(item.loadBalancerId, item.id, item);
        break;
      case 'healthMonitor':
        this.#monitors.set(item.id, item);
        break;
      case 'memberHealth':
        this.#healthOf.put(item.poolId, item.memberId, item);
        break;
      case 'healthChecker':
        this.#checkers.set(item.balancerId, item);
        break;
    }
    this.#touch(item);
  }

  drop(item: BalancerItem): void {
    this.#touch(item);
    switch (item.kind) {
      case 'loadBalancer':
        this.#balancers.delete(item.id);
        break;
      case 'pool':
        this.#pools.delete(item.id);
        this.#poolsOf.drop(item.loadBalancerId, item.id);
        if (item.healthMonitorId !== undefined) this.#checkedBy.drop(item.healthMonitorId, item.id);
        break;
      case 'poolMember':
        this.#membersOf.drop(item.poolId, item.id);
        break;
      case 'vip':
        this.#vipsOf.drop(item.loadBalancerId, item.id);
        break;
      case 'healthMonitor':
        this.#monitors.delete(item.id);
        break;
      case 'memberHealth':
        this.#healthOf.drop(item.poolId, item.memberId);
        break;
      case 'healthChecker':
        this.#checkers.delete(item.balancerId);
        break;
    }
  }

  /** What changed since the last call: devices that somebody had looked at, and those that appeared. */
  settle(): BalancerChanges {
    const balancers = new Map<LoadBalancerId, Changed<BalancerDevice>>();
    for (const id of this.#touched) {
      const known = this.#devices.get(id);
      const before = known?.device;
      if (known !== undefined) known.fresh = false;
      if (!this.#balancers.has(id)) this.#devices.delete(id);
      if (before !== undefined || this.#appeared.has(id)) balancers.set(id, { before, after: this.get(id) });
    }
    this.#touched.clear();
    this.#appeared.clear();
    return { balancers };
  }

  /** Marks the balancers that `item` is a part of. A part without its pool marks none: the pool will, when it comes. */
  #touch(item: BalancerItem): void {
    switch (item.kind) {
      case 'loadBalancer':
        this.#touched.add(item.id);
        break;
      case 'pool':
      case 'vip':
        this.#touched.add(item.loadBalancerId);
        break;
      case 'healthChecker':
        this.#touched.add(item.balancerId);
        break;
      case 'poolMember':
      case 'memberHealth': {
        const pool = this.#pools.get(item.poolId);
        if (pool !== undefined) this.#touched.add(pool.loadBalancerId);
        break;
      }
      case 'healthMonitor':
        for (const pool of this.#checkedBy.of(item.id)) this.#touched.add(pool.loadBalancerId);
        break;
    }
  }

  #derive(balancer: LoadBalancer, old: BalancerDevice | undefined): BalancerDevice {
    const pools = new Map<PoolId, PoolDevice>();
    const health = new Map<PoolMemberId, 'up' | 'down'>();
    for (const pool of this.#poolsOf.of(balancer.id)) {
      const device = this.#pool(pool, old?.pools.get(pool.id));
      pools.set(pool.id, device);
      // Rows may outlive the monitor they were written for.
      if (device.monitor?.adminStateUp !== true) continue;
      for (const { memberId, status } of this.#healthOf.of(pool.id)) health.set(memberId, status);
    }
    return {
      balancer,
      vips: keepList(old?.vips, [...this.#vipsOf.of(balancer.id)].sort(byId)),
      pools: keepMap(old?.pools, pools),
      health: keepMap(old?.health, health),
      checker: this.#checkers.get(balancer.id),
    };
  }

  #pool(pool: Pool, old: PoolDevice | undefined): PoolDevice {
    const members = keepList(old?.members, [...this.#membersOf.of(pool.id)].sort(byId));
    const monitor = pool.healthMonitorId === undefined ? undefined : this.#monitors.get(pool.healthMonitorId);
    if (old?.pool === pool && old.members === members && old.monitor === monitor) return old;
    return { pool, members, monitor };
  }
}

/** An order that is the same on all hosts, whatever came first. */
function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
