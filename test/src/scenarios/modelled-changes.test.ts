import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlowModel, type Incoming, type ModelFlow } from '@midonet/agent/testing';
import { emptyKey, extractKey } from '@midonet/flow';
import { formatHex, printFrame } from '@midonet/packet';
import { simulate } from '@midonet/simulation';
import {
  addRandomBalancers,
  addRandomTraces,
  ip,
  packetToVip,
  randomNetwork,
  randomPacket,
  routerMacsNear,
  seededRandom,
  varied,
  type Random,
  type VirtualNetwork,
} from '@midonet/simulation/testing';
import { encodeRow, sharedRowKey, type HostId, type PortId, type SharedRow } from '@midonet/topology';
import { Aim, changeSomething } from './changes/index.ts';
import { noting } from './met.ts';
import { Told, type Place } from './told.ts';

/** `SECONDS=3600 SEED=7 node --test …` looks longer, and from a seed of choice. */
const SECONDS = Number(process.env['SECONDS'] ?? 20);
const FIRST_SEED = Number(process.env['SEED'] ?? 1);
/** However slow the machine. */
const LEAST_NETWORKS = 30;
const CHANGES = 60;
const PACKETS = 40;
const HOSTS = [0, 1, 2].map((n) => `0000000${n}-0000-4000-8000-000000000000` as HostId); // brand: a test's own
const HERE = HOSTS[0] ?? never();

const SHORT = new Uint8Array(60);

type Tally = { networks: number; changes: number; looked: number; gone: number; readonly kinds: Set<string> };

test('a flow that a change leaves standing does what a fresh simulation would do, to all packets that it matches', (context) => {
  const tally: Tally = { networks: 0, changes: 0, looked: 0, gone: 0, kinds: new Set() };
  const end = performance.now() + SECONDS * 1000;
  let seed = FIRST_SEED;
  while (seed < FIRST_SEED + LEAST_NETWORKS || performance.now() < end) new Life(seed++, tally).live();
  const { kinds, ...numbers } = tally;
  context.diagnostic(`seeds ${FIRST_SEED} to ${seed - 1}: ${JSON.stringify(numbers)}, ${kinds.size} kinds of change`);
  assert.ok(tally.looked > 0 && tally.gone > 0, `nothing was tested: ${JSON.stringify(numbers)}`);
});

/** A network made of a seed, the flows of its first host, and changes one after the other. */
class Life {
  readonly #random: Random;
  readonly #net: VirtualNetwork;
  readonly #model = new FlowModel(HERE);
  readonly #told: Told;
  readonly #places = new Map<PortId, Place>();
  readonly #history: string[];
  readonly #tally: Tally;
  /** Of remote ports. */
  readonly #keys = new Map<PortId, number>();

  constructor(seed: number, tally: Tally) {
    this.#tally = tally;
    this.#random = seededRandom(seed);
    this.#history = [`seed ${seed}`];
    this.#net = this.#network();
    const sites = HOSTS.map((id, n) => ({ id, address: ip(`10.99.0.${n + 1}`) }));
    this.#told = new Told(this.#net.parts, sites, this.#places);
    this.#place();
  }

  live(): void {
    const { parts } = this.#net;
    this.#model.tell(this.#told.everything());
    this.#model.load(parts.bridges.keys(), parts.routers.keys());
    const packets = this.#packets();
    if (packets.length === 0) return;
    this.#tally.networks++;
    for (let n = 0; n < CHANGES; n++) {
      const flows = new Map(this.#model.flows.map((flow) => [flow.of, flow]));
      for (const packet of packets) if (!flows.has(packet)) this.#model.install(packet);
      this.#look('as it came');
      const before = this.#model.flows;
      if (before.length === 0) return;
      this.#change(before);
      this.#tally.gone += before.filter((flow) => !this.#model.has(flow)).length;
      this.#look('others too');
    }
  }

  #change(flows: readonly ModelFlow[]): void {
    const aim = new Aim(this.#random, this.#metBy(aimedAt(flows, this.#random)));
    const { what, kind, rows = [] } = aim.chance(0.1) ? this.#move(aim) : changeSomething(this.#net, aim);
    this.#history.push(`${kind}: ${what}`);
    this.#tally.changes++;
    this.#tally.kinds.add(kind);
    for (const row of rows) this.#told.row({ key: sharedRowKey(row), value: encodeRow(row) });
    this.#place();
    this.#model.tell(this.#told.everything());
  }

  /** Changes of the hosts: where ports run, who is in the tunnel zone; connections end too. */
  #move(aim: Aim): { readonly kind: string; readonly what: string; readonly rows?: readonly SharedRow[] } {
    const remote = aim.pick(this.#keys.keys());
    const connection = aim.any(this.#model.connections.all());
    const which = aim.any(['moves', 'stops', 'zone', 'connection', 'mtu']);
    const mtu = aim.any([undefined, 50, 1000, 1500]);
    const local = aim.pick(this.#local);
    if (which === 'mtu' && local !== undefined) {
      this.#model.plug(local, (this.#places.get(local)?.tap ?? 0) + 1, mtu);
      return { kind: 'mtu', what: `${this.#net.nameOf(local)} takes ${mtu} bytes` };
    }
    if (which === 'connection' && connection !== undefined) {
      this.#model.end(connection);
      return { kind: 'connection', what: 'a connection ends' };
    }
    if (which === 'zone' || remote === undefined) {
      const host = aim.any(HOSTS.slice(1)) ?? never();
      const { apart } = this.#told;
      if (!apart.delete(host)) apart.add(host);
      return { kind: 'zone', what: `host ${host} is ${apart.has(host) ? 'out of' : 'in'} the zone` };
    }
    const key = `portActive/${remote}`;
    if (which === 'stops') {
      this.#told.row({ key, value: null });
      return { kind: 'stops', what: `${this.#net.nameOf(remote)} runs nowhere` };
    }
    const tunnelKey = (this.#keys.get(remote) ?? 0) + 1000;
    this.#keys.set(remote, tunnelKey);
    const hostId = aim.any(HOSTS.slice(1)) ?? never();
    const row = { kind: 'portActive', portId: remote, hostId, tunnelKey, mtu } as const;
    return { kind: 'moves', what: `${this.#net.nameOf(remote)} runs at ${hostId}, takes ${mtu} bytes`, rows: [row] };
  }

  #look(which: 'as it came' | 'others too'): void {
    for (const flow of this.#model.flows) {
      this.#tally.looked++;
      this.#same(flow, flow.of);
      if (which === 'as it came') continue;
      const { key } = flow.of;
      const other = varied(key, flow.outcome, this.#random);
      // A flow is of one port: the first word of its key, which no simulation reads.
      other[0] = key[0] ?? 0;
      // Short ones: a flow is for those up to its MTU, and this frame is none that the key tells of.
      this.#same(flow, { ...flow.of, key: other, frame: SHORT });
    }
  }

  #same(flow: ModelFlow, packet: Incoming): void {
    const now = this.#model.does(packet, this.#model.simulate(packet));
    if (now === flow.does) return;
    const { portId, frame } = flow.of;
    const tags = this.#model.tagsOf(flow).join('\n  ');
    const what = `${this.#net.nameOf(portId)} ${printFrame(frame)}\n${formatHex(frame)}\n  ${tags}`;
    assert.equal(now, flow.does, `${this.#history.join('\n')}\n${what}`);
  }

  #network(): VirtualNetwork {
    const random = this.#random;
    const net = randomNetwork(random);
    const [ports, devices, routers] = [net.portIds, net.deviceIds, [...net.parts.routers.keys()]];
    if (random() < 0.5) addRandomBalancers(net, random, routers);
    if (random() < 0.2) addRandomTraces(net, random, { ports, devices });
    return net;
  }

  /** Exterior ports, new ones too, are at a host: one half here. Of those elsewhere a row says that they run. */
  #place(): void {
    for (const { id, binding } of this.#net.parts.ports.values()) {
      if (binding === undefined || this.#places.has(id)) continue;
      const n = this.#places.size;
      this.#places.set(id, { host: n % 2, tap: n });
      if (this.#net.parts.inactive.has(id)) continue;
      if (n % 2 === 0) this.#model.plug(id, n + 1);
      else {
        const row = { kind: 'portActive', portId: id, hostId: HOSTS[1] ?? never(), tunnelKey: n + 1 } as const;
        this.#keys.set(id, n + 1);
        this.#told.row({ key: sharedRowKey(row), value: encodeRow(row) });
      }
    }
  }

  /** Ports that run here. */
  get #local(): PortId[] {
    const { inactive } = this.#net.parts;
    return [...this.#places].flatMap(([id, { host }]) => (host === 0 && !inactive.has(id) ? [id] : []));
  }

  /** What goes somewhere, mostly: it has the most to lose. */
  #packets(): Incoming[] {
    const doors = this.#local;
    const kept: Incoming[] = [];
    let drops = 0;
    for (let n = 0; n < PACKETS * 6 && kept.length < PACKETS && doors.length > 0; n++) {
      const packet = this.#packet(doors[Math.floor(this.#random() * doors.length)] ?? never());
      const outcome = packet && this.#model.simulate(packet);
      if (packet === undefined || outcome?.installable !== true) continue;
      if (outcome.verdict.kind === 'drop' && outcome.copies === undefined && drops++ >= PACKETS / 4) continue;
      kept.push(packet);
    }
    return kept;
  }

  #packet(portId: PortId): Incoming | undefined {
    const random = this.#random;
    const routers = routerMacsNear(this.#net, portId);
    const toVip = this.#net.parts.balancers.size > 0 && random() < 0.5 ? packetToVip(random, routers) : undefined;
    const frame = toVip ?? randomPacket(random, routers);
    const key = emptyKey();
    return extractKey(frame, frame.length, 1, 0, key) === 'ok' ? { portId, key, frame } : undefined;
  }

  #metBy(flow: ModelFlow | undefined): Set<string> {
    const met = new Set<string>();
    if (flow === undefined) return met;
    const { knowledge, connections } = this.#model;
    const topology = noting(knowledge.devices, met);
    const { portId, key, frame } = flow.of;
    simulate(
      { portId, key, frame, direction: 'in' },
      { topology, state: knowledge, connections, now: 0, explain: false },
    );
    return met;
  }
}

function aimedAt(flows: readonly ModelFlow[], random: Random): ModelFlow | undefined {
  return flows[Math.floor(random() * flows.length)];
}

function never(): never {
  throw new Error('unreachable');
}
