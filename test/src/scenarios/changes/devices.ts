import {
  cidr,
  HOST_MACS,
  mac,
  ROUTER_MACS,
  SOME_IPS,
  SOME_IPS6,
  type VirtualNetwork,
} from '@midonet/simulation/testing';
import type { Port, PortId, Route } from '@midonet/topology';
import type { Aim, Changes } from './aim.ts';

/** Routes and ports that went, to come back: without them networks would only ever lose ways. */
const GONE = new WeakMap<VirtualNetwork, { readonly routes: Route[]; readonly ports: Port[] }>();

function goneOf(net: VirtualNetwork): { readonly routes: Route[]; readonly ports: Port[] } {
  const gone = GONE.get(net) ?? { routes: [], ports: [] };
  GONE.set(net, gone);
  return gone;
}

export const DEVICE_CHANGES: Changes = {
  adminOfPort: (net, aim) => {
    const port = mostlyDown(aim, net.parts.ports.values());
    if (port !== undefined) net.admin(port.id, !port.adminStateUp);
    return port && { what: `${net.nameOf(port.id)} up ${!port.adminStateUp}` };
  },
  adminOfDevice: (net, aim) => {
    const device = mostlyDown(aim, [...net.parts.bridges.values(), ...net.parts.routers.values()]);
    if (device !== undefined) net.admin(device.id, !device.adminStateUp);
    return device && { what: `${net.nameOf(device.id)} up ${!device.adminStateUp}` };
  },
  route: (net, aim) => {
    const gone = goneOf(net).routes;
    const back = aim.chance(0.7) ? gone.pop() : undefined;
    if (back !== undefined) {
      net.parts.routes.set(back.id, back);
      return { what: `route ${back.id} is back` };
    }
    const route = aim.pick(net.parts.routes.values());
    if (route === undefined) return undefined;
    net.parts.routes.delete(route.id);
    gone.push(route);
    return { what: `route ${route.id} (${net.nameOf(route.id)}) goes` };
  },
  routeEdited: (net, aim) => {
    const route = aim.pick(net.parts.routes.values());
    if (route?.type !== 'normal') return undefined;
    const is4 = typeof route.destination.address === 'number';
    const gateway = aim.any(is4 ? SOME_IPS : SOME_IPS6) ?? '';
    const edits: readonly Partial<Route>[] = [
      { weight: 100 - Math.min(100, route.weight) },
      { nextHopGateway: aim.chance(0.5) ? undefined : cidr(`${gateway}/32`).address },
      { type: 'blackhole' },
      { source: cidr(is4 ? '10.0.0.0/24' : 'fd00::/16') },
      { destination: cidr(is4 ? `${gateway}/32` : `${gateway}/128`) },
      { nextHopPort: aim.pick(portsOf(net, route.routerId)) ?? route.nextHopPort },
    ];
    const edit = aim.any(edits);
    net.parts.routes.set(route.id, { ...route, ...edit });
    return { what: `route ${route.id} (${net.nameOf(route.id)}) has another ${Object.keys(edit ?? {}).join()}` };
  },
  routeComes: (net, aim) => {
    const like = aim.pick(net.parts.routes.values());
    if (like === undefined) return undefined;
    const is4 = typeof like.destination.address === 'number';
    const to = aim.any(is4 ? ['10.0.0.0/30', '10.1.0.2/32', '192.0.2.0/24'] : ['fd00::/126', 'fd00:1::2/128']) ?? '';
    const via = aim.pick(portsOf(net, like.routerId));
    if (via === undefined || net.parts.routes.size > 60) return undefined;
    const type = aim.any(['normal', 'normal', 'blackhole', 'reject'] as const) ?? 'normal';
    net.route(like.routerId, to, { via, type, weight: aim.any([0, 50, 100]) ?? 0 });
    return { what: `a route of ${net.nameOf(like.routerId)} to ${to} (${type})` };
  },
  link: (net, aim) => {
    const { ports } = net.parts;
    const [a, b] = [aim.pick(ports.values()), aim.pick(ports.values())];
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
  relink: (net) => {
    const { ports } = net.parts;
    const free = [...ports.values()].filter(({ peerId, binding }) => peerId === undefined && binding === undefined);
    const [a, b] = [free.find(({ type }) => type === 'router'), free.find(({ type }) => type === 'bridge')];
    if (a === undefined || b === undefined) return undefined;
    ports.set(a.id, { ...a, peerId: b.id });
    ports.set(b.id, { ...b, peerId: a.id });
    return { what: `${net.nameOf(a.id)} is linked to ${net.nameOf(b.id)}` };
  },
  port: (net, aim) => {
    const gone = goneOf(net).ports;
    const back = aim.chance(0.7) ? gone.pop() : undefined;
    if (back !== undefined) {
      net.parts.ports.set(back.id, back);
      return { what: `${net.nameOf(back.id)} is back` };
    }
    const port = aim.pick([...net.parts.ports.values()].filter(({ peerId }) => peerId === undefined));
    if (port === undefined) return undefined;
    net.parts.ports.delete(port.id);
    gone.push(port);
    return { what: `${net.nameOf(port.id)} goes` };
  },
  routerMac: (net, aim) => {
    const port = aim.pick(net.parts.ports.values());
    if (port?.type !== 'router') return undefined;
    net.parts.ports.set(port.id, { ...port, mac: mac(aim.any(ROUTER_MACS) ?? '') });
    return { what: `${net.nameOf(port.id)} has another MAC` };
  },
  routerAddresses: (net, aim) => {
    const port = aim.pick(net.parts.ports.values());
    if (port?.type !== 'router') return undefined;
    const texts = [`${aim.any(SOME_IPS)}/${aim.any([8, 24, 32])}`, `${aim.any(SOME_IPS6)}/64`];
    const addresses = texts.slice(0, aim.any([0, 1, 2])).map(cidr);
    net.parts.ports.set(port.id, { ...port, addresses });
    return { what: `${net.nameOf(port.id)} has ${texts.slice(0, addresses.length).join(' and ')}` };
  },
  vlan: (net, aim) => {
    const port = aim.pick(net.parts.ports.values());
    if (port?.type !== 'bridge' || port.peerId === undefined) return undefined;
    const vlanId = aim.any([undefined, 1, 2, 7]);
    net.parts.ports.set(port.id, { ...port, vlanId });
    return { what: `${net.nameOf(port.id)} is of VLAN ${vlanId}` };
  },
  guard: (net, aim) => {
    const port = aim.pick(net.parts.ports.values());
    if (port?.type !== 'bridge') return undefined;
    const prefix = aim.any(['', `=${aim.any(SOME_IPS)}`, `=${aim.any(SOME_IPS6)}`, '=10.0.0.0/8']);
    if (aim.chance(0.4)) net.parts.ports.set(port.id, { ...port, allowedAddresses: undefined });
    else net.guard(port.id, `${aim.any(HOST_MACS)}${prefix}`);
    return { what: `guard of ${net.nameOf(port.id)} ${prefix}` };
  },
  instance: (net, aim) => {
    const port = aim.pick(net.parts.ports.values());
    if (port?.type !== 'bridge') return undefined;
    const instanceId = port.instanceId === undefined ? 'instance' : undefined;
    net.parts.ports.set(port.id, { ...port, instanceId });
    return { what: `${net.nameOf(port.id)} is that of instance ${instanceId}` };
  },
};

function portsOf(net: VirtualNetwork, routerId: string): PortId[] {
  const ports = [...net.parts.ports.values()];
  return ports.flatMap((port) => (port.type === 'router' && port.routerId === routerId ? [port.id] : []));
}

/** What is down comes up sooner than the rest goes down, so that networks live on. */
function mostlyDown<T extends { readonly adminStateUp: boolean }>(aim: Aim, all: Iterable<T>): T | undefined {
  const items = [...all];
  const down = items.filter(({ adminStateUp }) => !adminStateUp);
  return aim.pick(down.length > 0 && aim.chance(0.8) ? down : items);
}
