import { EntryLists } from './entry-lists.ts';
import { Labels } from './labels.ts';

/** The ports connections come in and leave through, and which connections have a port. */
export class PortLabels {
  readonly #ingress = new Labels<string>();
  readonly #egress = new Labels<readonly string[]>();
  readonly #byIngress: EntryLists;
  readonly #byEgress: EntryLists;
  /** The sets of egress ports that hold a port. */
  readonly #setsOf = new Map<string, Set<number>>();

  constructor(capacity: number) {
    this.#byIngress = new EntryLists(capacity);
    this.#byEgress = new EntryLists(capacity);
  }

  ingress(number: number): string | undefined {
    return this.#ingress.value(number);
  }

  egress(number: number): readonly string[] {
    return this.#egress.value(number) ?? NO_PORTS;
  }

  holdIngress(entry: number, port: string | undefined): number {
    if (port === undefined) return 0;
    const { number } = this.#ingress.hold(port, port);
    this.#byIngress.push(number, entry);
    return number;
  }

  holdEgress(entry: number, ports: readonly string[]): number {
    if (ports.length === 0) return 0;
    // Ids hold no spaces.
    const { number, first } = this.#egress.hold(ports.join(' '), ports);
    this.#byEgress.push(number, entry);
    if (first) {
      for (const port of ports) {
        const sets = this.#setsOf.get(port);
        if (sets === undefined) this.#setsOf.set(port, new Set([number]));
        else sets.add(number);
      }
    }
    return number;
  }

  release(entry: number, ingress: number, egress: number): void {
    this.#byIngress.remove(entry);
    this.#byEgress.remove(entry);
    this.#ingress.release(ingress);
    const ports = this.egress(egress);
    if (!this.#egress.release(egress)) return;
    for (const port of ports) {
      const sets = this.#setsOf.get(port);
      sets?.delete(egress);
      if (sets?.size === 0) this.#setsOf.delete(port);
    }
  }

  /** The entries that come in or leave through a port; one that does both may come twice. */
  entriesOf(port: string): number[] {
    const entries: number[] = [];
    const collect = (lists: EntryLists, list: number): void => {
      for (let entry = lists.head(list); entry !== 0; entry = lists.next(entry)) entries.push(entry);
    };
    const ingress = this.#ingress.find(port);
    if (ingress !== 0) collect(this.#byIngress, ingress);
    for (const set of this.#setsOf.get(port) ?? []) collect(this.#byEgress, set);
    return entries;
  }
}

const NO_PORTS: readonly string[] = [];
