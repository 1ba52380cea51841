import { z } from 'zod';
import { link, type Base } from '../links.ts';

/**
 * What is counted per tenant: all that a tenant can make. LOCAL routes, which come with addresses, are
 * not; subnets and hosts of DHCP count for IPv4 and IPv6 together.
 */
export const QUOTA_KINDS = [
  'bridges',
  'routers',
  'ports',
  'routes',
  'chains',
  'rules',
  'portGroups',
  'ipAddrGroups',
  'loadBalancers',
  'pools',
  'poolMembers',
  'vips',
  'healthMonitors',
  'qosPolicies',
  'qosRules',
  'mirrors',
  'l2Insertions',
  'traceRequests',
  'loggingResources',
  'ruleLoggers',
  'dhcpSubnets',
  'dhcpHosts',
  'staticMacs',
  'staticArps',
  'portGroupMembers',
  'ipAddrGroupAddrs',
] as const;
export type QuotaKind = (typeof QUOTA_KINDS)[number];
export type QuotaLimits = { readonly [K in QuotaKind]: number | null };

const limit = z.int().min(0).max(1_000_000_000).nullish();

/** The limits of tenants that have none of their own. */
export const DEFAULT_QUOTA = 'default';

const limitsOf = <T extends z.ZodType>(one: T) =>
  ({
    bridges: one,
    routers: one,
    ports: one,
    routes: one,
    chains: one,
    rules: one,
    portGroups: one,
    ipAddrGroups: one,
    loadBalancers: one,
    pools: one,
    poolMembers: one,
    vips: one,
    healthMonitors: one,
    qosPolicies: one,
    qosRules: one,
    mirrors: one,
    l2Insertions: one,
    traceRequests: one,
    loggingResources: one,
    ruleLoggers: one,
    dhcpSubnets: one,
    dhcpHosts: one,
    staticMacs: one,
    staticArps: one,
    portGroupMembers: one,
    ipAddrGroupAddrs: one,
  }) as const satisfies Record<QuotaKind, T>;

/** Absent keeps, null takes the limit away. */
export const quotaInput = z.object(limitsOf(limit));
export type QuotaInput = z.output<typeof quotaInput>;

export const quotaDto = z.object({
  uri: z.string(),
  tenantId: z.string(),
  /** False: these are the default limits. */
  own: z.boolean(),
  limits: z.object(limitsOf(z.number().nullable())),
  used: z.object(limitsOf(z.number())),
});
export type QuotaDto = z.output<typeof quotaDto>;

export function quotaToDto(quota: Omit<QuotaDto, 'uri'>, base: Base): QuotaDto {
  return { uri: link(base, 'quotas', quota.tenantId), ...quota };
}
