import { DatapathError, type Datapath } from '@midonet/datapath';
import { dpPortTag, locationTag, type DpPort, type Tag } from '@midonet/flow';
import type { PortId } from '@midonet/topology';
import type { Logger } from '../logger.ts';
import { tunnelKeyTag } from '../upcalls/packet-processor.ts';
import { locationKey, type Knowledge } from '../view/knowledge.ts';
import type { ItemStore } from '../view/item-store.ts';
import type { ChangeTags } from '../view/change-tags.ts';
import type { RowWriter } from '../watch/row-writer.ts';
import type { HostLink } from './links.ts';
import type { LocalPorts } from './local-ports.ts';
import type { TunnelKeys } from './tunnel-keys.ts';

export type BindingModules = {
  readonly datapath: () => Datapath;
  readonly knowledge: Knowledge;
  readonly items: ItemStore;
  readonly ports: LocalPorts;
  readonly keys: TunnelKeys;
  readonly rows: RowWriter;
  readonly logger: Logger;
};

export type BindingEvents = {
  onTags(tags: Iterable<Tag>, changes: ChangeTags | undefined): void;
  onPlugged(port: PortId): void;
};

type Plugged = { readonly ifindex: number; readonly dpPort: DpPort; readonly mtu: number | undefined };

/**
 * Brings together what the topology says (port P is interface I of this host) and what the host has
 * (interface I exists and is up). Either may come first, and either may go.
 */
export class Bindings {
  readonly #modules: BindingModules;
  readonly #events: BindingEvents;
  readonly #plugged = new Map<PortId, Plugged>();
  /** Why a port that should run does not, for the status. */
  readonly problems = new Map<PortId, string>();

  constructor(modules: BindingModules, events: BindingEvents) {
    this.#modules = modules;
    this.#events = events;
  }

  /** Plugs and unplugs until the datapath is as both sides say. Safe to call at any time. */
  reconcile(links: readonly HostLink[]): void {
    const byName = new Map(links.map((link) => [link.name, link]));
    const { boundHere } = this.#modules.knowledge;
    for (const [id, plugged] of [...this.#plugged]) {
      const name = boundHere.get(id)?.binding?.interfaceName;
      const link = name === undefined ? undefined : byName.get(name);
      const same = this.#modules.ports.get(id)?.interfaceName === name && link?.ifindex === plugged.ifindex;
      if (!same || !link.up) this.#unplug(id, plugged);
      else if (mtuOf(link) !== plugged.mtu) this.#resize(id, plugged, mtuOf(link));
    }
    this.problems.clear();
    for (const [id, port] of boundHere) {
      const name = port.binding?.interfaceName;
      if (name === undefined || this.#plugged.has(id)) continue;
      const link = byName.get(name);
      if (link === undefined) this.problems.set(id, `interface ${name} does not exist on this host`);
      else if (!link.up) this.problems.set(id, `interface ${name} is down`);
      else this.#plug(id, link);
    }
  }

  /** Takes over the datapath's port numbers of an earlier run; ports nobody is bound to are removed. */
  removeStrangers(): void {
    const datapath = this.#modules.datapath();
    for (const { port, spec } of datapath.ports()) {
      if (spec.kind === 'interface' && this.#modules.ports.at(port) === undefined) datapath.removePort(port);
    }
  }

  #plug(id: PortId, link: HostLink): void {
    const { datapath, knowledge, ports, keys, rows, items, logger } = this.#modules;
    let dpPort: DpPort;
    try {
      dpPort = datapath().addPort({ kind: 'interface', name: link.name }).port;
    } catch (error) {
      if (!(error instanceof DatapathError)) throw error;
      this.problems.set(id, `${error.code}: ${error.message}`);
      logger.warn({ port: id, interface: link.name, code: error.code }, `cannot plug interface: ${error.message}`);
      return;
    }
    const tunnelKey = keys.of(id);
    // Two ports bound to one interface: the server forbids it, but a view may pass through it.
    const squatter = ports.at(dpPort);
    if (squatter !== undefined && squatter.portId !== id) {
      this.problems.set(id, `interface ${link.name} is in use by port ${squatter.portId}`);
      return;
    }
    ports.add({ portId: id, interfaceName: link.name, dpPort, tunnelKey });
    const mtu = mtuOf(link);
    this.#plugged.set(id, { ifindex: link.ifindex, dpPort, mtu });
    const changes = knowledge.setRunningHere(id, { tunnelKey, mtu }, this.#shared(items, id));
    this.#events.onTags([dpPortTag(dpPort), locationTag(id), tunnelKeyTag(tunnelKey)], changes);
    this.#events.onPlugged(id);
    rows.put({ kind: 'portActive', portId: id, hostId: knowledge.hostId, tunnelKey, mtu });
    logger.info({ port: id, interface: link.name, tunnelKey }, 'port is active');
  }

  /** The interface takes other lengths now; every host has to know. */
  #resize(id: PortId, plugged: Plugged, mtu: number | undefined): void {
    const { knowledge, keys, rows, items, logger } = this.#modules;
    const tunnelKey = keys.of(id);
    this.#plugged.set(id, { ...plugged, mtu });
    const changes = knowledge.setRunningHere(id, { tunnelKey, mtu }, this.#shared(items, id));
    this.#events.onTags([], changes);
    rows.put({ kind: 'portActive', portId: id, hostId: knowledge.hostId, tunnelKey, mtu });
    logger.info({ port: id, mtu }, 'the interface of a port has another MTU');
  }

  #unplug(id: PortId, { dpPort }: Plugged): void {
    const { datapath, knowledge, ports, rows, items, logger } = this.#modules;
    this.#plugged.delete(id);
    const local = ports.remove(id);
    rows.delete(locationKey(id));
    const changes = knowledge.setRunningHere(id, undefined, this.#shared(items, id));
    this.#events.onTags([dpPortTag(dpPort), locationTag(id)], changes);
    datapath().removePort(dpPort);
    logger.info({ port: id, interface: local?.interfaceName }, 'port is no longer active');
  }

  #shared(items: ItemStore, id: PortId): Extract<ReturnType<ItemStore['value']>, { kind: 'portActive' }> | undefined {
    const row = items.value(locationKey(id));
    return row?.kind === 'portActive' ? row : undefined;
  }
}

/** Of both ends, where the far one can be seen; undefined when the kernel says nothing. */
function mtuOf({ mtu, peerMtu }: HostLink): number | undefined {
  const known = Math.min(mtu || Infinity, peerMtu || Infinity);
  return known === Infinity ? undefined : known;
}
