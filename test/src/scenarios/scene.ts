import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, ManualClock, type HostLink } from '@midonet/agent';
import { ExchangeHub } from '@midonet/agent/testing';
import { printActions, printKey } from '@midonet/flow';
import type { WatchItem } from '@midonet/contract';
import type { VirtualNetwork } from '@midonet/simulation/testing';
import { encodeRow, sharedRowKey, type HostId, type PortId, type SharedRow } from '@midonet/topology';
import type { Sent } from './applied.ts';
import type { Entering } from './oracle.ts';
import { PortGrants } from './port-grants.ts';
import { ScriptedController } from './script.ts';
import { Told, type Place } from './told.ts';
import { TAPS, type WiredHost, type Wires } from './wires.ts';

/** Longer than a batch of rows waits; 30 of these are shorter than a neighbour is waited for. */
const SHARE_MS = 6;

export type Layout = 'one host' | 'two hosts';

type Host = { readonly agent: Agent; readonly clock: ManualClock; readonly script: ScriptedController };

/** A virtual network brought to life: two real agents on real datapaths, told of it by a script. */
export class Scene {
  readonly #wires: Wires;
  readonly #places: ReadonlyMap<PortId, Place>;
  readonly #hosts: Host[] = [];
  /** In memory: agents wait for the disk to have what they write down, and no scene outlives its process. */
  readonly #root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'midonet-scene-'));
  readonly #grants = new PortGrants();
  readonly #exchange = new ExchangeHub('by hand');
  #told: Told | undefined;

  private constructor(wires: Wires, places: ReadonlyMap<PortId, Place>) {
    this.#wires = wires;
    this.#places = places;
  }

  static async open(network: VirtualNetwork, wires: Wires, layout: Layout): Promise<Scene> {
    const { parts } = network;
    const exterior = [...parts.ports.values()].filter(({ binding }) => binding !== undefined);
    if (exterior.length > TAPS) throw new Error(`${exterior.length} exterior ports, interfaces for ${TAPS}`);
    const places = new Map(
      exterior.map(({ id }, i) => [id, { host: layout === 'one host' ? 0 : i % 2, tap: i }] as const),
    );
    const scene = new Scene(wires, places);
    try {
      for (const [i, wired] of wires.hosts.entries()) await scene.#start(i, wired, network);
      const sites = scene.#hosts.map(({ agent }, i) => ({
        id: agent.identity.id,
        address: wires.hosts[i]?.address ?? (0 as never),
      }));
      scene.#told = new Told(parts, sites, places);
      await scene.settle();
      // The rows that say where ports run go out in batches.
      for (const { clock } of scene.#hosts) clock.advance(1_000);
      await scene.settle();
      scene.#neighboursGivenUp(network);
      return scene;
    } catch (error) {
      await scene.close();
      throw error;
    }
  }

  async #start(index: number, wired: WiredHost, network: VirtualNetwork): Promise<void> {
    const clock = new ManualClock();
    const told = (): Told | undefined => this.#told;
    const script = new ScriptedController(
      (topic) => told()?.items(topic) ?? [],
      (item) => this.#wrote(item),
      (device, address, ports) => this.#grants.grant(index, device, address, ports),
    );
    const running = [...this.#places].filter(([id, { host }]) => host === index && !network.parts.inactive.has(id));
    const links: HostLink[] = [
      { ...link('underlay0', 1), addresses: [{ address: wired.address }] },
      ...running.map(([id, { tap }]) => link(`tap${tap}`, tap + 2, network.parts.limits.get(id))),
    ];
    const stateDir = join(this.#root, `hv${index}`);
    mkdirSync(stateDir, { mode: 0o700 });
    writeFileSync(join(stateDir, 'host-id'), `${hostIdOf(index)}\n`);
    const agent = await Agent.start(
      // Room for the usual million connections would be 200 MB for each of thousands of agents.
      { controllerUrls: ['http://controller'], hostName: `hv${index}`, stateDir, maxConnections: 4_096 },
      {
        clock,
        uptime: () => clock.now(),
        wall: () => clock.now(),
        openSocket: this.#exchange.open,
        random: () => 0.5,
        logger: { debug: nothing, info: nothing, warn: nothing, error: nothing },
        dial: script.dial,
        openDatapath: (events) => wired.open(events),
        openLinks: () => ({ links: () => links, close: nothing }),
      },
    );
    this.#hosts.push({ agent, clock, script });
  }

  /** Puts a packet in and waits until all that comes of it has happened. Gives what came out. */
  async enter({ portId, direction, frame }: Entering): Promise<Sent[]> {
    const place = this.#places.get(portId) ?? { host: 0, tap: 0 };
    if (direction === 'in') this.#wires.hosts[place.host]?.send(place.tap, frame);
    else {
      const loop = this.#hosts[place.host]?.agent.loop;
      loop?.emit({ portId, frame });
      loop?.settle();
    }
    await this.settle();
    // The agents share what they learned in batches.
    for (const { clock } of this.#hosts) clock.advance(SHARE_MS);
    await this.settle();
    return this.#take();
  }

  /** The network was changed: its agents hear of it, and of these rows of tables. */
  async retell(rows: readonly SharedRow[] = []): Promise<void> {
    for (const { script } of this.#hosts) script.retell();
    for (const row of rows) this.#wrote({ key: sharedRowKey(row), value: encodeRow(row) });
    await this.settle();
  }

  get agents(): readonly Agent[] {
    return this.#hosts.map(({ agent }) => agent);
  }

  /** Packets that the agents had in their hands so far. */
  get upcalls(): number {
    return this.#hosts.reduce((sum, { agent }) => sum + agent.loop.upcalls, 0);
  }

  async settle(): Promise<void> {
    do {
      // Packets that open a connection go in a next tick, which no chain of promises lets in.
      await new Promise((resolve) => setImmediate(resolve));
      await this.#wires.settle();
    } while ([this.#exchange.deliver(), ...this.#hosts.map(({ script }) => script.pump())].includes(true));
  }

  get hostIds(): readonly HostId[] {
    return this.#hosts.map((_, i) => hostIdOf(i));
  }

  /** The host a port is on. */
  hostOf(portId: PortId): number {
    return this.#places.get(portId)?.host ?? 0;
  }

  /** The datapath's name. */
  get kind(): string {
    return this.#hosts[0]?.agent.datapath.capabilities.name ?? '';
  }

  get flows(): number {
    return this.#hosts.reduce((sum, { agent }) => sum + agent.datapath.counters().flows, 0);
  }

  /** What the agents installed and counted, for failures. */
  describe(): string {
    return this.#hosts
      .map(({ agent }) => {
        const { datapath, processor, parking, bindings, tunnels } = agent;
        const problems = [...bindings.problems.values(), ...tunnels.problems].join('; ');
        const parked = [...parking.keys()].join(', ');
        const flows = datapath
          .dump()
          .map(
            ({ key, mask, ttlAbove, actions }) =>
              `\n  ${printKey(key, mask)} ttl above ${ttlAbove}: ${printActions(actions)}`,
          )
          .join('');
        const state = { counters: datapath.counters(), processor: processor.counters, parked, problems };
        return `${JSON.stringify(state)}${flows}`;
      })
      .join('\n');
  }

  async close(): Promise<void> {
    for (const { agent } of this.#hosts) await agent.stop('remove');
    this.#take();
    rmSync(this.#root, { recursive: true, force: true });
  }

  /** The writer hears of its own row too, as with the real controller. */
  #wrote(item: WatchItem): void {
    this.#told?.row(item);
    for (const { script } of this.#hosts) script.hear(item);
  }

  #take(): Sent[] {
    const sent: Sent[] = [];
    for (const [portId, { host, tap }] of this.#places)
      for (const frame of this.#wires.hosts[host]?.take(tap) ?? []) sent.push({ portId, frame });
    return sent;
  }

  /** A neighbour that never answered is known as such only to those who asked. */
  #neighboursGivenUp({ parts }: VirtualNetwork): void {
    for (const [portId, table] of parts.neighbours) {
      const port = parts.ports.get(portId);
      if (port?.type !== 'router') continue;
      for (const [ip, mac] of table) {
        if (mac !== 'failed') continue;
        for (const { agent } of this.#hosts) agent.knowledge.neighbours.fail(port.routerId, portId, ip, Infinity);
      }
    }
  }
}

/** The same in every scene: ports and addresses of translations depend on them. */
function hostIdOf(index: number): HostId {
  return `0000000${index}-0000-4000-8000-000000000000` as HostId;
}

function link(name: string, ifindex: number, mtu = 1500): HostLink {
  return { ifindex, name, mtu, up: true, carrier: true, kind: 'veth', addresses: [] };
}

function nothing(): void {
  // The judge looks at frames, not at logs.
}
