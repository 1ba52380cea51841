import type { Logger } from '../logger.ts';
import type { HostLink } from './links.ts';
import type { LocalPorts } from './local-ports.ts';

/**
 * Bytes of the longest train of TCP segments that crosses hosts as one packet. Linux takes up to
 * 512 KiB; longer ones than these win nothing more, and each must find room in the upcall ring.
 */
export const BIG_TCP_BYTES = 196_608;
/** What every interface takes; the default of all. */
const USUAL_BYTES = 65_536;

/** How the kernel is told. `peer`: the other end of a veth; false: it could not be reached. */
export type GsoDevices = {
  readonly own: (ifindex: number, bytes: number) => void;
  readonly peer: (ifindex: number, bytes: number) => boolean;
};

/**
 * BIG TCP: where the underlay's interfaces take packets longer than 64 KiB, machines on veths of this
 * host may send them. An interface that is set to exactly our size is one that we set; so an agent
 * that is not to use it (any more) finds what an earlier one did, and undoes it.
 */
export class BigTcp {
  readonly #wanted: boolean;
  readonly #devices: GsoDevices;
  readonly #logger: Logger;
  /** Machines whose namespace was not found, of those that are there. */
  #unreachable = new Set<number>();
  #told: ReadonlyMap<string, string> = new Map();
  problems = new Map<string, string>();

  constructor(options: { readonly wanted: boolean; readonly devices: GsoDevices; readonly logger: Logger }) {
    this.#wanted = options.wanted;
    this.#devices = options.devices;
    this.#logger = options.logger;
  }

  /** `underlays`: names of the interfaces that carry tunnels. */
  reconcile(links: readonly HostLink[], underlays: ReadonlySet<string>, ports: LocalPorts): void {
    this.#told = this.problems;
    this.problems = new Map();
    if (this.#unreachable.size > 0) {
      this.#unreachable = new Set(links.flatMap(({ ifindex }) => (this.#unreachable.has(ifindex) ? [ifindex] : [])));
    }
    const machines = new Set(Array.from(ports.all(), ({ interfaceName }) => interfaceName));
    const big = this.#wanted && underlays.size > 0 && this.#raise(links.filter(({ name }) => underlays.has(name)));
    for (const link of links) {
      if (machines.has(link.name) && link.peerElsewhere === true) this.#setMachine(link, big);
      else if (!big && underlays.has(link.name)) this.#lower(link);
    }
  }

  /** Leaves everything as it was before the first agent. */
  undo(links: readonly HostLink[]): void {
    for (const link of links) {
      if (link.peerElsewhere === true) this.#setMachine(link, false);
      else this.#lower(link);
    }
  }

  /** Whether all of the underlay's interfaces take long packets. */
  #raise(underlays: readonly HostLink[]): boolean {
    for (const { name, tsoMaxSize = 0 } of underlays) {
      if (tsoMaxSize >= BIG_TCP_BYTES) continue;
      const why =
        tsoMaxSize === 0
          ? 'this kernel has no BIG TCP for IPv4 (6.3 and later have)'
          : `${name} takes packets of at most ${tsoMaxSize} bytes, not of ${BIG_TCP_BYTES}`;
      this.#problem(name, `BIG TCP is off: ${why}`);
      return false;
    }
    for (const { name, ifindex, gsoMaxSize = 0 } of underlays) {
      if (gsoMaxSize < BIG_TCP_BYTES && !this.#try(name, () => this.#devices.own(ifindex, BIG_TCP_BYTES))) return false;
    }
    return true;
  }

  #lower({ name, ifindex, gsoMaxSize }: HostLink): void {
    if (gsoMaxSize === BIG_TCP_BYTES) this.#try(name, () => this.#devices.own(ifindex, USUAL_BYTES));
  }

  /** The machine's end, then ours, which remembers that it was done. */
  #setMachine({ name, ifindex, gsoMaxSize }: HostLink, big: boolean): void {
    if ((gsoMaxSize === BIG_TCP_BYTES) === big || this.#unreachable.has(ifindex)) return;
    const bytes = big ? BIG_TCP_BYTES : USUAL_BYTES;
    this.#try(name, () => {
      if (this.#devices.peer(ifindex, bytes)) this.#devices.own(ifindex, bytes);
      else this.#unreachable.add(ifindex);
    });
  }

  #try(name: string, work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      this.#problem(name, `cannot set the size of TCP packets of ${name}: ${said}`);
      return false;
    }
  }

  /** Told once, for as long as it lasts. */
  #problem(name: string, message: string): void {
    if (this.#told.get(name) !== message) this.#logger.warn({ interface: name }, message);
    this.problems.set(name, message);
  }
}
