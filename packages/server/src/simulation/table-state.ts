import type { IpAddress, Mac } from '@midonet/packet';
import {
  portLimit,
  type BridgeId,
  type PortId,
  type PortLocation,
  type RouterId,
  type SharedRow,
  type StateView,
} from '@midonet/topology';

type MacRow = Extract<SharedRow, { readonly kind: 'learnedMac' }>;
type NeighbourRow = Extract<SharedRow, { readonly kind: 'neighbour' }>;

/** Bytes of IP packet that fit into VXLAN over a 1500 octet underlay. */
const OVERLAY_MTU = 1450;

/** The learned tables as agents share them, loaded device by device. */
export class TableState implements StateView {
  readonly overlayMtu = OVERLAY_MTU;
  readonly #macs = new Map<string, Map<string, PortId>>();
  readonly #neighbours = new Map<string, Map<string, Mac>>();
  readonly #locationOf: (port: PortId) => PortLocation | undefined;
  readonly #from: PortId;

  /** `from`: where the packet comes in. */
  constructor(locationOf: (port: PortId) => PortLocation | undefined, from: PortId) {
    this.#locationOf = locationOf;
    this.#from = from;
  }

  addMacs(bridge: string, rows: readonly MacRow[]): void {
    this.#macs.set(bridge, new Map(rows.map((row) => [`${row.vlan} ${row.mac}`, row.portId])));
  }

  addNeighbours(router: string, rows: readonly NeighbourRow[]): void {
    this.#neighbours.set(router, new Map(rows.map((row) => [`${row.portId} ${row.ip}`, row.mac])));
  }

  macPort(bridge: BridgeId, vlan: number, mac: Mac): PortId | undefined | 'unloaded' {
    const table = this.#macs.get(bridge);
    return table === undefined ? 'unloaded' : table.get(`${vlan} ${mac}`);
  }

  neighbour(router: RouterId, port: PortId, ip: IpAddress): Mac | undefined | 'unloaded' {
    const table = this.#neighbours.get(router);
    return table === undefined ? 'unloaded' : table.get(`${port} ${ip}`);
  }

  portActive(port: PortId): boolean {
    return this.#locationOf(port) !== undefined;
  }

  portLimit(port: PortId): number | undefined {
    const [here, there] = [this.#locationOf(this.#from), this.#locationOf(port)];
    const isFar = here !== undefined && there !== undefined && here.hostId !== there.hostId;
    return portLimit({ mtu: there?.mtu, isFar }, this.overlayMtu);
  }
}
