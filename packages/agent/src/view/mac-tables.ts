import { macTag, type Tag } from '@midonet/flow';
import type { Mac } from '@midonet/packet';
import { vlanMacKey, type BridgeId, type PortId } from '@midonet/topology';

/** The learned MAC rows of the bridges this agent holds: shared ones, and its own before they are. */
export class MacTables {
  readonly #tables = new Map<BridgeId, Map<number, PortId>>();
  readonly #loaded = new Set<BridgeId>();

  get(bridge: BridgeId, vlan: number, mac: Mac): PortId | undefined | 'unloaded' {
    if (!this.#loaded.has(bridge)) return 'unloaded';
    return this.#tables.get(bridge)?.get(vlanMacKey(vlan, mac));
  }

  load(bridge: BridgeId): void {
    this.#loaded.add(bridge);
  }

  isLoaded(bridge: BridgeId): boolean {
    return this.#loaded.has(bridge);
  }

  unload(bridge: BridgeId): void {
    this.#loaded.delete(bridge);
    this.#tables.delete(bridge);
  }

  /** The tag of what changed; nothing when the row says the same as before. */
  put(bridge: BridgeId, vlan: number, mac: Mac, port: PortId): Tag | undefined {
    let table = this.#tables.get(bridge);
    if (table === undefined) this.#tables.set(bridge, (table = new Map<number, PortId>()));
    const key = vlanMacKey(vlan, mac);
    if (table.get(key) === port) return undefined;
    table.set(key, port);
    return macTag(bridge, vlan, mac);
  }

  drop(bridge: BridgeId, vlan: number, mac: Mac): Tag | undefined {
    const table = this.#tables.get(bridge);
    if (table?.delete(vlanMacKey(vlan, mac)) !== true) return undefined;
    if (table.size === 0) this.#tables.delete(bridge);
    return macTag(bridge, vlan, mac);
  }

  get rows(): number {
    let rows = 0;
    for (const table of this.#tables.values()) rows += table.size;
    return rows;
  }
}
