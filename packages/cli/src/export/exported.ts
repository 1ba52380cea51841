import type { PortDto } from '@midonet/contract';
import { FILTER_FIELDS, MIRROR_FIELDS } from '../apply/filter-fields.ts';
import type { LiveTopology } from '../apply/live-topology.ts';
import { failure } from '../cli-error.ts';

/** A part of the file as plain data; undefined members are left out when it is written. */
export type Part = { readonly [field: string]: unknown };

/** What an export is made from, and what it could not take along. */
export class Exported {
  readonly live: LiveTopology;
  /** Hosts are the provider's: without them no zones and no bindings are written. */
  readonly hosts: ReadonlyMap<string, string> | undefined;
  readonly left: string[] = [];
  readonly #devices: ReadonlyMap<string, string>;
  readonly #ports: ReadonlyMap<string, PortDto>;

  constructor(live: LiveTopology, hosts: ReadonlyMap<string, string> | undefined) {
    this.live = live;
    this.hosts = hosts;
    this.#devices = new Map([...live.bridges, ...live.routers].map(([name, { id }]) => [id, name]));
    this.#ports = new Map(live.ports.map((port) => [port.id, port]));
  }

  /** Says that something is not in the file. */
  leave(what: string): void {
    this.left.push(what);
  }

  device(id: string): string | undefined {
    return this.#devices.get(id);
  }

  isBridgePort(id: string): boolean {
    return this.#ports.get(id)?.type === 'Bridge';
  }

  /** As the file refers to it: `device/port`, with the kind where that is either's; undefined for another tenant's. */
  port(id: string): string | undefined {
    return this.path(id) === undefined ? undefined : this.live.portPath(id);
  }

  /** `device/port`, whichever kind of device it is. */
  path(id: string): string | undefined {
    const port = this.#ports.get(id);
    const device = port === undefined ? undefined : this.device(port.deviceId);
    return port === undefined || device === undefined ? undefined : `${device}/${this.live.portKey(port)}`;
  }

  /** Of a port, the device's key. */
  deviceOfPort(id: string): string | undefined {
    return this.device(this.#ports.get(id)?.deviceId ?? '');
  }

  /** Without the device. */
  portAlone(id: string): string | undefined {
    const port = this.#ports.get(id);
    return port === undefined ? undefined : this.live.portKey(port);
  }

  /** The ports of a device, by their keys. */
  portsOf(deviceId: string): [string, PortDto][] {
    return this.live.ports
      .filter((one) => one.deviceId === deviceId)
      .map((one): [string, PortDto] => [this.live.portKey(one), one])
      .sort(([a], [b]) => compare(a, b));
  }

  /** A name that a rule cannot do without. */
  needed(id: string, rule: string): string {
    const maps = [this.live.chains, this.live.portGroups, this.live.ipAddrGroups, this.live.traceRequests];
    for (const map of maps) for (const [name, one] of map) if (one.id === id) return name;
    const name = this.#anyDevice(id) ?? this.port(id);
    if (name === undefined)
      throw failure(`rule ${rule} is about ${id}, which is another tenant's: no file of this one can name it`);
    return name;
  }

  /** As the file refers to what may be a bridge or a router. */
  #anyDevice(id: string): string | undefined {
    const name = this.device(id);
    if (name === undefined || !this.live.hasBoth(name)) return name;
    return `${this.live.bridges.keyOf(id) === undefined ? 'router' : 'bridge'}:${name}`;
  }

  /** The fields of chains, policies and mirrors, by their words in a file. */
  filters(of: Readonly<Record<string, unknown>>, what: string): Part {
    const part: Record<string, string | readonly (string | undefined)[]> = {};
    for (const [word, field] of Object.entries(FILTER_FIELDS)) {
      const id = of[field];
      if (typeof id !== 'string') continue;
      const map = word === 'qos' ? this.live.qosPolicies : this.live.chains;
      const [name] = [...map].find(([, one]) => one.id === id) ?? [];
      if (name === undefined) this.leave(`the ${word} of ${what}, which is another tenant's`);
      else part[word] = name;
    }
    for (const [word, field] of Object.entries(MIRROR_FIELDS)) {
      const ids = of[field];
      if (!Array.isArray(ids) || ids.length === 0) continue;
      const names = ids.map((id) => [...this.live.mirrors].find(([, one]) => one.id === id)?.[0]);
      if (names.includes(undefined)) this.leave(`the ${word} of ${what}, of which one is another tenant's`);
      // As a list where text would be read as other names.
      else part[word] = names.some((name) => name === 'none' || /,|^\s|\s$/.test(name ?? '')) ? names : names.join(',');
    }
    return part;
  }

  binding({ hostId, interfaceName }: PortDto, what: string): Part {
    if (hostId === null || this.hosts === undefined) return {};
    const host = this.hosts.get(hostId);
    if (host === undefined) this.leave(`the binding of ${what}, whose host cannot be seen`);
    return host === undefined ? {} : { host, interface: interfaceName };
  }
}

export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A mapping by name, in the order of names; undefined when it is empty. */
export function mapping(parts: readonly (readonly [string, unknown])[]): Part | undefined {
  if (parts.length === 0) return undefined;
  return Object.fromEntries([...parts].sort(([a], [b]) => compare(a, b)));
}

export function list<T>(items: readonly T[]): readonly T[] | undefined {
  return items.length === 0 ? undefined : items;
}
