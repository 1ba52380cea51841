import type { Topic } from '@midonet/contract';
import type { Emission, Tag } from '@midonet/flow';
import {
  sharedRowKey,
  type BalancerDevice,
  type DeviceChanges,
  type HealthChecker,
  type LoadBalancerId,
  type PoolId,
  type RouterId,
  type SharedRow,
} from '@midonet/topology';
import type { Clock, Timer } from '../clock.ts';
import type { TunnelKeys } from '../host/tunnel-keys.ts';
import type { Logger } from '../logger.ts';
import { tunnelKeyTag } from '../upcalls/packet-processor.ts';
import type { Knowledge } from '../view/knowledge.ts';
import type { RowWriter } from '../watch/row-writer.ts';
import { topicKey } from '../watch/subscriptions.ts';
import { CheckedBalancer } from './checked-balancer.ts';
import { checksToMake } from './checks-to-make.ts';
import { Claims } from './claims.ts';
import type { CheckSpec, MemberStatus } from './member-check.ts';
import { nearRouters } from './near-routers.ts';
import type { Finding } from './probe.ts';

export type HealthCheckModules = {
  readonly knowledge: Knowledge;
  readonly rows: RowWriter;
  readonly keys: TunnelKeys;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
};

export type HealthCheckEvents = {
  onWanted(topic: Topic): void;
  /** A frame that a router made and routes; the port is one of the router's. */
  onSend(emission: Emission): void;
  onTags(tags: readonly Tag[]): void;
};

/** Members that one host asks at most. */
export const MAX_CHECKS = 4_096;
/** News come in bursts: one look at all of it. */
const SETTLE_MS = 20;

type Run = { readonly checked: CheckedBalancer; readonly key: number; routerId: RouterId; unchecked: number };

/**
 * The health checks of load balancers whose routers this host knows. One host makes those of one load
 * balancer: the one whose claim, a row that dies with its lease, the controllers took. The others watch
 * that row and claim when it is gone, with what they last saw of the members.
 */
export class HealthChecks {
  readonly #modules: HealthCheckModules;
  readonly #events: HealthCheckEvents;
  readonly #claims: Claims;
  /** Keys of rows of this host about members, by pool. */
  readonly #written = new Map<PoolId, Set<string>>();
  /** Pools a load balancer has, and those that went while rows about their members stood. */
  readonly #pools = new Map<LoadBalancerId, Set<PoolId>>();
  readonly #balancers = new Map<RouterId, LoadBalancerId>();
  readonly #runs = new Map<LoadBalancerId, Run>();
  readonly #byKey = new Map<number, LoadBalancerId>();
  /** What was known of members while somebody asked them. */
  readonly #known = new Map<LoadBalancerId, BalancerDevice['health']>();
  #topics: ReadonlySet<string> = new Set();
  #settling: Timer | undefined;
  #closed = false;
  readonly findings: Record<Finding, number> = { passed: 0, timeout: 0, refused: 0, closed: 0, status: 0, notHttp: 0 };

  constructor(modules: HealthCheckModules, events: HealthCheckEvents) {
    this.#modules = modules;
    this.#events = events;
    const { clock, random } = modules;
    this.#claims = new Claims({ clock, random, load: () => this.size }, (id) => this.#claim(id));
  }

  /** Members that are asked. */
  get size(): number {
    let size = 0;
    for (const { checked } of this.#runs.values()) size += checked.size;
    return size;
  }

  start(): void {
    const { rows, knowledge } = this.#modules;
    const { devices } = knowledge;
    for (const row of rows.owned()) if (row.kind === 'memberHealth') this.#note(row.poolId, sharedRowKey(row));
    for (const id of devices.routerIds()) this.#noteRouter(id, devices.router(id)?.router.loadBalancerId);
    this.changedSoon();
  }

  /** Something became known, of whatever kind. */
  changed({ routers, bridges, ports, active, balancers }: DeviceChanges): void {
    for (const [id, { after }] of routers) this.#noteRouter(id, after?.router.loadBalancerId);
    // MACs and neighbours come by the dozen and change nothing about who asks whom.
    if (routers.size + bridges.size + ports.size + active.size + balancers.size > 0) this.changedSoon();
  }

  changedSoon(): void {
    if (this.#closed) return;
    this.#settling ??= this.#modules.clock.after(SETTLE_MS, () => {
      this.#settling = undefined;
      this.#reconcile();
    });
  }

  /** Whether the topic is needed although no flow may depend on it. */
  follows(topic: Topic): boolean {
    return this.#topics.has(topicKey(topic));
  }

  /** The rows of this host are gone with its lease: who asks is open again. */
  leaseLost(): void {
    const { rows } = this.#modules;
    for (const keys of this.#written.values()) for (const key of keys) rows.delete(key);
    this.#written.clear();
    for (const id of [...this.#runs.keys()]) {
      this.#end(id);
      rows.delete(claimKey(id));
    }
    this.changedSoon();
  }

  /** An answer came to this host by its tunnel key. False when it is none of ours. */
  receiveByKey(key: number, frame: Uint8Array): boolean {
    const id = this.#byKey.get(key);
    if (id === undefined) return false;
    this.receive(id, frame);
    return true;
  }

  receive(id: LoadBalancerId, frame: Uint8Array): void {
    this.#runs.get(id)?.checked.receive(frame);
  }

  /** 'keep': rows stand as long as the lease; the next run goes on with them. */
  close(): void {
    this.#closed = true;
    this.#settling?.cancel();
    this.#claims.close();
    for (const { checked } of this.#runs.values()) checked.close();
  }

  status(): object {
    const count = { up: 0, down: 0, unknown: 0, unchecked: 0 };
    for (const { checked, unchecked } of this.#runs.values()) {
      const statuses = [...checked.findings()].map(([, status]) => status);
      for (const status of statuses) count[status]++;
      count.unknown += checked.size - statuses.length;
      count.unchecked += unchecked;
    }
    return { loadBalancers: this.#runs.size, members: this.size, ...count, findings: this.findings };
  }

  #noteRouter(id: RouterId, balancer: LoadBalancerId | undefined): void {
    if (balancer === undefined) this.#balancers.delete(id);
    else this.#balancers.set(id, balancer);
  }

  #reconcile(): void {
    const { knowledge } = this.#modules;
    const near = this.#balancers.size === 0 ? NOWHERE : nearRouters(knowledge);
    const topics: Topic[] = [];
    const seen = new Set<LoadBalancerId>();
    for (const [routerId, id] of this.#balancers) {
      const isNear = near.has(routerId);
      // Whoever may take over keeps an eye on it, also while nothing passes.
      if (isNear || this.#runs.has(id)) topics.push({ kind: 'balancer', id }, { kind: 'router', id: routerId });
      if (this.#runs.has(id)) topics.push({ kind: 'neighbours', id: routerId });
      const bridge = near.get(routerId);
      if (bridge !== undefined) topics.push({ kind: 'bridge', id: bridge });
      const device = knowledge.devices.balancer(id);
      if (device === undefined) continue;
      seen.add(id);
      this.#settle(device, routerId, isNear);
    }
    for (const id of [...this.#runs.keys()]) if (!seen.has(id)) this.#giveUp(id);
    for (const id of [...this.#known.keys()]) if (!seen.has(id)) this.#known.delete(id);
    this.#claims.keep(seen);
    this.#topics = new Set(topics.map(topicKey));
    for (const topic of topics) this.#events.onWanted(topic);
  }

  #settle(device: BalancerDevice, routerId: RouterId, isNear: boolean): void {
    const { hostId } = this.#modules.knowledge;
    const { id } = device.balancer;
    const specs = checksToMake(device);
    const { checker } = device;
    if (checker !== undefined && checker.hostId !== hostId) {
      this.#claims.drop(id);
      this.#end(id);
      this.#modules.rows.delete(claimKey(id));
      this.#disown(id, device, NONE);
      this.#known.set(id, device.health);
    } else if (specs.length === 0) this.#giveUp(id);
    else if (checker !== undefined) {
      this.#claims.drop(id);
      this.#go(device, checker, specs, routerId);
    } else {
      this.#end(id);
      this.#claims.want(id, isNear);
    }
  }

  /** The claim is ours: asks, and sees to it that what it found stands. */
  #go(device: BalancerDevice, checker: HealthChecker, specs: readonly CheckSpec[], routerId: RouterId): void {
    const { rows, logger } = this.#modules;
    const { id } = device.balancer;
    if (rows.ownedAt(sharedRowKey(checker)) === undefined) rows.adopt(checker);
    let run = this.#runs.get(id);
    if (run === undefined) {
      run = this.#begin(id, checker.tunnelKey, routerId);
      logger.info({ loadBalancer: id, members: specs.length }, 'this host checks the members of a load balancer');
    }
    run.routerId = routerId;
    const room = MAX_CHECKS - (this.size - run.checked.size);
    run.unchecked = Math.max(0, specs.length - room);
    run.checked.update(specs.slice(0, Math.max(0, room)), this.#known.get(id) ?? device.health);
    // From here on the run itself knows.
    this.#known.delete(id);
    this.#state(run, device);
  }

  #begin(id: LoadBalancerId, key: number, routerId: RouterId): Run {
    const { clock, random } = this.#modules;
    const checked = new CheckedBalancer({
      clock,
      random,
      send: (frame) => this.#send(id, frame),
      onStatus: (spec, status) => this.#found(id, spec, status),
      onFinding: (finding) => this.findings[finding]++,
    });
    const run: Run = { checked, key, routerId, unchecked: 0 };
    this.#runs.set(id, run);
    this.#byKey.set(key, id);
    // Answers to the host that asked before may have been dropped here for want of it.
    this.#events.onTags([tunnelKeyTag(key)]);
    return run;
  }

  /** Rows that went with the host that asked before, or that it wrote late, are written anew. */
  #state(run: Run, device: BalancerDevice): void {
    const { health, balancer } = device;
    const asked = new Set<string>();
    for (const [spec, status] of run.checked.findings()) {
      asked.add(this.#rowOf(spec, status).key);
      if (health.get(spec.member.id) !== status) this.#write(spec, status);
    }
    this.#disown(balancer.id, device, asked);
  }

  #found(id: LoadBalancerId, spec: CheckSpec, status: MemberStatus): void {
    this.#modules.logger.info({ loadBalancer: id, member: spec.member.id, status }, `a pool member is ${status}`);
    this.#write(spec, status);
  }

  #write(spec: CheckSpec, status: MemberStatus): void {
    const { key, row } = this.#rowOf(spec, status);
    this.#note(spec.poolId, key);
    this.#modules.rows.put(row);
  }

  #note(poolId: PoolId, key: string): void {
    const keys = this.#written.get(poolId);
    if (keys === undefined) this.#written.set(poolId, new Set([key]));
    else keys.add(key);
  }

  #rowOf({ poolId, member }: CheckSpec, status: MemberStatus): { readonly key: string; readonly row: SharedRow } {
    const { hostId } = this.#modules.knowledge;
    const row = { kind: 'memberHealth', poolId, memberId: member.id, status, hostId } as const;
    return { key: sharedRowKey(row), row };
  }

  #claim(id: LoadBalancerId): boolean {
    const { knowledge, keys, rows } = this.#modules;
    const device = knowledge.devices.balancer(id);
    if (device === undefined || device.checker !== undefined) return false;
    const { size } = this;
    // Others may have room.
    if (size > 0 && size + checksToMake(device).length > MAX_CHECKS) return true;
    rows.put({ kind: 'healthChecker', balancerId: id, hostId: knowledge.hostId, tunnelKey: keys.of(id) });
    return true;
  }

  #send(id: LoadBalancerId, frame: Uint8Array): void {
    const routerId = this.#runs.get(id)?.routerId;
    const router = routerId === undefined ? undefined : this.#modules.knowledge.devices.router(routerId);
    const port = router?.ports.keys().next().value;
    if (port !== undefined) this.#events.onSend({ portId: port, frame });
  }

  #end(id: LoadBalancerId): void {
    const run = this.#runs.get(id);
    if (run === undefined) return;
    const health = new Map([...run.checked.findings()].map(([{ member }, status]) => [member.id, status]));
    this.#known.set(id, health);
    run.checked.close();
    this.#runs.delete(id);
    this.#byKey.delete(run.key);
  }

  /** There is nothing to ask any more. */
  #giveUp(id: LoadBalancerId): void {
    this.#claims.drop(id);
    this.#end(id);
    this.#modules.rows.delete(claimKey(id));
    this.#disown(id, this.#modules.knowledge.devices.balancer(id), NONE);
  }

  /** Takes back what this host wrote of members of a load balancer's pools, of pools that are gone, too, but for `stays`. */
  #disown(id: LoadBalancerId, device: BalancerDevice | undefined, stays: ReadonlySet<string>): void {
    const pools = this.#pools.get(id) ?? new Set();
    for (const pool of device?.pools.keys() ?? []) pools.add(pool);
    for (const pool of pools) {
      const keys = this.#written.get(pool);
      for (const key of keys ?? []) {
        if (stays.has(key)) continue;
        keys?.delete(key);
        this.#modules.rows.delete(key);
      }
      if (keys?.size === 0) this.#written.delete(pool);
      if (device?.pools.has(pool) !== true && !this.#written.has(pool)) pools.delete(pool);
    }
    if (pools.size > 0) this.#pools.set(id, pools);
    else this.#pools.delete(id);
  }
}

const NONE: ReadonlySet<string> = new Set();
const NOWHERE: ReturnType<typeof nearRouters> = new Map();

function claimKey(id: LoadBalancerId): string {
  return `healthChecker/${id}`;
}
