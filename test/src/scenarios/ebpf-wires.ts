import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Datapath, DatapathEvents } from '@midonet/datapath';
import { openEbpf } from '@midonet/datapath/ebpf';
import { NetworkNamespace, PacketSocket, portFlow } from '@midonet/datapath/testing/ebpf';
import type { DpPort } from '@midonet/flow';
import { ip } from '@midonet/simulation/testing';
import { TAPS, type WiredHost, type Wires } from './wires.ts';

/** Jumbo frames everywhere: what is too big is the routers' to say, not the cables'. */
const MTU = 9000;
const FENCE_IN = 'fencein';
const FENCE_OUT = 'fenceout';
const MAX_ROUNDS = 500;

/**
 * Two kernel datapaths, each in a network namespace, an underlay cable between them, and one
 * namespace with the other ends of all taps. Loading programs takes time, so the datapaths are opened
 * once and emptied between agents.
 */
export async function ebpfWires(): Promise<Wires> {
  const prefix = `mnscene-${process.pid}`;
  const guests = `${prefix}-vm`;
  const stateDir = mkdtempSync(join(tmpdir(), 'midonet-scene-'));
  const names = ['a', 'b'].map((side) => ({ side, namespace: `${prefix}-hv${side}` }));
  const hosts: KernelHost[] = [];
  const close = async (): Promise<void> => {
    for (const host of hosts) await host.close();
    for (const name of [guests, ...names.map(({ namespace }) => namespace)]) spawnSync('ip', ['netns', 'delete', name]);
    rmSync(stateDir, { recursive: true, force: true });
  };
  try {
    lay(guests, names);
    for (const [i, { side, namespace }] of names.entries())
      hosts.push(await KernelHost.open({ side, namespace, guests, stateDir, address: `10.99.0.${i + 1}` }));
    return { hosts, settle: () => settle(hosts), close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Names = { readonly side: string; readonly namespace: string };

class KernelHost implements WiredHost {
  readonly address;
  readonly #datapath: Datapath;
  readonly #relay: Relay;
  readonly #guests: NetworkNamespace;
  readonly #taps: readonly PacketSocket[];
  readonly #fenceIn: PacketSocket;
  readonly #fenceOut: PacketSocket;
  readonly #fencePorts: ReadonlySet<DpPort>;
  #fences = 0;

  static async open(
    options: Names & { readonly guests: string; readonly stateDir: string; readonly address: string },
  ): Promise<KernelHost> {
    const { side, namespace, stateDir } = options;
    const relay = new Relay();
    const datapath = await openEbpf({ stateDir: join(stateDir, side), namespace: `/run/netns/${namespace}` }, relay);
    return new KernelHost(options, datapath, relay);
  }

  private constructor(
    { side, guests, address }: Parameters<typeof KernelHost.open>[0],
    datapath: Datapath,
    relay: Relay,
  ) {
    this.address = ip(address);
    this.#datapath = datapath;
    this.#relay = relay;
    const namespace = new NetworkNamespace(`/run/netns/${guests}`);
    this.#guests = namespace;
    const socket = (name: string): PacketSocket => new PacketSocket(namespace, ifindexOf(guests, `${side}${name}`));
    this.#taps = Array.from({ length: TAPS }, (_, i) => socket(`tap${i}`));
    this.#fenceIn = socket(FENCE_IN);
    this.#fenceOut = socket(FENCE_OUT);
    const [from, to] = [FENCE_IN, FENCE_OUT].map((name) => datapath.addPort({ kind: 'interface', name }).port);
    if (from === undefined || to === undefined) throw new Error('unreachable');
    this.#fencePorts = new Set([from, to]);
    datapath.put([portFlow(from, [{ kind: 'output', port: to }])]);
  }

  /** The one kernel datapath as a new one: the fence is out of sight, closing only removes flows. */
  open(events: DatapathEvents): Datapath {
    const datapath = this.#datapath;
    this.#relay.target = events;
    const dump = (): ReturnType<Datapath['dump']> =>
      datapath.dump().filter(({ key }) => !this.#fencePorts.has(key[0] as DpPort));
    return {
      capabilities: datapath.capabilities,
      addPort: (spec) => datapath.addPort(spec),
      removePort: (port) => datapath.removePort(port),
      setPeers: (...args) => datapath.setPeers(...args),
      setPortLimits: (...args) => datapath.setPortLimits(...args),
      ports: () => datapath.ports().filter(({ port }) => !this.#fencePorts.has(port)),
      put: (flows) => datapath.put(flows),
      delete: (ids) => datapath.delete(ids),
      dump,
      execute: (packets) => datapath.execute(packets),
      usage: (id) => datapath.usage(id),
      counters: () => datapath.counters(),
      portCounters: (port) => datapath.portCounters(port),
      openSources: () => datapath.openSources(),
      closeSources: (table) => datapath.closeSources(table),
      openChoices: () => datapath.openChoices(),
      closeChoices: (table) => datapath.closeChoices(table),
      drainOpened: () => datapath.drainOpened(),
      sweep: () => datapath.sweep(),
      close: () => {
        datapath.delete(dump().map(({ id }) => id));
        this.#relay.target = undefined;
        return Promise.resolve();
      },
    };
  }

  send(tap: number, frame: Uint8Array): void {
    this.#taps[tap]?.send(frame);
  }

  take(tap: number): readonly Uint8Array[] {
    return this.#taps[tap]?.take() ?? [];
  }

  /** A frame through the datapath and out again: what came before it is through as well. */
  async fence(): Promise<void> {
    const frame = new Uint8Array(60);
    frame.set([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5]);
    this.#fenceIn.send(frame);
    this.#fences++;
    const end = performance.now() + 5000;
    while (this.#fenceOut.take().length === 0) {
      if (performance.now() > end) throw new Error('the fence frame did not come through the datapath');
      await turn();
    }
  }

  /** Changes whenever a packet moved; `idle` tells that no upcall is under way. */
  state(): { readonly sum: number; readonly idle: boolean } {
    const { hits, misses, upcalls } = this.#datapath.counters();
    return { sum: hits - this.#fences + misses + upcalls, idle: upcalls === this.#relay.upcalls };
  }

  async close(): Promise<void> {
    for (const socket of [...this.#taps, this.#fenceIn, this.#fenceOut]) socket.close();
    await this.#datapath.close('remove');
    this.#guests.close();
  }
}

/** Who the events are for changes with each agent. */
class Relay implements DatapathEvents {
  target: DatapathEvents | undefined;
  upcalls = 0;

  onUpcalls(batch: Parameters<DatapathEvents['onUpcalls']>[0]): void {
    this.upcalls += batch.length;
    this.target?.onUpcalls(batch);
  }

  onFlowsClosing(flows: Parameters<DatapathEvents['onFlowsClosing']>[0]): void {
    this.target?.onFlowsClosing(flows);
  }

  onFlowsGone(flows: Parameters<DatapathEvents['onFlowsGone']>[0]): void {
    this.target?.onFlowsGone(flows);
  }

  onPortChange(port: Parameters<DatapathEvents['onPortChange']>[0]): void {
    this.target?.onPortChange(port);
  }
}

/** Until two looks in a row, with fences between, find no upcall under way and no packet moved. */
async function settle(hosts: readonly KernelHost[]): Promise<void> {
  let last = -1;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    for (const host of hosts) await host.fence();
    const states = hosts.map((host) => host.state());
    const sum = states.reduce((all, state) => all + state.sum, 0);
    if (states.every(({ idle }) => idle) && sum === last) return;
    last = sum;
    await turn();
  }
  throw new Error(`packets still move after ${MAX_ROUNDS} looks: a loop?`);
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function lay(guests: string, names: readonly Names[]): void {
  for (const name of [guests, ...names.map(({ namespace }) => namespace)]) {
    execFileSync('ip', ['netns', 'add', name]);
    // Neighbour discovery of the kernel's own would come up as misses.
    const quiet = ['net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1'];
    execFileSync('ip', ['netns', 'exec', name, 'sysctl', '-qw', ...quiet]);
  }
  const [a, b] = names;
  if (a === undefined || b === undefined) throw new Error('unreachable');
  batch(a.namespace, [`link add underlay0 mtu ${MTU} type veth peer name underlay0 mtu ${MTU} netns ${b.namespace}`]);
  const taps = [...Array.from({ length: TAPS }, (_, i) => `tap${i}`), FENCE_IN, FENCE_OUT];
  for (const [i, { side, namespace }] of names.entries()) {
    batch(namespace, [`address add 10.99.0.${i + 1}/24 dev underlay0`, 'link set underlay0 up']);
    for (const tap of taps) {
      const peer = `${side}${tap}`;
      batch(namespace, [`link add ${tap} mtu ${MTU} type veth peer name ${peer} mtu ${MTU} netns ${guests}`]);
      batch(namespace, [`link set ${tap} up`]);
      batch(guests, [`link set ${peer} up`]);
    }
  }
}

function batch(namespace: string, lines: readonly string[]): void {
  execFileSync('ip', ['-n', namespace, '-batch', '-'], { input: `${lines.join('\n')}\n` });
}

function ifindexOf(namespace: string, name: string): number {
  const shown = execFileSync('ip', ['-n', namespace, '-j', 'link', 'show', 'dev', name], { encoding: 'utf8' });
  const [link] = JSON.parse(shown) as readonly { readonly ifindex: number }[];
  if (link === undefined) throw new Error(`no interface ${name}`);
  return link.ifindex;
}
