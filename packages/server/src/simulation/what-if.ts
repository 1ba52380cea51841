import { emptyKey, extractKey, type Missing, type Outcome, NO_CONNECTIONS } from '@midonet/flow';
import { simulate } from '@midonet/simulation';
import {
  Devices,
  entityKey,
  sharedRowKey,
  type Entity,
  type PortId,
  type SharedRow,
  type TopologyItem,
} from '@midonet/topology';
import type { Reader as AnyReader } from '../topology/reader.ts';
import { TableState } from './table-state.ts';

type Reader = Pick<AnyReader, 'get' | 'list' | 'childObjects'>;

export type Question = { readonly portId: PortId; readonly frame: Uint8Array; readonly now: number };

/** The path guard of the simulation bounds devices; this bounds how often loading may start over. */
const ROUNDS = 64;

/**
 * Asks the simulation what would happen to a frame, on the topology as it is in the store. It loads
 * only the devices the packet meets: whatever the simulation was blocked on is fetched and it runs
 * again. Learned tables are those that agents share.
 */
export async function explainFrame(
  reader: Reader,
  { portId, frame, now }: Question,
): Promise<{ readonly outcome: Outcome; readonly loaded: number }> {
  const devices = new Devices();
  const state = new TableState((id) => devices.location(id), portId);
  const key = emptyKey();
  extractKey(frame, frame.length, 0, 0, key);
  const asked = new Set<string>();
  for (let round = 0; ; round++) {
    const ingress = { key, frame, direction: 'in', portId } as const;
    const outcome = simulate(ingress, { topology: devices, state, connections: NO_CONNECTIONS, now, explain: true });
    const fresh = outcome.verdict.kind === 'blocked' ? outcome.verdict.on.filter((one) => !asked.has(name(one))) : [];
    if (fresh.length === 0 || round === ROUNDS) {
      const { bridges, routers } = devices.count;
      return { outcome, loaded: bridges + routers };
    }
    for (const missing of fresh) {
      asked.add(name(missing));
      await load(reader, missing, devices, state);
    }
  }
}

function name(missing: Missing): string {
  return JSON.stringify(missing, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
}

async function load(reader: Reader, missing: Missing, devices: Devices, state: TableState): Promise<void> {
  switch (missing.kind) {
    case 'port':
      devices.apply(await portItems(reader, missing.id));
      return;
    case 'bridge':
      devices.apply(await bridgeItems(reader, missing.id));
      return;
    case 'router':
      devices.apply(await routerItems(reader, missing.id));
      return;
    case 'chain': {
      const rules = await reader.childObjects('chain', missing.id, 'rule');
      devices.apply(entities(await reader.get('chain', missing.id), ...rules));
      return;
    }
    case 'portGroup': {
      const members = await reader.list('portGroupMember', missing.id);
      devices.apply(entities(await reader.get('portGroup', missing.id), ...members));
      return;
    }
    case 'ipAddrGroup': {
      const addresses = await reader.list('ipAddrGroupAddress', missing.id);
      devices.apply(entities(await reader.get('ipAddrGroup', missing.id), ...addresses));
      return;
    }
    case 'balancer':
      devices.apply(await balancerItems(reader, missing.id));
      return;
    case 'qosPolicy': {
      const rules = await reader.childObjects('qosPolicy', missing.id, 'qosRule', 'rule');
      devices.apply(entities(await reader.get('qosPolicy', missing.id), ...rules));
      return;
    }
    case 'mirror':
      devices.apply(entities(await reader.get('mirror', missing.id)));
      return;
    case 'macTable':
      state.addMacs(missing.bridgeId, await reader.list('learnedMac', missing.bridgeId));
      return;
    case 'neighbourTable':
      state.addNeighbours(missing.routerId, await reader.list('neighbour', missing.routerId));
      return;
    case 'natPorts':
    case 'fragment':
    case 'neighbour':
      // Nobody knows it; a real packet would wait for the answer to an ARP or ND request.
      return;
  }
}

async function portItems(reader: Reader, id: string): Promise<TopologyItem[]> {
  const port = await reader.get('port', id);
  return port === undefined ? [] : [...entities(port), ...(await locations(reader, [port]))];
}

async function bridgeItems(reader: Reader, id: string): Promise<TopologyItem[]> {
  const ports = await reader.childObjects('bridge', id, 'port');
  return [
    ...entities(await reader.get('bridge', id), ...ports, ...(await farEnds(reader, ports))),
    ...entities(...(await reader.list('dhcpSubnet', id)), ...(await reader.list('dhcpHost', id))),
    ...entities(...(await reader.list('dhcp6Subnet', id)), ...(await reader.list('dhcp6Host', id))),
    ...entities(...(await reader.list('staticMac', id)), ...(await reader.list('staticArp', id))),
    ...entities(...(await reader.childObjects('bridge', id, 'l2Insertion', 'insertion'))),
    ...(await locations(reader, ports)),
  ];
}

async function routerItems(reader: Reader, id: string): Promise<TopologyItem[]> {
  const ports = await reader.childObjects('router', id, 'port');
  return [
    ...entities(await reader.get('router', id), ...ports, ...(await farEnds(reader, ports))),
    ...entities(...(await reader.childObjects('router', id, 'route'))),
    ...(await locations(reader, ports)),
  ];
}

async function balancerItems(reader: Reader, id: string): Promise<TopologyItem[]> {
  const pools = await reader.childObjects('loadBalancer', id, 'pool');
  const monitors = pools.map(({ healthMonitorId }) => healthMonitorId).filter((one) => one !== undefined);
  const items = entities(
    ...[await reader.get('loadBalancer', id), ...pools, ...(await reader.childObjects('loadBalancer', id, 'vip'))],
    ...(await Promise.all([...new Set(monitors)].map((one) => reader.get('healthMonitor', one)))),
  );
  for (const pool of pools) {
    items.push(...entities(...(await reader.childObjects('pool', pool.id, 'poolMember'))));
    items.push(...(await reader.list('memberHealth', pool.id)).map(rowItem));
  }
  const checker = await reader.get('healthChecker', id);
  if (checker !== undefined) items.push(rowItem(checker));
  return items;
}

type Linked = { readonly id: PortId; readonly peerId?: PortId | undefined; readonly binding?: unknown };

function farEnds(reader: Reader, ports: readonly Linked[]): Promise<(Entity | undefined)[]> {
  const peers = ports.map(({ peerId }) => peerId).filter((id) => id !== undefined);
  return Promise.all(peers.map((id) => reader.get('port', id)));
}

async function locations(reader: Reader, ports: readonly Linked[]): Promise<TopologyItem[]> {
  const bound = ports.filter(({ binding }) => binding !== undefined);
  const rows = await Promise.all(bound.map(({ id }) => reader.get('portActive', id)));
  return rows.filter((row): row is NonNullable<typeof row> => row !== undefined).map(rowItem);
}

function entities(...values: readonly (Entity | undefined)[]): TopologyItem[] {
  return values.filter((value) => value !== undefined).map((value) => ({ key: entityKey(value), value }));
}

function rowItem(value: SharedRow): TopologyItem {
  return { key: sharedRowKey(value), value };
}
