import type { Bridge, Port, Router } from '@midonet/topology';

/** `bridge/<id>` or `router/<id>`. */
type DeviceKey = string;
/** `port/<id>` */
type PortKey = string;

export type Owners = {
  /** Undefined: there is no such device. */
  readonly tenantOf: (device: DeviceKey) => string | undefined;
  readonly deviceOf: (port: PortKey) => DeviceKey | undefined;
};

/**
 * What a tenant may look at of what is not theirs, answered at once: as `Visibility`, which reads the
 * store, from the links and shared devices kept here.
 */
export class ShownIndex {
  readonly #owners: Owners;
  readonly #peers = new Map<PortKey, PortKey>();
  /** The linked ports of each device. */
  readonly #linked = new Map<DeviceKey, Set<PortKey>>();
  readonly #shared = new Set<DeviceKey>();
  /** Tenants whose ports are linked to a device; found when somebody asks. */
  readonly #neighbours = new Map<DeviceKey, ReadonlySet<string>>();

  constructor(owners: Owners) {
    this.#owners = owners;
  }

  clear(): void {
    for (const kept of [this.#peers, this.#linked, this.#shared, this.#neighbours]) kept.clear();
  }

  /** Tenants at the far ends of the device's links: they may see its ports. */
  farTenants(device: DeviceKey): readonly string[] {
    return [...(this.#linked.get(device) ?? [])].flatMap((port) => this.#farTenant(port) ?? []);
  }

  /** Somebody got what was another's. */
  forgetNeighbours(): void {
    this.#neighbours.clear();
  }

  noteDevice(key: DeviceKey, device: Bridge | Router | undefined): void {
    if (device?.shared === true) this.#shared.add(key);
    else this.#shared.delete(key);
  }

  /** `device`: the one that has or had the port. */
  notePort(key: PortKey, device: DeviceKey | undefined, port: Port | undefined): void {
    const peer = port?.peerId === undefined ? undefined : `port/${port.peerId}`;
    if (peer === this.#peers.get(key) || device === undefined) return;
    this.#neighbours.delete(device);
    const linked = this.#linked.get(device) ?? new Set();
    if (peer === undefined) {
      this.#peers.delete(key);
      linked.delete(key);
    } else {
      this.#peers.set(key, peer);
      linked.add(key);
    }
    if (linked.size === 0) this.#linked.delete(device);
    else this.#linked.set(device, linked);
  }

  isShared(device: DeviceKey): boolean {
    return this.#shared.has(device);
  }

  showsDevice(device: DeviceKey, tenantId: string): boolean {
    if (this.#shared.has(device)) return true;
    return this.#owners.tenantOf(device) === '' && this.#neighboursOf(device).has(tenantId);
  }

  /** To whom a port shows that is not theirs: who is at the other end; undefined: nobody. */
  viewerOf(port: PortKey): string | undefined {
    const device = this.#owners.deviceOf(port);
    const owner = device === undefined ? undefined : this.#owners.tenantOf(device);
    if (device === undefined || owner === undefined || (owner !== '' && !this.#shared.has(device))) return undefined;
    const viewer = this.#farTenant(port);
    return viewer === owner ? undefined : viewer;
  }

  /** What shows, or not, with the device itself: its linked ports and the devices at their far ends. */
  around(device: DeviceKey): readonly string[] {
    return [...(this.#linked.get(device) ?? [])].flatMap((port) => {
      const far = this.#owners.deviceOf(this.#peers.get(port) ?? '');
      return far === undefined ? [port] : [port, far];
    });
  }

  #neighboursOf(device: DeviceKey): ReadonlySet<string> {
    const known = this.#neighbours.get(device);
    if (known !== undefined) return known;
    const ports = [...(this.#linked.get(device) ?? [])];
    const found = new Set(ports.map((port) => this.#farTenant(port)).filter((one) => one !== undefined));
    this.#neighbours.set(device, found);
    return found;
  }

  #farTenant(port: PortKey): string | undefined {
    const peer = this.#peers.get(port);
    const device = peer === undefined ? undefined : this.#owners.deviceOf(peer);
    return device === undefined ? undefined : this.#owners.tenantOf(device);
  }
}
