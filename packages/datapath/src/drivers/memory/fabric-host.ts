import type { MemoryFabric } from './fabric.ts';
import { FabricInterface } from './fabric-interface.ts';
import type { FabricSink } from './fabric-sink.ts';

/** One simulated host: its interfaces, and the datapath that runs on it. */
export class FabricHost {
  readonly fabric: MemoryFabric;
  readonly name: string;
  readonly #interfaces = new Map<string, FabricInterface>();
  /** Set by the datapath; it stays when the datapath was closed with 'keep'. */
  sink: FabricSink | undefined;

  constructor(fabric: MemoryFabric, name: string) {
    this.fabric = fabric;
    this.name = name;
  }

  /** The interface of this name, created on first use. */
  interface(name: string): FabricInterface {
    let found = this.#interfaces.get(name);
    if (found === undefined) this.#interfaces.set(name, (found = new FabricInterface(this, name)));
    return found;
  }

  /** The interface when it was created and has not vanished. */
  findInterface(name: string): FabricInterface | undefined {
    const found = this.#interfaces.get(name);
    return found?.present === true ? found : undefined;
  }
}
