import type { Bridge, Entity, Port, Router, SharedRow } from '@midonet/topology';
import type { TopologyReader } from '../topology/reader.ts';
import { ownershipOf, tenantOf, type OwnerLookup } from './ownership.ts';

type Any = Entity | SharedRow;

/** Ports that are looked at together while a link is sought. */
const AT_ONCE = 64;

/**
 * What a tenant may look at, and not change, of what is not theirs: devices that are shared, devices of
 * the provider (which belong to no tenant) that a port of theirs is linked to, and the ports at the
 * other end of these links. Of each only what a neighbour can tell anyhow.
 */
export class Visibility {
  readonly #all: TopologyReader;
  readonly #tenantId: string;

  constructor(all: TopologyReader, tenantId: string) {
    this.#all = all;
    this.#tenantId = tenantId;
  }

  /** What shows of a thing that is not the tenant's; undefined: it is not there. */
  async shown<T extends Any>(value: T, lookup: OwnerLookup): Promise<T | undefined> {
    switch (value.kind) {
      case 'bridge':
      case 'router':
        return (await this.#showsDevice(value, lookup)) ? (outlineOf(value) as T) : undefined; // of the same kind
      case 'port':
        return (await this.#showsPort(value, lookup)) ? (portOutlineOf(value) as T) : undefined; // likewise
      default:
        return undefined;
    }
  }

  async #showsDevice(device: Bridge | Router, lookup: OwnerLookup): Promise<boolean> {
    if (device.shared === true) return true;
    if (device.tenantId !== '') return false;
    const ids = await this.#all.children(device.kind, device.id, 'port');
    for (let start = 0; start < ids.length; start += AT_ONCE) {
      const ports = await Promise.all(ids.slice(start, start + AT_ONCE).map((id) => this.#all.get('port', id)));
      const own = await Promise.all(ports.map((port) => this.#leadsToOwn(port, lookup)));
      if (own.includes(true)) return true;
    }
    return false;
  }

  async #showsPort(port: Port, lookup: OwnerLookup): Promise<boolean> {
    if (port.peerId === undefined) return false;
    const ownership = ownershipOf(port);
    const device = ownership.kind === 'via' ? await lookup(ownership.owner, ownership.id) : undefined;
    if (device?.kind !== 'bridge' && device?.kind !== 'router') return false;
    return (device.tenantId === '' || device.shared === true) && (await this.#leadsToOwn(port, lookup));
  }

  async #leadsToOwn(port: Port | undefined, lookup: OwnerLookup): Promise<boolean> {
    const peer = port?.peerId === undefined ? undefined : await lookup('port', port.peerId);
    return peer !== undefined && (await tenantOf(peer, lookup)) === this.#tenantId;
  }
}

/** What shows of it, where it shows. */
export function outline(value: Bridge | Router | Port): Bridge | Router | Port {
  return value.kind === 'port' ? portOutlineOf(value) : outlineOf(value);
}

/** Filters, mirrors and policies are the owner's business, and so is who the owner is. */
function outlineOf({ kind, id, name, adminStateUp, shared }: Bridge | Router): Bridge | Router {
  // Each id with its kind.
  return { kind, id, tenantId: '', name, adminStateUp, shared } as Bridge | Router;
}

function portOutlineOf(port: Port): Port {
  const { kind, id, adminStateUp, peerId } = port;
  const common = { kind, id, adminStateUp, peerId } as const;
  if (port.type === 'bridge') return { ...common, type: 'bridge', bridgeId: port.bridgeId, vlanId: port.vlanId };
  const { routerId, mac, addresses } = port;
  return { ...common, type: 'router', routerId, mac, addresses };
}
