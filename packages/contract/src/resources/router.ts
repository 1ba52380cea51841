import type { ChainId, LoadBalancerId, Router, RouterId } from '@midonet/topology';
import { z } from 'zod';
import { emptyList, idField, textField } from '../fields.ts';
import { link, type Base } from '../links.ts';
import { chainOf, filterDto, filterInput, filtersOf, filtersToDto } from './filters.ts';
import { mirroredDto, mirroredInput, mirroredOf, mirroredToDto } from './mirror.ts';
import { sharedDto, sharedInput, sharedOf, sharedToDto } from './shared.ts';

export const routerInput = z.object({
  id: idField<RouterId>().nullish(),
  tenantId: textField.nullish(),
  name: textField.nullish(),
  adminStateUp: z.boolean().nullish(),
  ...sharedInput,
  asNumber: z.int().min(0).max(0xffffffff).nullish(),
  ...filterInput,
  localRedirectChainId: idField<ChainId>().nullish(),
  forwardChainId: idField<ChainId>().nullish(),
  /** Null takes the load balancer off. */
  loadBalancerId: idField<LoadBalancerId>().nullish(),
  ...mirroredInput,
});
export type RouterInput = z.output<typeof routerInput>;

export const routerDto = z.object({
  id: z.string(),
  uri: z.string(),
  tenantId: z.string().nullable(),
  name: z.string().nullable(),
  adminStateUp: z.boolean(),
  ...sharedDto,
  asNumber: z.number().nullable(),
  ...filterDto,
  localRedirectChainId: z.string().nullable(),
  forwardChainId: z.string().nullable(),
  loadBalancerId: z.string().nullable(),
  loadBalancer: z.string().nullable(),
  ...mirroredDto,
  portIds: z.array(z.string()),
  routeIds: z.array(z.string()),
  bgpNetworkIds: emptyList,
  bgpPeerIds: emptyList,
  traceRequestIds: z.array(z.string()),
  ports: z.string(),
  peerPorts: z.string(),
  routes: z.string(),
  bgpNetworks: z.string(),
  bgpPeers: z.string(),
});
export type RouterDto = z.output<typeof routerDto>;

export function newRouter(input: RouterInput, newId: () => RouterId): Router {
  return {
    kind: 'router',
    id: input.id ?? newId(),
    tenantId: input.tenantId ?? '',
    name: input.name ?? '',
    adminStateUp: input.adminStateUp ?? true,
    ...sharedOf(input),
    asNumber: input.asNumber ?? undefined,
    ...filtersOf(input),
    ...mirroredOf(input),
    localRedirectChainId: input.localRedirectChainId ?? undefined,
    forwardChainId: input.forwardChainId ?? undefined,
    loadBalancerId: input.loadBalancerId ?? undefined,
  };
}

/** Fields that are absent keep what they had; a null asNumber clears it. */
export function updateRouter(old: Router, input: RouterInput): Router {
  return {
    ...old,
    tenantId: input.tenantId ?? old.tenantId,
    name: input.name ?? old.name,
    adminStateUp: input.adminStateUp ?? old.adminStateUp,
    ...sharedOf(input, old),
    asNumber: input.asNumber === undefined ? old.asNumber : (input.asNumber ?? undefined),
    ...filtersOf(input, old),
    ...mirroredOf(input, old),
    localRedirectChainId: chainOf(input.localRedirectChainId, old.localRedirectChainId),
    forwardChainId: chainOf(input.forwardChainId, old.forwardChainId),
    loadBalancerId: input.loadBalancerId === undefined ? old.loadBalancerId : (input.loadBalancerId ?? undefined),
  };
}

/** What hangs on a router, found by index reads. */
export type RouterChildren = {
  readonly portIds: readonly string[];
  readonly routeIds: readonly string[];
  readonly traceRequestIds: readonly string[];
};

export function routerToDto(router: Router, children: RouterChildren, base: Base, readOnly = false): RouterDto {
  const { loadBalancerId } = router;
  const here = (...rest: string[]) => link(base, 'routers', router.id, ...rest);
  return {
    id: router.id,
    uri: here(),
    tenantId: router.tenantId,
    name: router.name,
    adminStateUp: router.adminStateUp,
    ...sharedToDto(router, readOnly),
    asNumber: router.asNumber ?? null,
    ...filtersToDto(router, base),
    localRedirectChainId: router.localRedirectChainId ?? null,
    forwardChainId: router.forwardChainId ?? null,
    loadBalancerId: loadBalancerId ?? null,
    loadBalancer: loadBalancerId === undefined ? null : link(base, 'load_balancers', loadBalancerId),
    ...mirroredToDto(router),
    portIds: [...children.portIds],
    routeIds: [...children.routeIds],
    bgpNetworkIds: [],
    bgpPeerIds: [],
    traceRequestIds: [...children.traceRequestIds],
    ports: here('ports'),
    peerPorts: here('peer_ports'),
    routes: here('routes'),
    bgpNetworks: here('bgp_networks'),
    bgpPeers: here('bgp_peers'),
  };
}
