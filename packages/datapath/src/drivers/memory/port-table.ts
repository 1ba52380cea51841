import type { DpPort } from '@midonet/flow';
import { formatIp } from '@midonet/packet';
import { DatapathError, type DatapathPort, type PortLimits, type PortSpec } from '../../datapath.ts';
import type { FabricHost } from './fabric-host.ts';
import type { FabricInterface } from './fabric-interface.ts';
import type { FabricSink } from './fabric-sink.ts';
import { bucketOf, type Bucket } from './bucket.ts';
import { noTraffic, type PortTally } from './tally.ts';

export type MemoryPort = {
  readonly port: DpPort;
  readonly spec: PortSpec;
  /** The interface of an interface port; undefined for the tunnel port. */
  readonly interface: FabricInterface | undefined;
  readonly tally: PortTally;
  rx: Bucket | undefined;
  tx: Bucket | undefined;
};

/** The ports of one host's datapath. Numbers are not used twice: flows may still name an old one. */
export class PortTable {
  readonly #host: FabricHost;
  readonly #sink: FabricSink;
  readonly #ports = new Map<DpPort, MemoryPort>();
  #next = 1;

  constructor(host: FabricHost, sink: FabricSink) {
    this.#host = host;
    this.#sink = sink;
  }

  get(port: DpPort): MemoryPort | undefined {
    return this.#ports.get(port);
  }

  values(): Iterable<MemoryPort> {
    return this.#ports.values();
  }

  tunnel(): MemoryPort | undefined {
    for (const port of this.#ports.values()) if (port.spec.kind === 'tunnel') return port;
    return undefined;
  }

  named(name: string): MemoryPort | undefined {
    for (const port of this.#ports.values()) {
      if (port.spec.kind === 'interface' && port.spec.name === name) return port;
    }
    return undefined;
  }

  add(spec: PortSpec): MemoryPort {
    const existing = spec.kind === 'interface' ? this.named(spec.name) : this.tunnel();
    if (existing !== undefined) {
      if (existing.spec.kind === 'tunnel' && spec.kind === 'tunnel' && existing.spec.local !== spec.local) {
        throw new DatapathError(
          'busy',
          `the tunnel port has the local address ${formatIp(existing.spec.local)}: remove it before adding ${formatIp(spec.local)}`,
        );
      }
      return existing;
    }
    const found = spec.kind === 'interface' ? this.#host.findInterface(spec.name) : undefined;
    if (spec.kind === 'interface' && found === undefined) {
      throw new DatapathError('noSuchInterface', `host ${this.#host.name} has no interface ${spec.name}`);
    }
    const port = this.#next++ as DpPort;
    const added: MemoryPort = { port, spec, interface: found, tally: noTraffic(), rx: undefined, tx: undefined };
    this.#ports.set(port, added);
    found?.attach({ sink: this.#sink, port });
    if (spec.kind === 'tunnel') this.#host.fabric.claim(spec.local, { sink: this.#sink, port });
    return added;
  }

  limit(number: DpPort, { rx, tx }: PortLimits): void {
    const port = this.#ports.get(number);
    if (port === undefined) return;
    port.rx = bucketOf(rx, port.rx);
    port.tx = bucketOf(tx, port.tx);
  }

  remove(port: DpPort): MemoryPort | undefined {
    const found = this.#ports.get(port);
    if (found === undefined) return undefined;
    this.#ports.delete(port);
    found.interface?.attach(undefined);
    if (found.spec.kind === 'tunnel') this.#host.fabric.claim(found.spec.local, undefined);
    return found;
  }
}

export function describePort(port: MemoryPort): DatapathPort {
  return { port: port.port, spec: port.spec, up: port.interface?.present ?? true };
}
