import { DatapathError, type Datapath, type DatapathEvents } from '../../datapath.ts';
import { MemoryEngine } from './engine.ts';
import { MemoryFabric } from './fabric.ts';
import { MemoryDatapath } from './memory-datapath.ts';
import { settingsOf, type MemoryOptions } from './options.ts';

export { MemoryFabric, type FabricOptions, type TunnelReceiver } from './fabric.ts';
export type { FabricHost } from './fabric-host.ts';
export type { FabricInterface } from './fabric-interface.ts';
export type { MemoryOptions } from './options.ts';

/**
 * Opens the datapath of a simulated host. What an earlier one left there with close('keep') is
 * adopted: ports, flows and counters (its settings stay too). Throws DatapathError 'busy' when the
 * host's datapath is open already.
 */
export function openMemory(options: MemoryOptions, events: DatapathEvents): Datapath {
  const host = options.host ?? new MemoryFabric().host('memory');
  if (host.sink !== undefined && !(host.sink instanceof MemoryEngine)) {
    throw new DatapathError('busy', `host ${host.name} has a packet engine of another kind`);
  }
  const engine = host.sink ?? new MemoryEngine(host, settingsOf(options));
  if (engine.events !== undefined) {
    throw new DatapathError('busy', `the datapath of host ${host.name} is open: close it first`);
  }
  host.sink = engine;
  engine.events = events;
  return new MemoryDatapath(engine, events);
}
