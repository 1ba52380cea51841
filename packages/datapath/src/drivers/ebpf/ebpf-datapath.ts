import type { DpPort } from '@midonet/flow';
import type { IpAddress } from '@midonet/packet';
import { LinkMonitor, type Link, type LinkChange } from '../../kernel/link-monitor.ts';
import { NetworkNamespace } from '../../kernel/namespace.ts';
import { pollReadable } from '../../kernel/poll.ts';
import {
  DatapathError,
  type Capabilities,
  type ChoiceTable,
  type Datapath,
  type DatapathCounters,
  type DatapathEvents,
  type DatapathPort,
  type Execute,
  type FlowDump,
  type FlowId,
  type FlowSpec,
  type FlowUsage,
  type PortCounters,
  type PortLimits,
  type PortSpec,
  type PutResult,
  type SourceTable,
} from '../../datapath.ts';
import { readArtefact } from './artefact.ts';
import { Attachments } from './attachment.ts';
import { openBpffs, unmountBpffs, type Bpffs } from './bpffs.ts';
import { writeConfig } from './config.ts';
import { Counters } from './counters.ts';
import { Devices, INJECT_DEVICE } from './devices.ts';
import { FlowTable } from './flow-table.ts';
import { Injector } from './injector.ts';
import { NextHops } from './next-hops.ts';
import { KernelObjects, MAX_MASKS } from './objects.ts';
import { settingsOf, type EbpfOptions, type EbpfSettings } from './options.ts';
import { writePeers } from './peers.ts';
import { PortLimitTable } from './port-limits.ts';
import { PortTable, type PortEntry } from './port-table.ts';
import { MAX_STEPS, type Targets } from './steps.ts';
import { ChoiceTables } from './choice-tables.ts';
import { SourceTables } from './source-tables.ts';
import { UpcallReader } from './upcalls.ts';

/** Upcalls handled in one turn of the event loop, so that timers and sockets get theirs. */
const BATCHES_PER_TURN = 8;

/** Never given to a port. */
const NO_PORT = 0 as DpPort;

export class EbpfDatapath implements Datapath {
  readonly capabilities: Capabilities;
  readonly #settings: EbpfSettings;
  readonly #events: DatapathEvents;
  readonly #namespace: NetworkNamespace;
  readonly #monitor: LinkMonitor;
  readonly #bpffs: Bpffs;
  readonly #objects: KernelObjects;
  readonly #attachments: Attachments;
  readonly #devices: Devices;
  readonly #ports: PortTable;
  readonly #limits: PortLimitTable;
  readonly #flows: FlowTable;
  readonly #sources: SourceTables;
  readonly #choices: ChoiceTables;
  readonly #counters: Counters;
  readonly #injector: Injector;
  readonly #nextHops: NextHops;
  readonly #upcalls: UpcallReader;
  readonly #stopUpcalls: () => void;
  #closed = false;

  /** `undo` gets what releases each thing made, last first, for a caller whose construction throws. */
  constructor(options: EbpfOptions, events: DatapathEvents, undo: (() => void)[]) {
    this.#settings = settingsOf(options);
    this.#events = events;
    const artefact = readArtefact(options.artefacts);
    this.#namespace = new NetworkNamespace(this.#settings.namespace);
    undo.unshift(() => this.#namespace.close());
    this.#bpffs = openBpffs(this.#settings.stateDir);
    let isNew = false;
    undo.unshift(() => {
      this.#bpffs.close();
      if (isNew) unmountBpffs(this.#settings.stateDir);
    });
    this.#objects = new KernelObjects(artefact, this.#bpffs.path, this.#settings);
    isNew = this.#objects.origin === 'new';
    undo.unshift(() => this.#objects.close());
    this.#devices = new Devices(this.#namespace);
    undo.unshift(() => {
      if (isNew) this.#devices.remove(INJECT_DEVICE);
      this.#devices.close();
    });
    this.#devices.ensureInject();
    this.#monitor = new LinkMonitor({
      namespace: this.#namespace,
      onChange: (change) => this.#onLink(change),
      failed: (error) => this.#report(error),
    });
    undo.unshift(() => this.#monitor.close());
    this.#attachments = new Attachments(this.#objects, this.#namespace, this.#settings.attach);
    this.#ports = new PortTable(this.#objects);
    this.#limits = new PortLimitTable(this.#objects);
    const targets: Targets = {
      hasPort: (port) => this.#ports.get(port) !== undefined,
      tunnelTo: (peer: IpAddress) => this.#ports.tunnelTo(peer),
    };
    this.#flows = new FlowTable(this.#objects, targets, events);
    this.#sources = new SourceTables(this.#objects);
    this.#choices = new ChoiceTables(this.#objects);
    this.#counters = new Counters(this.#objects);
    const inject = this.#monitor.byName(INJECT_DEVICE);
    if (inject === undefined) throw new DatapathError('io', `${INJECT_DEVICE} vanished while opening`);
    const at = { ifindex: inject.ifindex, device: INJECT_DEVICE };
    this.#attachments.attach({ ...at, name: 'inject', program: 'inject_egress', direction: 'egress' }, false);
    this.#attachments.attach({ ...at, name: 'inject-in', program: 'inject_ingress', direction: 'ingress' }, false);
    this.#nextHops = new NextHops({
      ...{ objects: this.#objects, namespace: this.#namespace, device: inject },
      failed: (error) => this.#report(error),
    });
    undo.unshift(() => this.#nextHops.close());
    // A packet-out to a port that is not there goes to port 0: the programs drop and count it.
    const lenient: Targets = {
      hasPort: () => true,
      tunnelTo: (peer) => this.#ports.tunnelTo(peer) ?? NO_PORT,
    };
    this.#injector = new Injector(this.#objects, {
      namespace: this.#namespace,
      ifindex: inject.ifindex,
      targets: lenient,
    });
    undo.unshift(() => this.#injector.close());
    this.#upcalls = new UpcallReader(this.#objects, this.#settings.batch);
    undo.unshift(() => this.#upcalls.close());
    this.capabilities = {
      name: 'ebpf',
      maskedFlows: true,
      ipv6Underlay: true,
      encapsulations: ['vxlan'],
      actions: new Set(['set', 'decTtl', 'pushVlan', 'popVlan', 'output', 'tunnel', 'clone', 'userspace']),
      maxFlows: this.#objects.capacity,
      maxOutputs: MAX_STEPS,
      templates: true,
    };
    for (const entry of this.#ports.entries()) this.#bind(entry.spec, entry.port);
    this.#writeConfig();
    this.#stopUpcalls = pollReadable(
      this.#objects.map('upcalls'),
      () => this.#drain(),
      (error) => this.#report(error),
    );
  }

  /** Mask shapes in use at once at most. */
  static readonly maxMasks = MAX_MASKS;

  /** How the programs are attached here. */
  get attachMode(): string {
    return this.#attachments.mode;
  }

  addPort(spec: PortSpec): DatapathPort {
    this.#monitor.refresh();
    const known = this.#ports.entries().find((entry) => sameSpec(entry.spec, spec));
    if (known !== undefined) return this.#describe(this.#bind(spec, known.port));
    if (spec.kind === 'tunnel') {
      if (spec.encapsulation !== 'vxlan') {
        throw new DatapathError('unsupportedKernel', 'the ebpf driver encapsulates in VXLAN only');
      }
      if (this.#ports.tunnelTo(spec.local) !== undefined) {
        throw new DatapathError('busy', 'there is a tunnel port of this address family already: remove it first');
      }
    }
    const device = spec.kind === 'interface' ? spec.name : spec.underlay;
    if (this.#monitor.byName(device) === undefined) {
      throw new DatapathError('noSuchInterface', `there is no interface ${device} in this network namespace`);
    }
    const port = this.#ports.allocate();
    if (port === undefined) throw new DatapathError('full', 'all datapath port numbers are taken');
    const entry = this.#bind(spec, port);
    this.#writeConfig();
    return this.#describe(entry);
  }

  removePort(port: DpPort): void {
    const entry = this.#ports.get(port);
    if (entry === undefined) return;
    this.#unbind(entry);
    this.#ports.remove(port);
    this.#limits.set(port, {});
    this.#flows.portGone(port);
    this.#writeConfig();
  }

  ports(): readonly DatapathPort[] {
    return this.#ports.entries().map((entry) => this.#describe(entry));
  }

  setPeers(addresses: Iterable<IpAddress>): void {
    writePeers(this.#objects, addresses);
  }

  setPortLimits(port: DpPort, limits: PortLimits): void {
    if (this.#ports.get(port) !== undefined) this.#limits.set(port, limits);
  }

  put(flows: readonly FlowSpec[]): readonly PutResult[] {
    return this.#flows.put(flows);
  }

  delete(ids: readonly FlowId[]): void {
    this.#flows.delete(ids);
  }

  usage(id: FlowId): FlowUsage | undefined {
    return this.#flows.usage(id);
  }

  dump(): readonly FlowDump[] {
    return this.#flows.dump();
  }

  execute(packets: readonly Execute[]): void {
    this.#injector.execute(packets);
  }

  counters(): DatapathCounters {
    const { size, evicted, expired } = this.#flows;
    return { ...this.#counters.read(), flows: size, evicted, expired };
  }

  portCounters(port: DpPort): PortCounters | undefined {
    return this.#ports.get(port) === undefined ? undefined : this.#ports.counters(port);
  }

  openSources(): SourceTable | undefined {
    return this.#sources.open();
  }

  closeSources(table: SourceTable): void {
    this.#sources.close(table);
  }

  openChoices(): ChoiceTable | undefined {
    return this.#choices.open();
  }

  closeChoices(table: ChoiceTable): void {
    this.#choices.close(table);
  }

  drainOpened(): void {
    this.#flows.drainOpened();
  }

  sweep(): void {
    this.#flows.sweep();
  }

  async close(how: 'keep' | 'remove'): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopUpcalls();
    this.#monitor.close();
    this.#nextHops.close();
    this.#injector.close();
    this.#upcalls.close();
    this.#flows.close();
    if (how === 'remove') {
      for (const entry of this.#ports.entries()) this.#unbind(entry);
      this.#attachments.detach({ name: 'inject', device: INJECT_DEVICE, direction: 'egress' });
      this.#attachments.detach({ name: 'inject-in', device: INJECT_DEVICE, direction: 'ingress' });
      this.#devices.remove(INJECT_DEVICE);
    }
    this.#devices.close();
    this.#objects.close();
    this.#bpffs.close();
    this.#namespace.close();
    if (how === 'remove') unmountBpffs(this.#settings.stateDir);
  }

  /** Upcalls that are there, bounded so that the rest of the process gets its turn. */
  #drain(): void {
    for (let i = 0; i < BATCHES_PER_TURN && !this.#closed; i++) {
      const batch = this.#upcalls.read();
      if (batch.length === 0) return;
      this.#events.onUpcalls(batch);
    }
  }

  /** Attaches what a port needs as its interface is now, and writes its entry. */
  #bind(spec: PortSpec, port: DpPort): PortEntry {
    const link = this.#monitor.byName(spec.kind === 'interface' ? spec.name : spec.underlay);
    const before = this.#ports.get(port);
    let vxlanIfindex = 0;
    if (link !== undefined) {
      const fresh = before !== undefined && before.ifindex !== link.ifindex;
      const at = { ifindex: link.ifindex, device: link.name, direction: 'ingress' } as const;
      if (spec.kind === 'interface') {
        // The entry first: the program must know the interface from its first packet on.
        this.#ports.set(entryOf({ spec, port, link, vxlanIfindex }));
        this.#attachments.attach({ ...at, name: `port-${port}`, program: 'port_ingress' }, fresh);
      } else {
        vxlanIfindex = this.#ensureVxlan(spec, port);
        this.#ports.set(entryOf({ spec, port, link, vxlanIfindex }));
        this.#attachments.attach({ ...at, name: `port-${port}`, program: 'underlay_ingress' }, fresh);
      }
    }
    const entry = entryOf({ spec, port, link, vxlanIfindex });
    this.#ports.set(entry);
    return entry;
  }

  #ensureVxlan(spec: PortSpec & { readonly kind: 'tunnel' }, port: DpPort): number {
    const name = vxlanName(spec);
    this.#devices.ensureVxlan({ name, udpPort: spec.udpPort, is6: typeof spec.local === 'bigint' });
    if (typeof spec.local === 'number') this.#nextHops.remember();
    this.#monitor.refresh();
    const link = this.#monitor.byName(name);
    if (link === undefined) throw new DatapathError('io', `${name} vanished while the tunnel port was made`);
    const fresh = this.#ports.get(port)?.vxlanIfindex !== link.ifindex;
    this.#attachments.attach(
      { name: `vxlan-${port}`, ifindex: link.ifindex, device: name, program: 'vxlan_ingress', direction: 'ingress' },
      fresh,
    );
    return link.ifindex;
  }

  #unbind(entry: PortEntry): void {
    const { port, spec } = entry;
    const device = spec.kind === 'interface' ? spec.name : spec.underlay;
    this.#attachments.detach({ name: `port-${port}`, device, direction: 'ingress' });
    if (spec.kind !== 'tunnel') return;
    this.#attachments.detach({ name: `vxlan-${port}`, device: vxlanName(spec), direction: 'ingress' });
    this.#devices.remove(vxlanName(spec));
  }

  #onLink(change: LinkChange): void {
    const { link } = change;
    for (const entry of this.#ports.entries()) {
      const device = entry.spec.kind === 'interface' ? entry.spec.name : entry.spec.underlay;
      if (device !== link.name) continue;
      const next = this.#rebind(entry);
      if (next.up !== entry.up || next.ifindex !== entry.ifindex) this.#events.onPortChange(this.#describe(next));
    }
  }

  /** As #bind; an interface that vanished since its event counts as gone (its own event follows). */
  #rebind({ spec, port }: PortEntry): PortEntry {
    try {
      return this.#bind(spec, port);
    } catch (error) {
      if (!(error instanceof DatapathError) || error.code !== 'noSuchInterface') throw error;
      const entry = entryOf({ spec, port, link: undefined, vxlanIfindex: 0 });
      this.#ports.set(entry);
      return entry;
    }
  }

  #writeConfig(): void {
    writeConfig(this.#objects, {
      limits: this.#settings.upcallLimits,
      tunnels: this.#ports.entries().filter((entry) => entry.spec.kind === 'tunnel'),
    });
  }

  #describe({ port, spec, up }: PortEntry): DatapathPort {
    return { port, spec, up };
  }

  /** Errors of event callbacks: thrown where the process sees them, not into the poller. */
  #report(error: unknown): void {
    queueMicrotask(() => {
      throw error;
    });
  }
}

function entryOf(parts: { spec: PortSpec; port: DpPort; link: Link | undefined; vxlanIfindex: number }): PortEntry {
  const { spec, port, link, vxlanIfindex } = parts;
  return {
    port,
    spec,
    ifindex: link?.ifindex ?? 0,
    vxlanIfindex,
    up: link?.up === true && link.carrier,
    usable: link?.up === true,
    peer: link?.peerElsewhere === true,
  };
}

function vxlanName(spec: PortSpec & { readonly kind: 'tunnel' }): string {
  return typeof spec.local === 'number' ? 'midonet-vx' : 'midonet-vx6';
}

function sameSpec(a: PortSpec, b: PortSpec): boolean {
  if (a.kind === 'interface') return b.kind === 'interface' && a.name === b.name;
  return b.kind === 'tunnel' && a.local === b.local && a.underlay === b.underlay && a.udpPort === b.udpPort;
}
