import type { DpPort } from '@midonet/flow';
import type { IpAddress } from '@midonet/packet';
import { mapDelete, mapLookup, mapUpdate } from '../../kernel/bpf.ts';
import { allocate } from '../../kernel/libc.ts';
import type { PortCounters, PortSpec } from '../../datapath.ts';
import { structOf } from './artefact.ts';
import { MAX_PORTS, type KernelObjects } from './objects.ts';
import { readAddress, writeAddress } from './step-codec.ts';

const KIND = { free: 0, interface: 1, tunnel: 2 } as const;
const FLAG = { usable: 1, peer: 2, underlay6: 4 } as const;
const NAME_BYTES = 16;

/** A port as the programs see it. */
export type PortEntry = {
  readonly port: DpPort;
  readonly spec: PortSpec;
  /** Of the interface, or the tunnel's underlay. */
  readonly ifindex: number;
  readonly vxlanIfindex: number;
  readonly up: boolean;
  /** Packets may be sent there: administratively up. Carrier is the device's own affair. */
  readonly usable: boolean;
  /** bpf_redirect_peer works. */
  readonly peer: boolean;
};

/** The `ports`, `ifindexes` and `port_stats` maps. They are the only record of ports: it survives. */
export class PortTable {
  readonly #objects: KernelObjects;
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #at;
  readonly #statAt;
  readonly #key = allocate(4);
  readonly #number = allocate(4);
  readonly #perCpu;
  readonly #cpus: number;
  readonly #entries = new Map<DpPort, PortEntry>();
  /** First number to try: freed numbers rest a while, as flows and queued upcalls may still name them. */
  #next = 1;

  constructor(objects: KernelObjects) {
    this.#objects = objects;
    const memory = objects.shared('ports');
    this.#view = memory.view;
    this.#bytes = memory.bytes;
    this.#at = structOf(objects.artefact, 'port', [
      'kind',
      'flags',
      'ifindex',
      'vxlan_ifindex',
      'local',
      'udp_port',
      'name',
      'seen_mac_high',
      'seen_mac_low',
      'bucket_ns',
    ]);
    this.#statAt = structOf(objects.artefact, 'port_counters', ['rx_packets', 'rx_bytes', 'tx_packets', 'tx_bytes']);
    this.#cpus = possibleCpus();
    this.#perCpu = allocate(this.#statAt.size * this.#cpus);
    for (let port = 1; port < MAX_PORTS; port++) {
      const entry = this.#read(port as DpPort);
      if (entry === undefined) continue;
      this.#entries.set(entry.port, entry);
      this.#next = port + 1;
    }
  }

  entries(): readonly PortEntry[] {
    return [...this.#entries.values()];
  }

  get(port: DpPort): PortEntry | undefined {
    return this.#entries.get(port);
  }

  /** A free number, or undefined when all are taken. */
  allocate(): DpPort | undefined {
    for (let tried = 1; tried < MAX_PORTS; tried++) {
      if (this.#next >= MAX_PORTS) this.#next = 1;
      const port = this.#next++ as DpPort;
      if (!this.#entries.has(port)) return port;
    }
    return undefined;
  }

  /** Writes the entry; the masks that flows put there stay. */
  set(entry: PortEntry): void {
    const old = this.#entries.get(entry.port);
    const base = entry.port * this.#at.size;
    const { spec } = entry;
    if (old === undefined) {
      this.#clearStats(entry.port);
      this.#view.setUint16(base + this.#at.seen_mac_high, 0, true);
      this.#view.setUint32(base + this.#at.seen_mac_low, 0, true);
      this.#view.setBigUint64(base + this.#at.bucket_ns, 0n, true);
    } else {
      for (const ifindex of [old.ifindex, old.vxlanIfindex]) if (ifindex !== 0) this.#unmapIfindex(ifindex, entry.port);
    }
    this.#view.setUint32(base + this.#at.ifindex, entry.ifindex, true);
    this.#view.setUint32(base + this.#at.vxlan_ifindex, entry.vxlanIfindex, true);
    const name = new TextEncoder().encode(spec.kind === 'interface' ? spec.name : spec.underlay);
    this.#bytes.fill(0, base + this.#at.name, base + this.#at.name + NAME_BYTES);
    this.#bytes.set(name.subarray(0, NAME_BYTES - 1), base + this.#at.name);
    let is6 = false;
    if (spec.kind === 'tunnel') {
      is6 = typeof spec.local === 'bigint';
      writeAddress(this.#view, base + this.#at.local, spec.local);
      this.#view.setUint16(base + this.#at.udp_port, spec.udpPort, true);
      if (entry.vxlanIfindex !== 0) this.#mapIfindex(entry.vxlanIfindex, entry.port);
    } else if (entry.ifindex !== 0) this.#mapIfindex(entry.ifindex, entry.port);
    const flags = (entry.usable ? FLAG.usable : 0) | (entry.peer ? FLAG.peer : 0) | (is6 ? FLAG.underlay6 : 0);
    this.#view.setUint32(base + this.#at.flags, flags, true);
    this.#view.setUint32(base + this.#at.kind, KIND[spec.kind], true);
    this.#entries.set(entry.port, entry);
  }

  remove(port: DpPort): void {
    const entry = this.#entries.get(port);
    if (entry === undefined) return;
    this.#view.setUint32(port * this.#at.size + this.#at.kind, KIND.free, true);
    this.#view.setUint32(port * this.#at.size + this.#at.flags, 0, true);
    for (const ifindex of [entry.ifindex, entry.vxlanIfindex]) if (ifindex !== 0) this.#unmapIfindex(ifindex, port);
    this.#entries.delete(port);
  }

  /** The tunnel port of the address's family. */
  tunnelTo(peer: IpAddress): DpPort | undefined {
    for (const { port, spec } of this.#entries.values()) {
      if (spec.kind === 'tunnel' && typeof spec.local === typeof peer) return port;
    }
    return undefined;
  }

  counters(port: DpPort): PortCounters {
    this.#key.view.setUint32(0, port, true);
    mapLookup(this.#objects.map('port_stats'), this.#key.address, this.#perCpu.address);
    const sum = (offset: number): number => {
      let total = 0;
      for (let cpu = 0; cpu < this.#cpus; cpu++) {
        total += Number(this.#perCpu.view.getBigUint64(cpu * this.#statAt.size + offset, true));
      }
      return total;
    };
    return {
      rxPackets: sum(this.#statAt.rx_packets),
      rxBytes: sum(this.#statAt.rx_bytes),
      txPackets: sum(this.#statAt.tx_packets),
      txBytes: sum(this.#statAt.tx_bytes),
    };
  }

  #clearStats(port: DpPort): void {
    this.#key.view.setUint32(0, port, true);
    this.#perCpu.bytes.fill(0);
    mapUpdate(this.#objects.map('port_stats'), this.#key.address, this.#perCpu.address);
  }

  #mapIfindex(ifindex: number, port: DpPort): void {
    this.#key.view.setUint32(0, ifindex, true);
    this.#number.view.setUint32(0, port, true);
    mapUpdate(this.#objects.map('ifindexes'), this.#key.address, this.#number.address);
  }

  /** Only while it is this port's: the number may have gone to another. */
  #unmapIfindex(ifindex: number, port: DpPort): void {
    const map = this.#objects.map('ifindexes');
    this.#key.view.setUint32(0, ifindex, true);
    if (mapLookup(map, this.#key.address, this.#number.address) < 0) return;
    if (this.#number.view.getUint32(0, true) === port) mapDelete(map, this.#key.address);
  }

  #read(port: DpPort): PortEntry | undefined {
    const base = port * this.#at.size;
    const kind = this.#view.getUint32(base + this.#at.kind, true);
    if (kind === KIND.free) return undefined;
    const flags = this.#view.getUint32(base + this.#at.flags, true);
    const raw = this.#bytes.slice(base + this.#at.name, base + this.#at.name + NAME_BYTES);
    const name = new TextDecoder().decode(raw.subarray(0, raw.indexOf(0)));
    const spec: PortSpec =
      kind === KIND.interface
        ? { kind: 'interface', name }
        : {
            kind: 'tunnel',
            encapsulation: 'vxlan',
            local: readAddress(this.#view, base + this.#at.local, (flags & FLAG.underlay6) !== 0),
            underlay: name,
            udpPort: this.#view.getUint16(base + this.#at.udp_port, true),
          };
    return {
      port,
      spec,
      ifindex: this.#view.getUint32(base + this.#at.ifindex, true),
      vxlanIfindex: this.#view.getUint32(base + this.#at.vxlan_ifindex, true),
      up: (flags & FLAG.usable) !== 0,
      usable: (flags & FLAG.usable) !== 0,
      peer: (flags & FLAG.peer) !== 0,
    };
  }
}

/** How many values a per-CPU map has: /sys/devices/system/cpu/possible, e.g. `0-3`. */
export function possibleCpus(): number {
  const text = process.getBuiltinModule('node:fs').readFileSync('/sys/devices/system/cpu/possible', 'utf8');
  return Math.max(...text.trim().split(/[-,]/).map(Number)) + 1;
}
