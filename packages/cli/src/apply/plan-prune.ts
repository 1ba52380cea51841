import { etagOf, type Client, type PortDto } from '@midonet/contract';
import { change, refuseMoved } from '../objects/change.ts';
import type { Session } from '../session.ts';
import type { TopologyDocument, WantedBridge, WantedRouter } from './document.ts';
import type { LiveTopology } from './live-topology.ts';
import { planBalancerPrune } from './plan-balancers.ts';
import { isTagged } from './plan-bridges.ts';
import { connectedRoutes, isRoute } from './plan-routers.ts';
import type { Change } from './plan.ts';

/**
 * What `apply --prune` deletes: ports, routes, DHCP, pools and VIPs of the bridges and routers that the file names
 * and that the file itself does not name any more. Devices, tunnel zones, chains, groups and learned routes
 * stay (filters are taken off by `planFilters`; what is in a chain or group of the file is always exactly what
 * the file says), and so does a bridge's port that a device of another file is linked to: that file may have made it. To be called when
 * the rest is planned. `before` makes room (routes, DHCP, and ports whose interface or VLAN another may want);
 * `after` holds the other ports, once nothing is linked to them.
 */
export async function planPrune(
  session: Session,
  live: LiveTopology,
  document: TopologyDocument,
): Promise<{ readonly before: readonly Change[]; readonly after: readonly Change[] }> {
  const before: Change[] = [];
  const surplus: { readonly port: PortDto; readonly change: Change }[] = [];
  const bridges = new Set(document.bridges.map((bridge) => bridge.name));
  const doom = (port: PortDto, device: string): void => {
    const what = `port ${live.portKey(port)} on ${device}`;
    surplus.push({ port, change: { sign: '-', what, run: (client) => removePort(client, port) } });
  };
  const othersOf = (deviceId: string, named: Iterable<string>): readonly PortDto[] => {
    const kept = new Set([...named].map((key) => live.port(deviceId, key)?.id));
    return live.ports.filter((port) => port.deviceId === deviceId && !kept.has(port.id));
  };
  for (const wanted of document.routers) {
    const id = live.routers.get(wanted.name)?.id;
    if (id === undefined) continue;
    const gone = othersOf(
      id,
      wanted.ports.map((port) => port.name),
    );
    for (const port of gone) {
      doom(port, `router ${wanted.name}`);
      const made = linkMade(live, port, wanted.name);
      if (made !== undefined && !bridges.has(made.bridge)) doom(made.port, `bridge ${made.bridge}`);
    }
    before.push(...(await pruneRoutes(session, live, { id, wanted, gone: new Set(gone.map((port) => port.id)) })));
  }
  for (const wanted of document.bridges) {
    const id = live.bridges.get(wanted.name)?.id;
    if (id === undefined) continue;
    for (const port of othersOf(id, portNames(wanted, document.routers))) {
      if (isLinkedElsewhere(live, port, document)) continue;
      doom(port, `bridge ${wanted.name}`);
      if (!holds(port) && wanted.ports.some(({ vlan }) => isTagged(vlan) && vlan === port.vlanId))
        before.push(releaseVlan(live, port, wanted));
    }
    before.push(...(await pruneDhcp(session, id, wanted)));
  }
  const balancers = await Promise.all(document.routers.map((wanted) => planBalancerPrune(session, live, wanted)));
  before.push(...balancers.flatMap((one) => one.before));
  const [first, last] = [surplus.filter(({ port }) => holds(port)), surplus.filter(({ port }) => !holds(port))];
  return {
    before: [...before, ...first.map(({ change }) => change)],
    after: [...last.map(({ change }) => change), ...balancers.flatMap((one) => one.after)],
  };
}

/** Whether it has an interface or a VLAN that another may want, and no link that is to be moved. */
function holds({ hostId, vlanId, peerId }: PortDto): boolean {
  return hostId !== null || (vlanId !== null && peerId === null);
}

/** One that goes last, when its link has moved, gives its VLAN up now; without one it is down, as it would carry all. */
function releaseVlan(live: LiveTopology, port: PortDto, { name }: WantedBridge): Change {
  const { id, vlanId } = port;
  const fields = [`vlan: ${vlanId ?? 'none'} → none`, 'up: true → false'];
  const run: Change['run'] = (client) => change(client.ports, { id }, { vlanId: null, adminStateUp: false }, port);
  return { sign: '~', what: `port ${live.portKey(port)} on bridge ${name}`, fields, run };
}

/** Not one that somebody has plugged in or linked since. */
async function removePort(client: Client, port: PortDto): Promise<void> {
  const { id } = port;
  const now = await client.ports.get({ id });
  refuseMoved(
    ['hostId', 'interfaceName', 'peerId'],
    { ...port, ...(port.peerId !== null && { peerId: now.peerId }) },
    now,
  );
  await client.ports.remove({ id, headers: { 'if-match': etagOf(now) ?? '*' } });
}

/** To a device of no document at hand. */
function isLinkedElsewhere(
  live: LiveTopology,
  { peerId }: PortDto,
  { bridges, routers }: Pick<TopologyDocument, 'bridges' | 'routers'>,
): boolean {
  const peer = peerId === null ? undefined : live.ports.find((one) => one.id === peerId);
  if (peer === undefined) return false;
  const here = [
    ...routers.map(({ name }) => live.routers.get(name)),
    ...bridges.map(({ name }) => live.bridges.get(name)),
  ];
  return !here.some((device) => device?.id === peer.deviceId);
}

/** The port that linking this one made, on a bridge. */
function linkMade(
  live: LiveTopology,
  port: PortDto,
  router: string,
): { readonly port: PortDto; readonly bridge: string } | undefined {
  const peer = live.ports.find((one) => one.id === port.peerId && one.vifId === `${router}/${live.portKey(port)}`);
  const bridge = [...live.bridges.values()].find((one) => one.id === peer?.deviceId)?.name ?? undefined;
  return peer === undefined || bridge === undefined ? undefined : { port: peer, bridge };
}

/** The bridge's own ports and those that links of the file's routers make on it. */
function portNames(bridge: WantedBridge, routers: readonly WantedRouter[]): Set<string> {
  const linked = routers.flatMap((router) =>
    router.ports.filter((port) => port.bridge === bridge.name).map((port) => `${router.name}/${port.name}`),
  );
  return new Set([...bridge.ports.map((port) => port.name), ...linked]);
}

/** Routes through a port that goes (`gone`) go with it. */
async function pruneRoutes(
  session: Session,
  live: LiveTopology,
  { id, wanted, gone }: { readonly id: string; readonly wanted: WantedRouter; readonly gone: ReadonlySet<string> },
): Promise<Change[]> {
  const routes = [...wanted.ports.flatMap(connectedRoutes), ...wanted.routes].map((route) => ({
    route,
    port: route.port === undefined ? undefined : live.plannedPort('router', `${wanted.name}/${route.port}`),
  }));
  return (await session.client.routers.routes({ id })).flatMap((found): Change[] => {
    // Local routes, to a port's own addresses, are the controller's.
    if (found.learned || found.type === 'Local' || gone.has(found.nextHopPort ?? '')) return [];
    if (routes.some(({ route, port }) => isRoute(found, route, port))) return [];
    const through = live.ports.find((one) => one.id === found.nextHopPort);
    const port = through === undefined ? found.nextHopPort : live.portKey(through);
    const target = port === null ? found.type.toLowerCase() : `port ${port}`;
    const what = `route ${found.dstNetworkAddr}/${found.dstNetworkLength} ${target} on router ${wanted.name}`;
    return [{ sign: '-', what, run: (client) => client.routes.remove({ id: found.id }) }];
  });
}

async function pruneDhcp(session: Session, id: string, wanted: WantedBridge): Promise<Change[]> {
  const changes: Change[] = [];
  for (const { subnetPrefix, subnetLength } of await session.client.dhcpSubnets.list({ id })) {
    const subnet = `${subnetPrefix}_${subnetLength}`;
    const kept = wanted.dhcp.find((one) => one.prefix === subnetPrefix && one.length === subnetLength);
    if (kept === undefined) {
      const what = `DHCP ${subnetPrefix}/${subnetLength} on bridge ${wanted.name}`;
      changes.push({ sign: '-', what, run: (client) => client.dhcpSubnets.remove({ id, subnet }) });
      continue;
    }
    for (const host of await session.client.dhcpHosts.list({ id, subnet })) {
      if (kept.hosts.some((one) => one.mac === host.macAddr)) continue;
      const what = `DHCP host ${host.name ?? host.macAddr} ${host.ipAddr} on bridge ${wanted.name}`;
      const mac = host.macAddr.replaceAll(':', '-');
      changes.push({ sign: '-', what, run: (client) => client.dhcpHosts.remove({ id, subnet, mac }) });
    }
  }
  for (const { prefix, prefixLength } of await session.client.dhcp6Subnets.list({ id })) {
    const subnet = `${prefix}_${prefixLength}`;
    const kept = wanted.dhcp6.find((one) => one.prefix === prefix && one.length === prefixLength);
    if (kept === undefined) {
      const what = `DHCPv6 ${prefix}/${prefixLength} on bridge ${wanted.name}`;
      changes.push({ sign: '-', what, run: (client) => client.dhcp6Subnets.remove({ id, subnet }) });
      continue;
    }
    for (const { clientId, fixedAddress } of await session.client.dhcp6Hosts.list({ id, subnet })) {
      if (kept.hosts.some((one) => one.client === clientId)) continue;
      const what = `DHCPv6 host ${clientId} ${fixedAddress} on bridge ${wanted.name}`;
      changes.push({ sign: '-', what, run: (client) => client.dhcp6Hosts.remove({ id, subnet, client: clientId }) });
    }
  }
  return changes;
}
