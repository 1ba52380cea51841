import type { Revision } from '@midonet/store';
import type { Bridge, Port, Router } from '@midonet/topology';
import { PastMap } from './past-map.ts';

/** `bridge/<id>` or `router/<id>`. */
type DeviceKey = string;
/** `port/<id>` */
type PortKey = string;

export type Owners = {
  /** Undefined: there is no such device. */
  readonly tenantOf: (device: DeviceKey, at?: Revision) => string | undefined;
  readonly deviceOf: (port: PortKey, at?: Revision) => DeviceKey | undefined;
};

type Unlinked = { readonly at: Revision; readonly device: DeviceKey; readonly port: PortKey };

/** Answers about the past that are kept for whoever asks the same at once. */
const REMEMBERED = 64;

/**
 * What a tenant may look at of what is not theirs, answered at once: as `Visibility`, which reads the
 * store, from the links and shared devices kept here. `at`: as it was behind that revision, as far back
 * as nothing was forgotten.
 */
export class ShownIndex {
  readonly #owners: Owners;
  readonly #peers = new PastMap<PortKey>();
  /** The ports of each device that are linked, or were at a revision that may be asked for. */
  readonly #linked = new Map<DeviceKey, Set<PortKey>>();
  #unlinked: Unlinked[] = [];
  readonly #shared = new PastMap<true>();
  /** Tenants whose ports are linked to a device; found when somebody asks. */
  readonly #neighbours = new Map<DeviceKey, ReadonlySet<string>>();
  readonly #past = new Map<string, ReadonlySet<string>>();

  constructor(owners: Owners) {
    this.#owners = owners;
  }

  clear(): void {
    for (const kept of [this.#peers, this.#linked, this.#shared, this.#neighbours, this.#past]) kept.clear();
    this.#unlinked = [];
  }

  /** What was before `start` is asked for no more. */
  forget(start: Revision): void {
    this.#peers.forget(start);
    this.#shared.forget(start);
    const due = this.#unlinked.findIndex(({ at }) => at > start);
    for (const { device, port } of this.#unlinked.splice(0, due < 0 ? Infinity : due)) {
      if (this.#peers.knows(port)) continue;
      const linked = this.#linked.get(device);
      linked?.delete(port);
      if (linked?.size === 0) this.#linked.delete(device);
    }
  }

  /** Tenants at the far ends of the device's links: they may see its ports. */
  farTenants(device: DeviceKey): readonly string[] {
    return this.#portsOf(device).flatMap((port) => this.#farTenant(port) ?? []);
  }

  /** Somebody got what was another's. */
  forgetNeighbours(): void {
    this.#neighbours.clear();
  }

  noteDevice(key: DeviceKey, device: Bridge | Router | undefined, by?: Revision): void {
    this.#shared.set(key, device?.shared === true ? true : undefined, by);
  }

  /** `device`: the one that has or had the port. */
  notePort(key: PortKey, device: DeviceKey | undefined, port: Port | undefined, by?: Revision): void {
    const peer = port?.peerId === undefined ? undefined : `port/${port.peerId}`;
    if (peer === this.#peers.get(key) || device === undefined) return;
    this.#neighbours.delete(device);
    this.#peers.set(key, peer, by);
    if (peer !== undefined) this.#linked.set(device, (this.#linked.get(device) ?? new Set()).add(key));
    else if (by !== undefined) this.#unlinked.push({ at: by, device, port: key });
  }

  isShared(device: DeviceKey): boolean {
    return this.#shared.get(device) === true;
  }

  showsDevice(device: DeviceKey, tenantId: string, at?: Revision): boolean {
    if (this.#shared.get(device, at) === true) return true;
    return this.#owners.tenantOf(device, at) === '' && this.#neighboursOf(device, at).has(tenantId);
  }

  /** To whom a port shows that is not theirs: who is at the other end; undefined: nobody. */
  viewerOf(port: PortKey, at?: Revision): string | undefined {
    const device = this.#owners.deviceOf(port, at);
    const owner = device === undefined ? undefined : this.#owners.tenantOf(device, at);
    if (device === undefined || owner === undefined) return undefined;
    if (owner !== '' && this.#shared.get(device, at) !== true) return undefined;
    const viewer = this.#farTenant(port, at);
    return viewer === owner ? undefined : viewer;
  }

  /** What shows, or not, with the device itself: its linked ports and the devices at their far ends. */
  around(device: DeviceKey): readonly string[] {
    return this.#portsOf(device).flatMap((port) => {
      const far = this.#owners.deviceOf(this.#peers.get(port) ?? '');
      return far === undefined ? [port] : [port, far];
    });
  }

  #neighboursOf(device: DeviceKey, at: Revision | undefined): ReadonlySet<string> {
    const [kept, key] = at === undefined ? [this.#neighbours, device] : [this.#past, `${at} ${device}`];
    const known = kept.get(key);
    if (known !== undefined) return known;
    const tenants = this.#portsOf(device, at).map((port) => this.#farTenant(port, at));
    const found = new Set(tenants.filter((one) => one !== undefined));
    if (at !== undefined && this.#past.size >= REMEMBERED) this.#past.clear();
    kept.set(key, found);
    return found;
  }

  #portsOf(device: DeviceKey, at?: Revision): readonly PortKey[] {
    const ports = [...(this.#linked.get(device) ?? [])];
    return ports.filter(
      (port) => this.#owners.deviceOf(port, at) === device && this.#peers.get(port, at) !== undefined,
    );
  }

  #farTenant(port: PortKey, at?: Revision): string | undefined {
    const peer = this.#peers.get(port, at);
    const device = peer === undefined ? undefined : this.#owners.deviceOf(peer, at);
    return device === undefined ? undefined : this.#owners.tenantOf(device, at);
  }
}
