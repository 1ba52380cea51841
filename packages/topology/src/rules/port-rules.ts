import type { Port, RouterPort } from '../entities.ts';
import type { MirrorId } from '../ids.ts';
import { indexKey } from '../keys.ts';
import { checkFilters } from './filters.ts';
import { checkMirrors, deleteMirrorsTo, withoutMirrors } from './mirror-rules.ts';
import { checkQosPolicy } from './qos-rules.ts';
import { removeInsertionsOf } from './insertion-rules.ts';
import { localRouteId, localRoutes } from './local-routes.ts';
import { refused, type Refused, type WriteList } from './plan.ts';
import type { ReadRecorder } from './read-recorder.ts';
import { routesThrough } from './route-rules.ts';
import { checkNoRedirect } from './rule-references.ts';
import { removeTracesOf } from './trace-rules.ts';

type Read = ReadRecorder<number>;

/** Creates a port, linked when it names a peer, with the LOCAL routes of its addresses. */
export async function createPort(port: Port, read: Read, list: WriteList): Promise<Refused | undefined> {
  const [owner, ownerId] = port.type === 'bridge' ? ['bridge', port.bridgeId] : ['router', port.routerId];
  if (!(await read.exists(`${owner}/${ownerId}`))) return refused('notFound', `${owner}Id`, `no ${owner} ${ownerId}`);
  const refusal =
    (await checkBinding(port, read)) ??
    (await checkFilters(undefined, port, read)) ??
    (await checkQosPolicy(undefined, port, read)) ??
    (await checkMirrors(undefined, port, read)) ??
    (await linkPeer(undefined, port, read, list));
  if (refusal !== undefined) return refusal;
  list.create(port);
  if (port.type === 'router') for (const route of localRoutes(port)) list.create(route);
  return undefined;
}

export async function updatePort(before: Port, after: Port, read: Read, list: WriteList): Promise<Refused | undefined> {
  const refusal =
    (await checkBinding(after, read)) ??
    (await checkFilters(before, after, read)) ??
    (await checkQosPolicy(before, after, read)) ??
    (await checkMirrors(before, after, read)) ??
    (await linkPeer(before, after, read, list));
  if (refusal !== undefined) return refusal;
  list.update(before, after);
  if (before.type === 'router' && after.type === 'router') await updateLocalRoutes(before, after, read, list);
  return undefined;
}

/** Deletes a port with its routes, static MAC rows and the mirrors that copy to it; the far end of its link is set free. */
export async function deletePort(port: Port, read: Read, list: WriteList): Promise<Refused | undefined> {
  const refusal = await checkNoRedirect(port.id, read);
  if (refusal !== undefined) return refusal;
  const owned = indexKey('port', port.id, 'route', '');
  const routes = port.type === 'router' ? await routesThrough(await read.below(owned), read) : [];
  for (const route of routes) list.remove(route);
  if (port.type === 'bridge') {
    for (const row of await read.below(indexKey('port', port.id, 'staticMac', ''))) {
      list.removeKey(`staticMac/${port.bridgeId}/${row.replace('_', '/')}`);
    }
  }
  await removeTracesOf('port', port.id, read, list);
  const mirrors = await deleteMirrorsTo([port], [], read, list);
  await removePortAlone(port, mirrors, read, list);
  return undefined;
}

/**
 * The port, its index rows, its running state and its link; not what else points at it. `mirrors` go in
 * the same plan.
 */
export async function removePortAlone(
  port: Port,
  mirrors: ReadonlySet<MirrorId>,
  read: Read,
  list: WriteList,
): Promise<void> {
  const peer = port.peerId === undefined ? undefined : await read.get('port', port.peerId);
  if (peer?.peerId === port.id) list.update(peer, withoutMirrors(withPeer(peer, undefined), mirrors));
  list.remove(port);
  for (const group of await read.below(indexKey('port', port.id, 'portGroup', ''))) {
    list.removeKey(`portGroupMember/${group}/${port.id}`);
  }
  await removeInsertionsOf(port.id, read, list);
  list.removeBelow(`index/port/${port.id}/`);
  list.removeKey(`portActive/${port.id}`);
  if (port.type === 'router') list.removeBelow(`neighbour/${port.routerId}/${port.id}/`);
}

async function checkBinding(port: Port, read: Read): Promise<Refused | undefined> {
  if (port.binding === undefined) return undefined;
  if (port.peerId !== undefined) {
    return refused('conflict', 'hostId', `port ${port.id} is linked to ${port.peerId}: unlink it before binding it`);
  }
  const { hostId } = port.binding;
  return (await read.exists(`host/${hostId}`)) ? undefined : refused('invalid', 'hostId', `no host ${hostId}`);
}

/** Brings the far ends in line with a changed peerId: both sides of a link change in one transaction. */
async function linkPeer(
  before: Port | undefined,
  after: Port,
  read: Read,
  list: WriteList,
): Promise<Refused | undefined> {
  const left = before?.peerId;
  const { peerId } = after;
  if (left !== undefined && peerId !== undefined && left !== peerId) {
    return refused('conflict', 'peerId', `port ${after.id} is linked to ${left}: unlink it first`);
  }
  if (peerId === undefined) {
    const peer = left === undefined ? undefined : await read.get('port', left);
    if (peer?.peerId === after.id) list.update(peer, withPeer(peer, undefined));
    return undefined;
  }
  const peer = await read.get('port', peerId);
  if (peer === undefined) return refused('invalid', 'peerId', `no port ${peerId}`);
  const refusal = checkPeer(after, peer) ?? (await checkNoService(before, [after, peer], read));
  if (refusal !== undefined) return refusal;
  if (peer.peerId === undefined) list.update(peer, withPeer(peer, after.id));
  return undefined;
}

/** A service is a machine outside: its port cannot lead to a device. */
async function checkNoService(
  before: Port | undefined,
  ends: readonly Port[],
  read: Read,
): Promise<Refused | undefined> {
  if (before?.peerId !== undefined) return undefined;
  for (const { id } of ends) {
    const serves = (await read.below(indexKey('port', id, 'srvInsertion', ''))).length > 0;
    if (serves) return refused('conflict', 'peerId', `port ${id} is the service port of L2 insertions`);
  }
  return undefined;
}

function checkPeer(port: Port, peer: Port): Refused | undefined {
  if (peer.peerId !== undefined && peer.peerId !== port.id) {
    return refused('conflict', 'peerId', `port ${peer.id} is linked to ${peer.peerId}: unlink it first`);
  }
  if (peer.binding !== undefined) {
    return refused('conflict', 'peerId', `port ${peer.id} is bound to host ${peer.binding.hostId}: unbind it first`);
  }
  if (deviceOf(port) === deviceOf(peer)) {
    return refused('invalid', 'peerId', `port ${peer.id} is on the same device: a link joins two`);
  }
  if (port.type === 'bridge' && peer.type === 'bridge' && port.vlanId !== undefined && peer.vlanId !== undefined) {
    return refused(
      'invalid',
      'peerId',
      `both ports have a vlanId: link it to a router port or a bridge port without one`,
    );
  }
  return undefined;
}

function deviceOf(port: Port): string {
  return port.type === 'bridge' ? port.bridgeId : port.routerId;
}

function withPeer(port: Port, peerId: Port['peerId']): Port {
  return { ...port, peerId };
}

/** LOCAL routes follow the addresses; one that a client has deleted stays deleted. */
async function updateLocalRoutes(before: RouterPort, after: RouterPort, read: Read, list: WriteList): Promise<void> {
  const had = new Set(before.addresses.map(({ address }) => address));
  const has = new Set(after.addresses.map(({ address }) => address));
  for (const address of had) {
    const route = has.has(address) ? undefined : await read.get('route', localRouteId(before.id, address));
    if (route !== undefined) list.remove(route);
  }
  for (const route of localRoutes(after)) if (!had.has(route.destination.address)) list.create(route);
}
