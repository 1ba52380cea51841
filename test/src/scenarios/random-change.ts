import type { Mac } from '@midonet/packet';
import {
  addRandomBalancers,
  HOST_MACS,
  mac,
  ROUTER_MACS,
  SOME_IPS,
  SOME_IPS6,
  type Random,
  type VirtualNetwork,
} from '@midonet/simulation/testing';
import { MIRROR_PLACES, type Port, type PortId, type Route, type RouterId } from '@midonet/topology';
import type { SharedRow } from '@midonet/topology';

/** What was done, for failures; and rows of tables, which are told one by one. */
export type Done = { readonly what: string; readonly rows?: readonly SharedRow[] };
type Change = (net: VirtualNetwork, random: Random) => Done | undefined;

const pick = <T>(random: Random, items: Iterable<T>): T | undefined => {
  const all = [...items];
  return all[Math.floor(random() * all.length)];
};

/** Routes that went, to come back: without them networks would only ever lose ways. */
const GONE = new WeakMap<VirtualNetwork, Route[]>();

const CHANGES: Readonly<Record<string, Change>> = {
  adminOfPort: (net, random) => {
    const port = mostlyDown(random, net.parts.ports.values());
    if (port !== undefined) net.admin(port.id, !port.adminStateUp);
    return port && { what: `${net.nameOf(port.id)} up ${!port.adminStateUp}` };
  },
  adminOfDevice: (net, random) => {
    const device = mostlyDown(random, [...net.parts.bridges.values(), ...net.parts.routers.values()]);
    if (device !== undefined) net.admin(device.id, !device.adminStateUp);
    return device && { what: `${net.nameOf(device.id)} up ${!device.adminStateUp}` };
  },
  route: (net, random) => {
    const gone = GONE.get(net) ?? [];
    GONE.set(net, gone);
    const back = random() < 0.7 ? gone.pop() : undefined;
    if (back !== undefined) {
      net.parts.routes.set(back.id, back);
      return { what: `route ${back.id} is back` };
    }
    const route = pick(random, net.parts.routes.values());
    if (route === undefined) return undefined;
    net.parts.routes.delete(route.id);
    gone.push(route);
    return { what: `route ${route.id} (${net.nameOf(route.id)}) goes` };
  },
  link: (net, random) => {
    const { ports } = net.parts;
    const [a, b] = [pick(random, ports.values()), pick(random, ports.values())];
    const peer = a?.peerId === undefined ? undefined : ports.get(a.peerId);
    if (a !== undefined && peer !== undefined) {
      for (const each of [a, peer]) ports.set(each.id, { ...each, peerId: undefined });
      return { what: `${net.nameOf(a.id)} is unlinked` };
    }
    const isFree = (port: Port | undefined): port is Port =>
      port !== undefined && port.peerId === undefined && port.binding === undefined;
    if (!isFree(a) || !isFree(b) || a.id === b.id || (a.type === 'bridge' && b.type === 'bridge')) return undefined;
    ports.set(a.id, { ...a, peerId: b.id });
    ports.set(b.id, { ...b, peerId: a.id });
    return { what: `${net.nameOf(a.id)} is linked to ${net.nameOf(b.id)}` };
  },
  routerMac: (net, random) => {
    const port = pick(random, net.parts.ports.values());
    if (port?.type !== 'router') return undefined;
    net.parts.ports.set(port.id, { ...port, mac: mac(pick(random, ROUTER_MACS) ?? '') });
    return { what: `${net.nameOf(port.id)} has another MAC` };
  },
  vlan: (net, random) => {
    const port = pick(random, net.parts.ports.values());
    if (port?.type !== 'bridge' || port.peerId === undefined) return undefined;
    const vlanId = pick(random, [undefined, 1, 2, 7]);
    net.parts.ports.set(port.id, { ...port, vlanId });
    return { what: `${net.nameOf(port.id)} is of VLAN ${vlanId}` };
  },
  filters: (net, random) => {
    const id = pick(random, [...net.portIds, ...net.deviceIds]);
    const hook = pick(random, ['inboundFilterId', 'outboundFilterId', 'forwardChainId', 'localRedirectChainId']);
    if (id === undefined || hook === undefined) return undefined;
    const isRouter = net.parts.routers.has(id as RouterId);
    if (!isRouter && !hook.endsWith('FilterId')) return undefined;
    const chain = random() < 0.5 ? undefined : pick(random, net.parts.chains.keys());
    net.filter(id, { [hook]: chain });
    return { what: `${net.nameOf(id)} ${hook} ${chain && net.nameOf(chain)}` };
  },
  rules: (net, random) => {
    const device = pick(random, net.parts.chains.values());
    const rule = pick(random, device?.rules ?? []);
    if (device === undefined || rule === undefined) return undefined;
    const { type } = rule;
    const turned =
      type === 'accept' || type === 'drop' || type === 'reject' || type === 'return'
        ? [{ ...rule, type: pick(random, ['accept', 'drop', 'reject', 'return'] as const) ?? type }]
        : [{ ...rule, condition: { ...rule.condition, invert: !rule.condition.invert } }];
    const instead = random() < 0.3 ? [] : turned;
    const rules = device.rules.flatMap((one) => (one.id === rule.id ? instead : [one]));
    net.parts.chains.set(device.chain.id, { ...device, rules });
    return { what: `rule ${net.nameOf(rule.id)} is ${instead.length === 0 ? 'deleted' : 'changed'}` };
  },
  portGroup: (net, random) => {
    const device = pick(random, net.parts.portGroups.values());
    const port = pick(random, net.portIds);
    if (device === undefined || port === undefined) return undefined;
    net.parts.portGroups.set(device.group.id, { ...device, members: toggled(device.members, port) });
    return { what: `${net.nameOf(port)} in or out of ${device.group.name}` };
  },
  ipAddrGroup: (net, random) => {
    const device = pick(random, net.parts.ipAddrGroups.values());
    const other = pick(random, net.parts.ipAddrGroups.values());
    const address = pick(random, [...(device?.addresses ?? []), ...(other?.addresses ?? [])]);
    if (device === undefined || address === undefined) return undefined;
    net.parts.ipAddrGroups.set(device.group.id, { ...device, addresses: toggled(device.addresses, address) });
    return { what: `${address} in or out of ${device.group.name}` };
  },
  mirrorTo: (net, random) => {
    const mirror = pick(random, net.parts.mirrors.values());
    const toPortId = pick(random, net.portIds);
    if (mirror === undefined || toPortId === undefined) return undefined;
    net.parts.mirrors.set(mirror.id, { ...mirror, toPortId });
    return { what: `mirror ${mirror.name} copies to ${net.nameOf(toPortId)}` };
  },
  mirrored: (net, random) => {
    const mirror = pick(random, net.parts.mirrors.keys());
    const id = pick(random, [...net.portIds, ...net.deviceIds]);
    if (mirror === undefined || id === undefined) return undefined;
    const places = net.parts.ports.has(id as PortId) ? MIRROR_PLACES : MIRROR_PLACES.slice(0, 2);
    const place = pick(random, places) ?? 'inboundMirrorIds';
    const isShown = random() < 0.5;
    net.filter(id, { [place]: isShown ? [mirror] : undefined });
    return { what: `${net.nameOf(id)} ${place} ${isShown ? net.nameOf(mirror) : 'none'}` };
  },
  qosPolicy: (net, random) => {
    const policy = pick(random, net.parts.qosPolicies.keys());
    const id = pick(random, [...net.portIds, ...net.parts.bridges.keys()]);
    if (policy === undefined || id === undefined) return undefined;
    const isThere = random() < 0.6;
    net.filter(id, { qosPolicyId: isThere ? policy : undefined });
    return { what: `${net.nameOf(id)} has policy ${isThere ? net.nameOf(policy) : 'none'}` };
  },
  qosMark: (net, random) => {
    const device = pick(random, net.parts.qosPolicies.values());
    if (device === undefined) return undefined;
    const rules = device.rules.map((rule) =>
      rule.type === 'dscp' ? { ...rule, mark: rule.mark === 10 ? 46 : 10 } : rule,
    );
    net.parts.qosPolicies.set(device.policy.id, { ...device, rules });
    return { what: `policy ${device.policy.name} has another mark` };
  },
  guard: (net, random) => {
    const port = pick(random, net.parts.ports.values());
    if (port?.type !== 'bridge') return undefined;
    const prefix = pick(random, ['', `=${pick(random, SOME_IPS)}`, `=${pick(random, SOME_IPS6)}`, '=10.0.0.0/8']);
    if (random() < 0.4) net.parts.ports.set(port.id, { ...port, allowedAddresses: undefined });
    else net.guard(port.id, `${pick(random, HOST_MACS)}${prefix}`);
    return { what: `guard of ${net.nameOf(port.id)} ${prefix}` };
  },
  insertion: (net, random) => {
    const { insertions } = net.parts;
    const index = Math.floor(random() * insertions.length);
    const one = insertions[index];
    if (one === undefined) return undefined;
    if (random() < 0.3) insertions.splice(index, 1);
    else insertions[index] = { ...one, failOpen: !one.failOpen, position: 1 - Math.min(1, one.position) };
    return { what: `insertion ${net.nameOf(one.id)}` };
  },
  balancers: (net, random) => {
    if (net.parts.balancers.size === 0) return undefined;
    addRandomBalancers(net, random, [...net.parts.routers.keys()]);
    return { what: 'all load balancers anew' };
  },
  memberHealth: (net, random) => {
    const device = pick(random, net.parts.balancers.values());
    const member = pick(
      random,
      [...(device?.pools.values() ?? [])].flatMap(({ members }) => members),
    );
    if (device === undefined || member === undefined) return undefined;
    const status = device.health.get(member.id) === 'down' ? 'up' : 'down';
    const health = new Map(device.health).set(member.id, status);
    net.parts.balancers.set(device.balancer.id, { ...device, health });
    return { what: `member ${net.nameOf(member.id)} is ${status}` };
  },
  staticMac: (net, random) => {
    const [bridgeId, portId] = [pick(random, net.parts.bridges.keys()), bridgePort(net, random)];
    if (bridgeId === undefined || portId === undefined) return undefined;
    if (net.parts.staticMacs.pop() === undefined) net.staticMac(bridgeId, pick(random, HOST_MACS) ?? '', portId);
    return { what: `static MAC at ${net.nameOf(portId)}, or none` };
  },
  staticArp: (net, random) => {
    const bridgeId = pick(random, net.parts.bridges.keys());
    if (bridgeId === undefined) return undefined;
    const address = pick(random, [...SOME_IPS, ...SOME_IPS6]) ?? '';
    if (net.parts.staticArps.pop() === undefined) net.staticArp(bridgeId, address, pick(random, HOST_MACS) ?? '');
    return { what: `static ARP of ${address} in ${net.nameOf(bridgeId)}, or none` };
  },
  learnedMac: (net, random) => {
    const [bridgeId, portId] = [pick(random, net.parts.bridges.keys()), bridgePort(net, random)];
    if (bridgeId === undefined || portId === undefined) return undefined;
    const row = {
      kind: 'learnedMac',
      bridgeId,
      vlan: pick(random, [0, 0, 1, 2]) ?? 0,
      mac: someMac(random),
      portId,
    } as const;
    return { what: `MAC ${row.mac} moves to ${net.nameOf(portId)}`, rows: [row] };
  },
  neighbour: (net, random) => {
    const portId = pick(random, net.parts.neighbours.keys());
    const port = portId === undefined ? undefined : net.parts.ports.get(portId);
    const ip = pick(random, net.parts.neighbours.get(portId ?? ('' as PortId))?.keys() ?? []);
    if (port?.type !== 'router' || ip === undefined) return undefined;
    const row = { kind: 'neighbour', routerId: port.routerId, portId: port.id, ip, mac: someMac(random) } as const;
    return { what: `${ip} at ${net.nameOf(port.id)} has MAC ${row.mac}`, rows: [row] };
  },
};

const CHANGE_NAMES = Object.keys(CHANGES);

/** Changes one thing in the network; those of which there is none are tried again with others. */
export function changeSomething(net: VirtualNetwork, random: Random): Done & { readonly kind: string } {
  for (let i = 0; i < 100; i++) {
    const kind = pick(random, CHANGE_NAMES) ?? '';
    const done = CHANGES[kind]?.(net, random);
    if (done !== undefined) return { ...done, kind };
  }
  return { what: 'nothing can be changed', kind: 'nothing' };
}

/** What is down comes up sooner than the rest goes down, so that networks live on. */
function mostlyDown<T extends { readonly adminStateUp: boolean }>(random: Random, all: Iterable<T>): T | undefined {
  const items = [...all];
  const down = items.filter(({ adminStateUp }) => !adminStateUp);
  return pick(random, down.length > 0 && random() < 0.8 ? down : items);
}

function toggled<T>(set: ReadonlySet<T>, one: T): Set<T> {
  const next = new Set(set);
  if (!next.delete(one)) next.add(one);
  return next;
}

function bridgePort(net: VirtualNetwork, random: Random): PortId | undefined {
  const ports = [...net.parts.ports.values()].filter(({ type }) => type === 'bridge');
  return pick(random, ports)?.id;
}

function someMac(random: Random): Mac {
  return mac(pick(random, HOST_MACS) ?? '');
}
