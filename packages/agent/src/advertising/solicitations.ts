import type { Upcall } from '@midonet/datapath';
import { emptyKey, extractKey, getField, type DpPort, type Emission, type FlowKey } from '@midonet/flow';
import { dissect, formatHex, parseHex, readMac, writeMac, type Mac } from '@midonet/packet';
import type { PortId } from '@midonet/topology';
import type { LocalPorts } from '../host/local-ports.ts';
import type { StateDir } from '../host/state-dir.ts';

const PROTO_ICMPV6 = 58;
const ROUTER_SOLICITATION = 133;
/** A sixth of what an advertisement lasts (RFC 4861 6.2.1 wants a third at most between two). */
export const AGAIN_MS = 300_000;
/** Routers of a port that are asked again, and ports of a host: as many as anybody has. */
const MOST_ROUTERS = 8;
const MOST_PORTS = 4_096;
const FILE = 'solicitations.json';
/** Ethernet, IPv6 and the message. */
const SHORTEST = 62;

export type SolicitationModules = {
  readonly ports: LocalPorts;
  readonly state: StateDir;
  readonly now: () => number;
  /** The frame comes in by a port again. */
  readonly upcall: (upcall: Upcall) => void;
};

type Asked = { readonly frame: Uint8Array; at: number };

/**
 * Router advertisements end, and machines ask for them but once. So what a machine of this host asked, and
 * a router answered, is asked again on its behalf from time to time, of that router alone: the answer comes
 * as the first one did, by whatever way there is then.
 */
export class Solicitations {
  readonly #modules: SolicitationModules;
  readonly #asked = new Map<PortId, Map<Mac, Asked>>();
  #isWritten = true;

  constructor(modules: SolicitationModules) {
    this.#modules = modules;
    for (const [portId, frames] of read(modules.state)) for (const frame of frames) this.#keep(portId, frame);
    this.#isWritten = true;
  }

  get size(): number {
    return this.#asked.size;
  }

  /** Called for each packet that comes in: must be cheap for what is none. */
  note(portId: PortId, key: FlowKey, frame: Uint8Array, emissions: readonly Emission[]): void {
    if (emissions.length === 0 || getField(key, 'ipProto') !== PROTO_ICMPV6) return;
    if (getField(key, 'l4Src') !== ROUTER_SOLICITATION) return;
    for (const { frame: answer } of emissions) {
      const router = advertiser(answer);
      if (router === undefined) continue;
      const again = frame.slice();
      writeMac(again, 0, router);
      this.#keep(portId, again);
    }
  }

  /** Asks again what is due. Ports that are not here any more are forgotten. */
  sweep(): void {
    for (const [portId, routers] of [...this.#asked]) {
      const local = this.#modules.ports.get(portId);
      if (local === undefined) {
        this.#asked.delete(portId);
        this.#isWritten = false;
      } else for (const asked of routers.values()) this.#again(local.dpPort, asked);
    }
    if (this.#isWritten) return;
    this.#isWritten = true;
    write(this.#modules.state, this.#asked);
  }

  #again(inPort: DpPort, asked: Asked): void {
    const { now, upcall } = this.#modules;
    const { frame } = asked;
    if (now() - asked.at < AGAIN_MS) return;
    asked.at = now();
    const key = emptyKey();
    if (extractKey(frame, frame.length, inPort, 0, key) !== 'ok') return;
    upcall({ reason: 'miss', inPort, key, frame, fullLength: frame.length, gsoSize: 0 });
  }

  #keep(portId: PortId, frame: Uint8Array): void {
    const routers = this.#asked.get(portId) ?? new Map<Mac, Asked>();
    const router = readMac(frame, 0);
    const known = routers.get(router);
    if (known === undefined && (routers.size >= MOST_ROUTERS || this.#asked.size >= MOST_PORTS)) return;
    if (known === undefined || !sameBytes(known.frame, frame)) this.#isWritten = false;
    routers.set(router, { frame, at: this.#modules.now() });
    this.#asked.set(portId, routers);
  }
}

/** The MAC of the router whose advertisement the frame is. */
function advertiser(frame: Uint8Array): Mac | undefined {
  const header = dissect(frame).at(-1)?.header;
  return header?.kind === 'icmp6' && header.message.kind === 'routerAdvertisement' ? readMac(frame, 6) : undefined;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

function write(state: StateDir, asked: ReadonlyMap<PortId, ReadonlyMap<Mac, Asked>>): void {
  const ports = [...asked].map(([portId, routers]) => [
    portId,
    [...routers.values()].map(({ frame }) => formatHex(frame)),
  ]);
  state.write(FILE, JSON.stringify({ ports }));
}

/** What an earlier run kept; nothing when this version cannot read it. */
function read(state: StateDir): readonly (readonly [PortId, readonly Uint8Array[]])[] {
  try {
    const value: unknown = JSON.parse(state.read(FILE) ?? '{}');
    const ports = typeof value === 'object' && value !== null && 'ports' in value ? value.ports : undefined;
    if (!Array.isArray(ports)) return [];
    return (ports as unknown[]).flatMap((entry) => {
      if (!Array.isArray(entry) || typeof entry[0] !== 'string' || !Array.isArray(entry[1])) return [];
      const frames = (entry[1] as unknown[]).flatMap((text) =>
        typeof text === 'string' ? (parseHex(text) ?? []) : [],
      );
      const portId = entry[0] as PortId; // kept as text
      return [[portId, frames.filter(({ length }) => length >= SHORTEST)] as const];
    });
  } catch {
    return [];
  }
}
