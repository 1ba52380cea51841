import type { Mark } from '@midonet/flow';
import type { Mac } from '@midonet/packet';
import type { RouterPort } from '@midonet/topology';
import { filter, type Hook } from '../chain/hooks.ts';
import { mirrorAt } from '../mirror/mirror.ts';
import { portIndex } from '../port-index.ts';
import type { Ending, Walk } from '../walk.ts';
import type { RouterVisit } from './router-visit.ts';

/**
 * The chains of a router: inbound before routing, then local redirect for what is addressed to the
 * router, or forward and outbound for what goes on. They see IP packets; ARP and neighbour discovery
 * are the router's own business, and so are its answers.
 */
export function filterInbound(walk: Walk, visit: RouterVisit): Ending | undefined {
  const { inboundFilterId } = visit.device.router;
  return inboundFilterId === undefined
    ? undefined
    : filterHere(walk, visit, { name: 'inbound filter', chain: inboundFilterId });
}

export function filterLocal(walk: Walk, visit: RouterVisit): Ending | undefined {
  const { localRedirectChainId } = visit.device.router;
  return localRedirectChainId === undefined
    ? undefined
    : filterHere(walk, visit, { name: 'local redirect chain', chain: localRedirectChainId });
}

export function filterForwarded(walk: Walk, visit: RouterVisit, egress: RouterPort): Ending | undefined {
  const { forwardChainId, outboundFilterId } = visit.device.router;
  if (forwardChainId === undefined && outboundFilterId === undefined) return undefined;
  const outPort = egress.id;
  return (
    filterHere(walk, visit, { name: 'forward chain', chain: forwardChainId, outPort }) ??
    filterHere(walk, visit, { name: 'outbound filter', chain: outboundFilterId, outPort })
  );
}

/** To whom the packet goes next, and how it stood before the egress port's filter, where there is one. */
export type Departure = { readonly nextHop: Mac; readonly arrived: Mark | undefined };

/**
 * The outbound filter of the egress port, and the mirrors in front of it, see the packet as it would leave. They are met before the
 * packet is rewritten for good, so that the router can still answer to where it came from, and
 * before fragments are made.
 */
export function filterEgress(
  walk: Walk,
  visit: RouterVisit,
  egress: RouterPort,
  { nextHop, arrived }: Departure,
): Ending | undefined {
  const chain = egress.outboundFilterId;
  if (chain === undefined || arrived === undefined || !egress.adminStateUp) return undefined;
  const { packet } = walk;
  const position = walk.position();
  walk.tag(portIndex(egress).tag);
  walk.cross(egress.id);
  packet.setEthSrc(egress.mac);
  packet.setEthDst(nextHop);
  const hook = { name: `outbound filter of port ${egress.id}`, chain, inPort: visit.ingress.id, outPort: egress.id };
  const { ref } = portIndex(egress);
  const ending =
    mirrorAt(walk, egress.preOutFilterMirrorIds, 'outbound side, before the filter', ref, egress.id) ??
    filter(walk, hook, { port: visit.ingress, arrived });
  // What the chain translated stays; the port is crossed, and the link addresses set, when the packet leaves.
  walk.comeBack({ ...position, quoted: walk.quoted });
  return ending;
}

function filterHere(walk: Walk, { index, ingress }: RouterVisit, hook: Hook): Ending | undefined {
  const name = `${hook.name} of router ${index.ref.name}`;
  return filter(walk, { ...hook, name, inPort: ingress.id }, { port: ingress });
}
