import type { LoadBalancer, LoadBalancerId, RouterId } from '@midonet/topology';
import { z } from 'zod';
import { idField, textField } from '../fields.ts';
import { link, type Base } from '../links.ts';

/** `routerId` is for reading: a router takes a load balancer by its own `loadBalancerId`. */
export const loadBalancerInput = z.object({
  id: idField<LoadBalancerId>().nullish(),
  /** Beyond what MidoNet has. */
  tenantId: textField.nullish(),
  adminStateUp: z.boolean().nullish(),
});
export type LoadBalancerInput = z.output<typeof loadBalancerInput>;

export const loadBalancerDto = z.object({
  id: z.string(),
  uri: z.string(),
  tenantId: z.string(),
  adminStateUp: z.boolean(),
  routerId: z.string().nullable(),
  router: z.string().nullable(),
  poolIds: z.array(z.string()),
  pools: z.string(),
  vips: z.string(),
});
export type LoadBalancerDto = z.output<typeof loadBalancerDto>;

export function newLoadBalancer(input: LoadBalancerInput, newId: () => LoadBalancerId): LoadBalancer {
  const { id, tenantId, adminStateUp } = input;
  return { kind: 'loadBalancer', id: id ?? newId(), tenantId: tenantId ?? '', adminStateUp: adminStateUp ?? true };
}

export function updateLoadBalancer(old: LoadBalancer, input: LoadBalancerInput): LoadBalancer {
  const { tenantId, adminStateUp } = input;
  return { ...old, tenantId: tenantId ?? old.tenantId, adminStateUp: adminStateUp ?? old.adminStateUp };
}

/** What refers to a load balancer, found by index reads. */
export type LoadBalancerUsers = { readonly routerId: RouterId | undefined; readonly poolIds: readonly string[] };

export function loadBalancerToDto(balancer: LoadBalancer, users: LoadBalancerUsers, base: Base): LoadBalancerDto {
  const { id, tenantId, adminStateUp } = balancer;
  const { routerId, poolIds } = users;
  const uri = link(base, 'load_balancers', id);
  return {
    id,
    uri,
    tenantId,
    adminStateUp,
    routerId: routerId ?? null,
    router: routerId === undefined ? null : link(base, 'routers', routerId),
    poolIds: [...poolIds],
    pools: `${uri}/pools`,
    vips: `${uri}/vips`,
  };
}
