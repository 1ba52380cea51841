import type { Connection } from '@midonet/flow';
import {
  parseId,
  type DeviceChanges,
  type HostId,
  type PortGroupId,
  type PortId,
  type TopologyItem,
} from '@midonet/topology';
import type { Knowledge } from '../view/knowledge.ts';

export type AudienceModules = {
  readonly knowledge: Knowledge;
  /** Something must be known to say where packets may come in. */
  readonly want: (kind: 'port' | 'portGroup', id: string) => void;
};

const MEMBER_ROW = 'portGroupMember/';
const NO_HOSTS: readonly HostId[] = [];

/**
 * Who must know a connection: the hosts of the ports where it came in and left, and those of the
 * other ports of their stateful port groups, as a packet may come back through any of them.
 */
export class Audience {
  readonly #modules: AudienceModules;
  readonly #groups = new Map<PortId, Set<PortGroupId>>();
  /** Until anything about ports or groups changes. */
  readonly #hosts = new Map<PortId, readonly HostId[]>();

  constructor(modules: AudienceModules) {
    this.#modules = modules;
  }

  /** Hosts other than this one. */
  of({ ingressPort, egressPorts }: Connection): readonly HostId[] {
    if (egressPorts.length === 1 && ingressPort !== undefined) {
      const [one, other] = [this.#ofPort(ingressPort), this.#ofPort(egressPorts[0]!)];
      if (one.length === 0) return other;
      if (other.length === 0) return one;
    }
    const all = new Set<HostId>(ingressPort === undefined ? [] : this.#ofPort(ingressPort));
    for (const port of egressPorts) for (const host of this.#ofPort(port)) all.add(host);
    return [...all];
  }

  /** False while it is not known where its ports are. */
  knows({ ingressPort, egressPorts }: Connection): boolean {
    const { knowledge } = this.#modules;
    const known = (port: string): boolean =>
      knowledge.location(toPortId(port)) !== undefined && knowledge.devices.port(toPortId(port)) !== undefined;
    return (ingressPort === undefined || known(ingressPort)) && egressPorts.every(known);
  }

  /** True when a packet of it comes in or leaves here. */
  isHere(connection: Connection): boolean {
    return this.isAt(connection, this.#modules.knowledge.hostId);
  }

  /** True when the host has a port where a packet of it comes in or leaves. */
  isAt({ ingressPort, egressPorts }: Connection, host: string): boolean {
    const has = (port: string): boolean => this.#modules.knowledge.location(toPortId(port))?.hostId === host;
    return (ingressPort !== undefined && has(ingressPort)) || egressPorts.some(has);
  }

  /** News of the topology. Gives the ports whose connections others must hear of now. */
  apply(items: readonly TopologyItem[], changes: DeviceChanges): readonly PortId[] {
    const touched = new Set<PortId>(changes.active.keys());
    for (const { key, value } of items) {
      if (!key.startsWith(MEMBER_ROW)) continue;
      const [group, port] = key.slice(MEMBER_ROW.length).split('/');
      const groupId = parseId<PortGroupId>(group ?? '');
      const portId = parseId<PortId>(port ?? '');
      if (groupId === undefined || portId === undefined) continue;
      this.#member(groupId, portId, value !== undefined);
    }
    for (const { before, after } of changes.portGroups.values()) {
      if (before?.group.stateful !== true && after?.group.stateful !== true) continue;
      for (const port of before?.members ?? []) touched.add(port);
      for (const port of after?.members ?? []) touched.add(port);
    }
    if (touched.size > 0 || changes.portGroups.size > 0) this.#hosts.clear();
    // What one port of a group has to tell, it has to tell where the others are.
    for (const port of [...touched]) {
      for (const group of this.#groups.get(port) ?? []) {
        const device = this.#modules.knowledge.devices.portGroup(group);
        if (device?.group.stateful === true) for (const other of device.members) touched.add(other);
      }
    }
    return [...touched];
  }

  /** Other hosts that got a port. */
  *newHosts({ active }: DeviceChanges): Generator<HostId> {
    const { hostId } = this.#modules.knowledge;
    for (const { after } of active.values()) if (after !== undefined && after.hostId !== hostId) yield after.hostId;
  }

  #member(group: PortGroupId, port: PortId, isIn: boolean): void {
    this.#hosts.delete(port);
    const groups = this.#groups.get(port) ?? new Set<PortGroupId>();
    if (isIn) groups.add(group);
    else groups.delete(group);
    if (groups.size === 0) this.#groups.delete(port);
    else this.#groups.set(port, groups);
  }

  #ofPort(port: string): readonly HostId[] {
    const id = toPortId(port);
    const known = this.#hosts.get(id);
    if (known !== undefined) return known;
    const hosts = new Set<HostId>();
    this.#add(id, hosts);
    this.#modules.want('port', id);
    for (const group of this.#groups.get(id) ?? []) {
      const device = this.#modules.knowledge.devices.portGroup(group);
      this.#modules.want('portGroup', group);
      if (device?.group.stateful !== true) continue;
      for (const member of device.members) {
        if (member !== id) this.#modules.want('port', member);
        this.#add(member, hosts);
      }
    }
    hosts.delete(this.#modules.knowledge.hostId);
    const list = hosts.size === 0 ? NO_HOSTS : [...hosts];
    this.#hosts.set(id, list);
    return list;
  }

  #add(port: PortId, hosts: Set<HostId>): void {
    const host = this.#modules.knowledge.location(port)?.hostId;
    if (host !== undefined) hosts.add(host);
  }
}

/** The vocabulary of flows names ports by plain text; they come from the topology. */
function toPortId(port: string): PortId {
  return port as PortId;
}
