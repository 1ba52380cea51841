import type { Random, VirtualNetwork } from '@midonet/simulation/testing';
import type { SharedRow } from '@midonet/topology';

/** What was done, for failures; and rows of tables, which are told one by one. */
export type Done = { readonly what: string; readonly rows?: readonly SharedRow[] };
/** Changes one thing of its kind; undefined when there is none. */
export type Change = (net: VirtualNetwork, aim: Aim) => Done | undefined;
export type Changes = Readonly<Record<string, Change>>;

/** How often a choice falls on what is aimed at, where that is among the choices. */
const AIMED = 0.75;
const OWNERS = ['routerId', 'bridgeId', 'portId', 'srvPortId'] as const;
const INNER = ['chain', 'group', 'policy', 'balancer', 'device'] as const;

/** Chooses at random, and mostly among the objects that some flow met: other changes seldom touch any flow. */
export class Aim {
  readonly random: Random;
  readonly #met: ReadonlySet<string>;

  constructor(random: Random, met: ReadonlySet<string> = new Set()) {
    this.random = random;
    this.#met = met;
  }

  chance(p: number): boolean {
    return this.random() < p;
  }

  pick<T>(items: Iterable<T>): T | undefined {
    const all = [...items];
    const met = this.#met.size > 0 && this.chance(AIMED) ? all.filter((item) => this.isMet(item)) : [];
    return this.any(met.length > 0 ? met : all);
  }

  /** One of plain values. */
  any<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.random() * items.length)];
  }

  isMet(item: unknown): boolean {
    if (typeof item === 'string') return this.#met.has(item);
    if (typeof item !== 'object' || item === null) return false;
    const of = (name: string): unknown => Reflect.get(item, name);
    if (this.#met.has(String(of('id')))) return true;
    if (of('kind') !== 'port' && OWNERS.some((name) => this.#met.has(String(of(name))))) return true;
    return INNER.some((name) => of(name) !== undefined && this.isMet(of(name)));
  }
}

/** The set with this one out, or in. */
export function toggled<T>(set: ReadonlySet<T>, one: T): Set<T> {
  const next = new Set(set);
  if (!next.delete(one)) next.add(one);
  return next;
}

/** The list with this one in the place of its former self, or without it. */
export function edited<T extends { readonly id: string }>(list: readonly T[], id: string, now: T | undefined): T[] {
  return list.flatMap((each) => (each.id === id ? (now ?? []) : [each]));
}
