import { portToDto, type Base, type PortDto } from '@midonet/contract';
import type { Author } from '@midonet/store';
import type { Port, PortId } from '@midonet/topology';
import { presented, Scan } from '../listing/scan.ts';
import type { PortCompany } from '../topology/port-company.ts';
import type { Services } from './services.ts';

/** A port with what its own record does not hold: is it running, where, and which routes use it. */
export async function presentPort(services: Services, port: Port, base: Base): Promise<PortDto> {
  return portDto(services, port, base, await services.reader.company(port));
}

/** Every port there is, in the order of their ids. */
export function allPorts(services: Services, base: Base): Scan<PortDto> {
  const { reader } = services;
  return new Scan(async function* (after) {
    const companyOf = reader.companyInOrder();
    for await (const port of reader.scan('port', undefined, after)) {
      yield portDto(services, port, base, await companyOf(port));
    }
  });
}

async function portDto(
  { reader, provider }: Services,
  port: Port,
  base: Base,
  { active, route, insertion, srvInsertion, trace }: PortCompany,
): Promise<PortDto> {
  const shown: Port = provider ? port : { ...port, binding: undefined, previousHostId: undefined };
  const readOnly = await reader.readOnly(port);
  const users = { routeIds: route, insertionIds: insertion, srvInsertionIds: srvInsertion, traceRequestIds: trace };
  return portToDto(
    shown,
    { readOnly, active: active !== undefined, tunnelKey: active?.tunnelKey ?? 0, ...users },
    base,
  );
}

export function presentPorts(services: Services, ports: readonly Port[], base: Base): Promise<PortDto[]> {
  return Promise.all(ports.map((port) => presentPort(services, port, base)));
}

export function devicePorts(services: Services, owner: 'bridge' | 'router', id: string, base: Base): Scan<PortDto> {
  const { reader } = services;
  return new Scan((after) =>
    presented(reader.scanChildren(owner, id, 'port', after), (port) => presentPort(services, port, base)),
  );
}

/** The far ends of a device's links. */
export async function peerPorts(
  services: Services,
  owner: 'bridge' | 'router',
  id: string,
  base: Base,
): Promise<PortDto[]> {
  const own = await services.reader.childObjects(owner, id, 'port');
  const ids = own.map(({ peerId }) => peerId).filter((peerId) => peerId !== undefined);
  const peers = await Promise.all(ids.map((peerId) => services.reader.get('port', peerId)));
  const linked = peers.filter((peer) => peer !== undefined);
  return presentPorts(services, linked, base);
}

type NewPort = {
  readonly port: Port;
  readonly peerId: PortId | undefined;
  readonly author: Author;
  readonly base: Base;
};

/** Creates a port and, when a peer was named, links it. */
export async function createPort(services: Services, { port, peerId, author, base }: NewPort): Promise<PortDto> {
  const linked: Port = peerId === undefined ? port : { ...port, peerId };
  const created = await services.writer.create(linked, author);
  return presentPort(services, created, base);
}
