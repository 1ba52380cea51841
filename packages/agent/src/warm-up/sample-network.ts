import { parseCidr, parseIp, parseMac, type Cidr, type IpAddress, type Mac } from '@midonet/packet';
import {
  entityKey,
  sharedRowKey,
  type BridgeId,
  type ChainId,
  type Entity,
  type HostId,
  type PortId,
  type RouteId,
  type RouterId,
  type RuleId,
  type SharedRow,
} from '@midonet/topology';
import { Knowledge } from '../view/knowledge.ts';

const HERE = 'here' as HostId;
const THERE = 'there' as HostId;
const ROUTER = 'router' as RouterId;
/** Machines of the left and the right bridge, on this host and on another. */
const SIDES = [
  { name: 'left', host: HERE, n: 1 },
  { name: 'right', host: THERE, n: 2 },
] as const;
type Side = (typeof SIDES)[number];

export const SAMPLE_PORT = 'left machine' as PortId;
export const SAMPLE_MACHINE = machineMac(1);
export const SAMPLE_GATEWAY = gatewayMac(1);

/** Addresses of the machine of a side. */
export function sampleAddress(n: 1 | 2, version: 4 | 6): IpAddress {
  return ip(version === 4 ? `10.0.${n}.9` : `fd00:${n}::9`);
}

/**
 * What most networks are made of, known to nobody but who rehearses with it: two bridges of which one
 * filters what its machine sends, by connections, and a router between them.
 */
export function sampleNetwork(): Knowledge {
  const knowledge = new Knowledge(HERE, () => 0);
  const entities = [router(), ...filter(), ...SIDES.flatMap(sideOf)];
  knowledge.apply(entities.map((value) => ({ key: entityKey(value), value })));
  for (const { name } of SIDES) knowledge.apply([], { kind: 'macTable', id: name });
  knowledge.apply([], { kind: 'neighbours', id: ROUTER });
  const rows = SIDES.flatMap(rowsOf);
  knowledge.apply(rows.map((value) => ({ key: sharedRowKey(value), value })));
  return knowledge;
}

function router(): Entity {
  return { kind: 'router', id: ROUTER, tenantId: '', name: '', adminStateUp: true };
}

const FILTER = 'filter' as ChainId;
const ALL = { invert: false, fragmentPolicy: 'any' } as const;

/** Packets of connections pass, and so does what may begin one. */
function filter(): Entity[] {
  const rule = { kind: 'rule', chainId: FILTER, type: 'accept' } as const;
  return [
    { kind: 'chain', id: FILTER, tenantId: '', name: '' },
    { ...rule, id: 'known' as RuleId, order: 1, condition: { ...ALL, connection: 'return' } },
    { ...rule, id: 'new' as RuleId, order: 2, condition: ALL },
  ];
}

function sideOf({ name, host, n }: Side): Entity[] {
  const [bridgeId, machine, up, down] = [name, `${name} machine`, `${name} up`, `${name} down`] as const;
  const bridgePort = { kind: 'port', type: 'bridge', bridgeId: bridgeId as BridgeId, adminStateUp: true } as const;
  const addresses = [cidr(`10.0.${n}.1/24`), cidr(`fd00:${n}::1/64`)];
  return [
    { kind: 'bridge', id: bridgeId as BridgeId, tenantId: '', name, adminStateUp: true },
    {
      ...bridgePort,
      id: machine as PortId,
      inboundFilterId: FILTER,
      binding: { hostId: host, interfaceName: machine },
    },
    { ...bridgePort, id: up as PortId, peerId: down as PortId },
    {
      ...{ kind: 'port', type: 'router', id: down as PortId, routerId: ROUTER, peerId: up as PortId },
      ...{ adminStateUp: true, mac: gatewayMac(n), addresses },
    },
    ...addresses.map((destination): Entity => ({
      ...{ kind: 'route', type: 'normal', id: `${name} ${destination.length}` as RouteId, routerId: ROUTER },
      ...{ source: { ...destination, length: 0 }, destination, weight: 100, learned: false },
      nextHopPort: down as PortId,
    })),
  ];
}

function rowsOf({ name, host, n }: Side): SharedRow[] {
  const [mac, portId] = [machineMac(n), `${name} machine` as PortId];
  const neighbour = (version: 4 | 6): SharedRow => ({
    ...{ kind: 'neighbour', routerId: ROUTER, portId: `${name} down` as PortId },
    ...{ ip: sampleAddress(n, version), mac },
  });
  return [
    { kind: 'learnedMac', bridgeId: name as BridgeId, vlan: 0, mac, portId },
    { kind: 'portActive', portId, hostId: host, tunnelKey: n },
    neighbour(4),
    neighbour(6),
  ];
}

function machineMac(n: number): Mac {
  return known(parseMac(`02:00:00:00:00:0${n}`));
}

function gatewayMac(n: number): Mac {
  return known(parseMac(`02:00:00:00:0a:0${n}`));
}

function cidr(text: string): Cidr {
  return known(parseCidr(text));
}

function ip(text: string): IpAddress {
  return known(parseIp(text));
}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the sample is wrong');
  return value;
}
