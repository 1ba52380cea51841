import type { DpPort, TunnelKey } from '@midonet/flow';
import type { PortId } from '@midonet/topology';

export type LocalPort = {
  readonly portId: PortId;
  readonly interfaceName: string;
  readonly dpPort: DpPort;
  readonly tunnelKey: TunnelKey;
};

/** Which virtual port is which datapath port on this host. */
export class LocalPorts {
  readonly #byId = new Map<PortId, LocalPort>();
  readonly #byDpPort = new Map<DpPort, LocalPort>();
  readonly #byKey = new Map<number, LocalPort>();
  readonly #tunnels = new Set<DpPort>();

  add(port: LocalPort): void {
    this.remove(port.portId);
    this.#byId.set(port.portId, port);
    this.#byDpPort.set(port.dpPort, port);
    this.#byKey.set(port.tunnelKey, port);
  }

  remove(id: PortId): LocalPort | undefined {
    const port = this.#byId.get(id);
    if (port === undefined) return undefined;
    this.#byId.delete(id);
    if (this.#byDpPort.get(port.dpPort) === port) this.#byDpPort.delete(port.dpPort);
    if (this.#byKey.get(port.tunnelKey) === port) this.#byKey.delete(port.tunnelKey);
    return port;
  }

  addTunnel(port: DpPort): void {
    this.#tunnels.add(port);
  }

  removeTunnel(port: DpPort): void {
    this.#tunnels.delete(port);
  }

  isTunnel(port: DpPort): boolean {
    return this.#tunnels.has(port);
  }

  get(id: PortId): LocalPort | undefined {
    return this.#byId.get(id);
  }

  at(port: DpPort): LocalPort | undefined {
    return this.#byDpPort.get(port);
  }

  ofKey(key: number): LocalPort | undefined {
    return this.#byKey.get(key);
  }

  all(): IterableIterator<LocalPort> {
    return this.#byId.values();
  }

  get size(): number {
    return this.#byId.size;
  }
}
