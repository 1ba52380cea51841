/** One call below `/neutron`. */
export type NeutronCall = {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: object;
};

/** Gives a whole number below one. */
export type Chance = (below: number) => number;

/** So many of each: few enough that they meet. */
export const COUNTS = {
  networks: 3,
  subnets: 4,
  ports: 8,
  routers: 2,
  floating_ips: 3,
  security_groups: 3,
  security_group_rules: 5,
  'lb/pools': 2,
  'lb/members': 3,
  'lb/vips': 2,
  'lb/health_monitors': 2,
  lbs_v2: 2,
  listeners_v2: 2,
  pools_v2: 2,
  pool_members_v2: 3,
  health_monitors_v2: 2,
  firewalls: 2,
  firewall_logs: 3,
  tap_services: 2,
  tap_flows: 4,
  gateway_devices: 2,
  l2_gateway_connections: 3,
} as const;
export type NeutronPath = keyof typeof COUNTS;
export const PATHS = Object.keys(COUNTS) as NeutronPath[]; // of the object above
/** The number of none. */
const NOBODY = 9;

/** The ids of all that there may be of a kind. */
export function idsOf(path: NeutronPath): readonly string[] {
  return Array.from({ length: COUNTS[path] }, (_, n) => idOf(path, n));
}

export function idOf(path: NeutronPath, n: number): string {
  return `${PATHS.indexOf(path).toString(16).padStart(8, '0')}-0000-4000-8000-00000000000${n}`;
}

export function numberOf(id: string): number {
  return Number(id.at(-1));
}

export function prefix(n: number): string {
  return n === 3 ? 'fd00::/64' : `10.0.${n}.0/24`;
}

export function address(n: number, last: number): string {
  return n === 3 ? `fd00::${last}` : `10.0.${n}.${last}`;
}

/** Makes choices, of what there is more often than of what there is not. */
export class NeutronChoices {
  readonly chance: Chance;
  /** As they were made. */
  readonly #live = new Map<string, object>();
  /** Subnets that there were. */
  readonly #gone = new Set<string>();

  constructor(chance: Chance) {
    this.chance = chance;
  }

  isThere(id: string): boolean {
    return this.#live.has(id);
  }

  /** Neutron never uses an id again. Tests do, but for subnets: addresses in ports may outlive those. */
  wasThere(id: string): boolean {
    return this.#gone.has(id);
  }

  /** What the server agreed to. */
  took({ method, path, body }: NeutronCall): void {
    if (method === 'POST' && body !== undefined && 'id' in body) this.#live.set(String(body.id), body);
    if (method !== 'DELETE') return;
    const deleted = path.split('/').at(-1) ?? '';
    for (const [id, one] of this.#live) {
      if ('cidr' in one && (id === deleted || networkOf(one) === deleted)) this.#gone.add(id);
    }
    this.#live.delete(deleted);
  }

  /** Of something that is there, or was, or now and then never is. */
  reference(path: NeutronPath): string {
    const live = idsOf(path).filter((id) => this.#live.has(id));
    if (this.chance(20) === 0) return idOf(path, NOBODY);
    return this.any(live.length === 0 ? idsOf(path) : live);
  }

  subnetOf(network: string): string {
    const all = [...this.#live].filter(([, one]) => 'cidr' in one && networkOf(one) === network);
    return all.length === 0 || this.chance(20) === 0 ? this.reference('subnets') : this.any(all)[0];
  }

  some(body: object): object {
    return Object.fromEntries(Object.entries(body).filter(() => this.yes()));
  }

  few<T>(below: number, make: () => T): T[] {
    return Array.from({ length: this.chance(below) }, make);
  }

  any<T>(all: readonly T[]): T {
    const one = all[this.chance(all.length)];
    if (one === undefined) throw new Error('nothing to choose from');
    return one;
  }

  yes(): boolean {
    return this.chance(2) === 0;
  }
}

function networkOf(body: object): unknown {
  return 'network_id' in body ? body.network_id : undefined;
}
