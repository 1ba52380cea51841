import { encodeEntity, entityKey, type Entity, type EntityKind } from '@midonet/topology';

/** What makes one state of the topology of another; to be done in this order. */
export type Difference = {
  /** What is elsewhere now under the same id: a rule in another chain. It is made again. */
  readonly moved: readonly Entity[];
  readonly made: readonly Entity[];
  readonly changed: readonly { readonly before: Entity; readonly after: Entity }[];
  readonly gone: readonly Entity[];
};

/** Things before those that name them. */
const ORDER: readonly EntityKind[] = [
  ...(['qosPolicy', 'qosRule', 'chain', 'ipAddrGroup', 'ipAddrGroupAddress', 'portGroup'] as const),
  ...(['loggingResource', 'healthMonitor', 'loadBalancer', 'bridge', 'router', 'port', 'mirror', 'rule'] as const),
  ...(['ruleLogger', 'route', 'portGroupMember', 'staticMac', 'staticArp', 'dhcpSubnet', 'dhcp6Subnet'] as const),
  ...(['dhcpHost', 'dhcp6Host', 'pool', 'poolMember', 'vip'] as const),
];

type Both = { readonly before: Entity; readonly after: Entity };

export function differenceOf(before: readonly Entity[], after: readonly Entity[]): Difference {
  const had = byKey(before);
  const has = byKey(after);
  const both = [...has].flatMap(([key, now]): Both[] => {
    const then = had.get(key);
    return then === undefined ? [] : [{ before: then, after: now }];
  });
  const isElsewhere = (one: Both): boolean => placeOf(one.before) !== placeOf(one.after);
  const pools = new Set(both.filter(isElsewhere).map(({ before: one }) => (one.kind === 'pool' ? one.id : undefined)));
  // A pool that moves takes its members along.
  const isMoved = (one: Both): boolean =>
    isElsewhere(one) || (one.before.kind === 'poolMember' && pools.has(one.before.poolId));
  const moved = both.filter(isMoved);
  const stayed = both.filter((one) => !isMoved(one));
  const made = [...[...has].filter(([key]) => !had.has(key)).map(([, one]) => one), ...moved.map((one) => one.after)];
  return {
    moved: sorted(moved.map((one) => one.before)).reverse(),
    made: sorted(made),
    changed: stayed.filter((one) => text(one.before) !== text(one.after)),
    gone: goneFirst(sorted([...had].filter(([key]) => !has.has(key)).map(([, one]) => one)).reverse()),
  };
}

/** What is stored, with the members that changed from one state to the other, and no others: they may be somebody else's. */
export function withChanges<E extends Entity>(stored: E, before: E, after: E): E {
  const [then, now] = [membersOf(before), membersOf(after)];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const result: E = { ...stored };
  for (const name of names) {
    if (JSON.stringify(then[name]) !== JSON.stringify(now[name])) Reflect.set(result, name, Reflect.get(after, name));
  }
  return result;
}

/** Where it is, which cannot be changed. */
function placeOf(entity: Entity): string {
  switch (entity.kind) {
    case 'rule':
      return entity.chainId;
    case 'route':
      return entity.routerId;
    case 'port':
      return entity.type === 'bridge' ? entity.bridgeId : entity.routerId;
    case 'pool':
    case 'vip':
      return entity.loadBalancerId;
    case 'poolMember':
      return entity.poolId;
    default:
      return '';
  }
}

function byKey(entities: readonly Entity[]): Map<string, Entity> {
  return new Map(entities.map((one) => [entityKey(one), one]));
}

function sorted(entities: readonly Entity[]): Entity[] {
  // Router ports are linked to ports of bridges when they are made.
  const place = (one: Entity): number =>
    ORDER.indexOf(one.kind) + (one.kind === 'port' && one.type === 'router' ? 0.5 : 0);
  return entities.toSorted((a, b) => place(a) - place(b));
}

/** No router goes while it has a load balancer, and all that is in one goes with it. */
function goneFirst(entities: readonly Entity[]): Entity[] {
  const isBalancer = (one: Entity): boolean => one.kind === 'loadBalancer';
  return [...entities.filter(isBalancer), ...entities.filter((one) => !isBalancer(one))];
}

function text(entity: Entity): string {
  return JSON.stringify(encodeEntity(entity));
}

function membersOf(entity: Entity): Readonly<Record<string, unknown>> {
  return encodeEntity(entity);
}
