import type { Entity, EntityKind, SharedRow, SharedRowKind } from '@midonet/topology';

type Kind = EntityKind | SharedRowKind;
type ValueOf<K extends Kind> = Extract<Entity | SharedRow, { readonly kind: K }>;

/** What belongs to somebody by its own tenantId; everything else belongs to the owner of one of these. */
export const TENANT_KINDS = [
  ...(['bridge', 'router', 'chain', 'portGroup', 'ipAddrGroup', 'qosPolicy'] as const),
  ...(['loadBalancer', 'healthMonitor', 'loggingResource'] as const),
] as const;
export type TenantKind = (typeof TENANT_KINDS)[number];

/** What belongs to the owner of another thing, and has things of its own. */
export const LINK_KINDS = ['port', 'pool'] as const;
export type OwnerKind = TenantKind | (typeof LINK_KINDS)[number];

/** How the tenant of a thing is found. */
export type Ownership =
  | { readonly kind: 'tenant'; readonly tenantId: string }
  | { readonly kind: 'via'; readonly owner: OwnerKind; readonly id: string }
  /** Hosts, zones, what agents say of their hosts: the provider's. */
  | { readonly kind: 'provider' };

const provider: Ownership = { kind: 'provider' };
const via = (owner: OwnerKind, id: string): Ownership => ({ kind: 'via', owner, id });
const tenant = ({ tenantId }: { readonly tenantId: string }): Ownership => ({ kind: 'tenant', tenantId });

/** Per kind of thing, how its tenant is found. A kind that is missing does not compile. */
const OWNERSHIP: { readonly [K in Kind]: (value: ValueOf<K>) => Ownership } = {
  bridge: tenant,
  router: tenant,
  chain: tenant,
  portGroup: tenant,
  ipAddrGroup: tenant,
  qosPolicy: tenant,
  loadBalancer: tenant,
  healthMonitor: tenant,
  loggingResource: tenant,
  ruleLogger: ({ chainId }) => via('chain', chainId),
  port: (port) => (port.type === 'bridge' ? via('bridge', port.bridgeId) : via('router', port.routerId)),
  route: ({ routerId }) => via('router', routerId),
  // A copy may go only to whom its port belongs to.
  mirror: ({ toPortId }) => via('port', toPortId),
  qosRule: ({ policyId }) => via('qosPolicy', policyId),
  pool: ({ loadBalancerId }) => via('loadBalancer', loadBalancerId),
  vip: ({ loadBalancerId }) => via('loadBalancer', loadBalancerId),
  poolMember: ({ poolId }) => via('pool', poolId),
  memberHealth: ({ poolId }) => via('pool', poolId),
  rule: ({ chainId }) => via('chain', chainId),
  l2Insertion: ({ portId }) => via('port', portId),
  traceRequest: ({ device }) => via(device.type, device.id),
  dhcpSubnet: ({ bridgeId }) => via('bridge', bridgeId),
  dhcpHost: ({ bridgeId }) => via('bridge', bridgeId),
  dhcp6Subnet: ({ bridgeId }) => via('bridge', bridgeId),
  dhcp6Host: ({ bridgeId }) => via('bridge', bridgeId),
  staticMac: ({ bridgeId }) => via('bridge', bridgeId),
  staticArp: ({ bridgeId }) => via('bridge', bridgeId),
  learnedMac: ({ bridgeId }) => via('bridge', bridgeId),
  neighbour: ({ routerId }) => via('router', routerId),
  portGroupMember: ({ groupId }) => via('portGroup', groupId),
  ipAddrGroupAddress: ({ groupId }) => via('ipAddrGroup', groupId),
  portActive: ({ portId }) => via('port', portId),
  confNode: () => provider,
  confTemplate: () => provider,
  confMapping: () => provider,
  host: () => provider,
  tunnelZone: () => provider,
  tunnelZoneMember: () => provider,
  hostAlive: () => provider,
  healthChecker: () => provider,
  hostDrops: () => provider,
  hostRuleHits: () => provider,
  // Who sees a request is told what was written down for it, of their own things.
  tracedPacket: () => provider,
  traceArrival: () => provider,
};

export function ownershipOf(value: Entity | SharedRow): Ownership {
  // The table has the function of this very kind under it.
  return (OWNERSHIP[value.kind] as (value: Entity | SharedRow) => Ownership)(value);
}

/** Kinds of things that have an id of their own, stored under `<kind>/<id>`. */
export const ID_KINDS = [
  ...TENANT_KINDS,
  ...([
    'port',
    'route',
    'rule',
    'qosRule',
    'pool',
    'poolMember',
    'vip',
    'mirror',
    'l2Insertion',
    'traceRequest',
    'ruleLogger',
  ] as const),
  ...(['host', 'tunnelZone'] as const),
] as const;

/** Members that only the provider's people set, whoever owns the thing: where a port is plugged in. */
export const PROVIDER_MEMBERS: { readonly [K in EntityKind]?: readonly string[] } = {
  port: ['binding', 'previousHostId'],
};

/** Members that only the provider's people set, and whoever sees the thing sees: who else may look at it. */
export const ADMIN_MEMBERS: { readonly [K in EntityKind]?: readonly string[] } = {
  bridge: ['shared'],
  router: ['shared'],
};

export type OwnerLookup = (kind: OwnerKind, id: string) => Promise<Entity | undefined>;

/** The tenant that owns a thing, '' for things that were given to nobody; undefined: the provider's. */
export async function tenantOf(value: Entity | SharedRow, lookup: OwnerLookup): Promise<string | undefined> {
  const ownership = ownershipOf(value);
  switch (ownership.kind) {
    case 'provider':
      return undefined;
    case 'tenant':
      return ownership.tenantId;
    case 'via': {
      const owner = await lookup(ownership.owner, ownership.id);
      return owner === undefined ? undefined : tenantOf(owner, lookup);
    }
  }
}
