import type { PortDto } from '@midonet/contract';
import { failure } from '../cli-error.ts';
import { planClaims, type Claim, type Patch } from './claims.ts';
import type { TopologyDocument, WantedBinding } from './document.ts';
import type { LiveTopology } from './live-topology.ts';
import type { Change } from './plan.ts';

/** A port of the file that is linked or bound there. `to`: what the file calls the far end. */
type Wired = {
  readonly portId: string;
  readonly what: string;
  readonly end:
    | { readonly kind: 'link'; readonly peerId: string; readonly to: string }
    | { readonly kind: 'binding'; readonly hostId: string; readonly binding: WantedBinding };
};

type Wires = Pick<PortDto, 'peerId' | 'hostId' | 'interfaceName'>;
const FREE: Wires = { peerId: null, hostId: null, interfaceName: null };

/**
 * Links and bindings of the file's ports, each in one step from the old to the new; those that change places
 * in one step together. A port that the file links is bound no more, and the other way round. Only a
 * link or binding that the file names is changed: `midonet ns add` makes others, and they stay. To be
 * called when all ports of the file are planned.
 */
export function planWiring(live: LiveTopology, document: TopologyDocument): Change[] {
  const { wired, linking } = wiredPorts(live, document);
  const named = portsOf(live, document);
  const moves = new Map(wired.map((one) => [one.portId, one]));
  for (const one of wired) if (one.end.kind === 'link') moves.set(one.end.peerId, one);
  return planClaims(wired.flatMap((one) => claimOf(live, one, { named, moves, linking })));
}

/** A link that both its ends name is one; a port that is to have two is refused. `linking`: who names a link itself. */
function wiredPorts(
  live: LiveTopology,
  { bridges, routers }: TopologyDocument,
): { readonly wired: readonly Wired[]; readonly linking: ReadonlySet<string> } {
  const wired: Wired[] = [];
  const linking = new Set<string>();
  const linked = new Map<string, { readonly to: string; readonly what: string }>();
  const devices = [
    ...bridges.map(({ name, ports }) => ({ kind: 'bridge' as const, name, ports })),
    ...routers.map(({ name, ports }) => ({ kind: 'router' as const, name, ports })),
  ];
  for (const device of devices) {
    for (const port of device.ports) {
      const path = `${device.name}/${port.name}`;
      const portId = live.plannedPort(device.kind, path) ?? live.portId(`${device.kind}:${path}`);
      const what = `port ${port.name} on ${device.kind} ${device.name}`;
      if (port.binding !== undefined) {
        const hostId = live.hostId(port.binding.host);
        wired.push({ portId, what, end: { kind: 'binding', hostId, binding: port.binding } });
      }
      const bridge = 'bridge' in port ? port.bridge : undefined;
      const far = bridge === undefined ? port.peer : `bridge:${bridge}/${path}`;
      if (far === undefined) continue;
      linking.add(portId);
      const peerId = live.portId(far);
      const other = linked.get(peerId);
      if (other?.to === portId) continue;
      const taken = other ?? linked.get(portId);
      if (taken !== undefined)
        throw failure(`${what}: it or its peer ${far} is linked to ${taken.what} in the file too`);
      linked.set(portId, { to: peerId, what: far }).set(peerId, { to: portId, what });
      wired.push({ portId, what, end: { kind: 'link', peerId, to: bridge === undefined ? far : `bridge ${bridge}` } });
    }
  }
  return { wired, linking };
}

/** Those that are there already and stand in the file. */
function portsOf(live: LiveTopology, { bridges, routers }: TopologyDocument): ReadonlySet<string> {
  const devices = [
    ...bridges.map(({ name, ports }) => ({ id: live.bridges.get(name)?.id, ports })),
    ...routers.map(({ name, ports }) => ({ id: live.routers.get(name)?.id, ports })),
  ];
  return new Set(
    devices.flatMap(({ id, ports }) =>
      ports.flatMap(({ name }) => (id === undefined ? [] : (live.port(id, name)?.id ?? []))),
    ),
  );
}

type FileSays = {
  /** Ports that stand in it. */
  readonly named: ReadonlySet<string>;
  /** Ports that it links or binds. */
  readonly moves: ReadonlyMap<string, Wired>;
  readonly linking: ReadonlySet<string>;
};

function claimOf(live: LiveTopology, one: Wired, file: FileSays): Claim[] {
  const { portId, what, end } = one;
  const found = live.ports.find(({ id }) => id === portId);
  const now = found ?? FREE;
  if (end.kind === 'binding') {
    const { hostId, binding } = end;
    if (now.hostId === hostId && now.interfaceName === binding.interface) return [];
    const set = patchOf(portId, now, { hostId, interfaceName: binding.interface });
    const aside = patchOf(portId, now, { interfaceName: `~${portId.replaceAll('-', '').slice(0, 12)}` });
    return [
      {
        change: {
          sign: now.peerId === null && now.hostId === null ? '+' : '~',
          what: `binding of ${what} to ${binding.host}:${binding.interface}`,
        },
        takes: [slot(portId), interfaceOf({ hostId, interfaceName: binding.interface })],
        leaves: leavings(now),
        releases: now.peerId === null ? [] : [releaseOf(portId, now)],
        asides: now.hostId === null ? [] : [aside],
        sets: [set],
      },
    ];
  }
  const { peerId, to } = end;
  if (now.peerId === peerId) return [];
  const far = live.ports.find(({ id }) => id === peerId) ?? FREE;
  const releases = now.peerId === null && now.hostId === null ? [] : [releaseOf(portId, now)];
  const yields = givesWay(peerId, far, file);
  if (yields) releases.push(releaseOf(peerId, far));
  const was = far.peerId === null ? `${far.interfaceName ?? ''} of a host` : live.portPath(far.peerId);
  const refused = yields ? undefined : inTheWay(live, peerId, far);
  return [
    {
      change: {
        sign: releases.length === 0 ? '+' : '~',
        what: `link of ${what} to ${to}`,
        fields: yields ? [`which leaves ${was}`] : refused === undefined ? [] : [`refused: ${refused}`],
      },
      takes: [slot(portId), slot(peerId)],
      leaves: [...leavings(now), ...leavings(far)],
      releases,
      asides: [],
      sets: [{ ...patchOf(portId, now, { peerId }), also: [pathOf(peerId)] }],
      refused,
    },
  ];
}

/**
 * Whether what the far end has goes for the link: its link when the file names it or gives the port at the
 * other end something else, its binding when the file links it itself. Otherwise it is in no file
 * and stays: the link is refused.
 */
function givesWay(peerId: string, far: Wires, { named, moves, linking }: FileSays): boolean {
  if (far.peerId !== null) return named.has(peerId) || moves.has(far.peerId);
  return far.hostId !== null && linking.has(peerId);
}

/** What is in no file, holds the far end, and may be somebody's. */
function inTheWay(live: LiveTopology, peerId: string, far: Wires): string | undefined {
  const end = live.portPath(peerId);
  if (far.peerId !== null) {
    return `${end} is linked to ${live.portPath(far.peerId)}: unlink it first, or name ${end} in the file, whose links then go by the file`;
  }
  if (far.hostId === null) return undefined;
  const host = live.hosts.keyOf(far.hostId) ?? far.hostId;
  return `${end} is bound to ${host}:${far.interfaceName ?? ''}: unbind it first, or link it from that end in the file`;
}

function releaseOf(portId: string, now: Wires): Patch {
  if (now.peerId === null) return patchOf(portId, now, { hostId: null, interfaceName: null });
  return { ...patchOf(portId, now, { peerId: null }), also: [pathOf(now.peerId)] };
}

function patchOf(portId: string, planned: Wires, body: Partial<Wires>): Patch {
  return { path: pathOf(portId), get: (client) => client.ports.get({ id: portId }), planned, body };
}

function leavings(now: Wires): string[] {
  return [...(now.peerId === null ? [] : [slot(now.peerId)]), ...(now.hostId === null ? [] : [interfaceOf(now)])];
}

function slot(portId: string): string {
  return `the end of port ${portId}`;
}

function interfaceOf({ hostId, interfaceName }: Pick<Wires, 'hostId' | 'interfaceName'>): string {
  return `interface ${interfaceName ?? ''} of ${hostId ?? ''}`;
}

function pathOf(portId: string): string {
  return `/ports/${portId}`;
}
