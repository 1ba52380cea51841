import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DpPort } from '@midonet/flow';
import type { DatapathEvents, FlowSpec, PortSpec } from '../src/datapath.ts';
import { readArtefact } from '../src/drivers/ebpf/artefact.ts';
import { openBpffs, unmountBpffs, type Bpffs } from '../src/drivers/ebpf/bpffs.ts';
import { writeConfig } from '../src/drivers/ebpf/config.ts';
import { FlowTable } from '../src/drivers/ebpf/flow-table.ts';
import { KernelObjects, type ProgramName } from '../src/drivers/ebpf/objects.ts';
import { settingsOf, type EbpfSettings } from '../src/drivers/ebpf/options.ts';
import { PortTable } from '../src/drivers/ebpf/port-table.ts';
import { testRun } from '../src/kernel/bpf.ts';
import { allocate } from '../src/kernel/libc.ts';
import { NetworkNamespace } from '../src/kernel/namespace.ts';
import { ip } from './frames.ts';

/** The kernel runs tests on the loopback interface. */
const LOOPBACK = 1;

export const VM = 1 as DpPort; // brand: numbers that the rig gives
export const TUNNEL = 2 as DpPort;
export const LOCAL = ip('192.0.2.1');
export const PEER = ip('192.0.2.2');
export const UDP_PORT = 4789;
export const VERDICT = { pass: -1, drop: 2, redirect: 7 } as const;

const TARGETS = { hasPort: () => true, tunnelTo: () => TUNNEL };

/** The programs by bpf(BPF_PROG_TEST_RUN): a frame in, a verdict and a frame out; nothing is sent. */
export class ProgramRig {
  objects: KernelObjects;
  flows: FlowTable;
  readonly #stateDir = mkdtempSync(join(tmpdir(), 'midonet-programs-'));
  readonly #bpffs: Bpffs;
  readonly #settings: EbpfSettings;
  readonly #events: DatapathEvents;
  readonly #before: (() => void)[] = [];
  readonly #data = allocate(4096);
  readonly #out = allocate(8192);

  readonly #namespace: NetworkNamespace;

  /** `where`: a namespace by its path, and the interface in it that the tunnel's underlay is. */
  constructor(events: Partial<DatapathEvents> = {}, where: { path?: string; underlay?: number } = {}) {
    this.#namespace = new NetworkNamespace(where.path);
    this.#bpffs = openBpffs(this.#stateDir);
    const settings = (this.#settings = settingsOf({ stateDir: this.#stateDir }));
    this.objects = new KernelObjects(readArtefact(), this.#bpffs.path, settings);
    const ports = new PortTable(this.objects);
    const interfaceSpec: PortSpec = { kind: 'interface', name: 'lo' };
    const tunnelSpec: PortSpec = {
      ...{ kind: 'tunnel', encapsulation: 'vxlan' },
      ...{ local: LOCAL, underlay: 'lo', udpPort: UDP_PORT },
    };
    const link = { ifindex: LOOPBACK, up: true, usable: true, peer: false };
    ports.set({ ...link, port: VM, spec: interfaceSpec, vxlanIfindex: 0 });
    const underlay = where.underlay ?? LOOPBACK;
    ports.set({ ...link, ifindex: underlay, port: TUNNEL, spec: tunnelSpec, vxlanIfindex: underlay + 1 });
    const tunnels = ports.entries().filter(({ port }) => port === TUNNEL);
    writeConfig(this.objects, { limits: settings.upcallLimits, tunnels });
    const nothing = (): void => undefined;
    const none = { onUpcalls: nothing, onFlowsGone: nothing, onFlowsClosing: nothing, onPortChange: nothing };
    this.#events = { ...none, ...events };
    this.flows = new FlowTable(this.objects, TARGETS, this.#events);
  }

  /** As a process with other programs takes over; the ones before stay, to run as long as interfaces have them. */
  upgrade(): void {
    const { objects, flows } = this;
    this.#before.push(() => {
      flows.close();
      objects.close();
    });
    const artefact = { ...readArtefact(), programHash: 'f'.repeat(32) };
    this.objects = new KernelObjects(artefact, this.#bpffs.path, this.#settings);
    this.flows = new FlowTable(this.objects, TARGETS, this.#events);
  }

  run(program: ProgramName, frame: Uint8Array, objects = this.objects): { verdict: number; frame: Uint8Array } {
    this.#data.bytes.set(frame);
    const data = { ...this.#data, bytes: this.#data.bytes.subarray(0, frame.length) };
    const test = { program: objects.program(program), data, out: this.#out };
    const { result, length } = this.#namespace.run(() => testRun(test));
    return { verdict: result, frame: this.#out.bytes.slice(0, length) };
  }

  put(spec: FlowSpec): void {
    const [result] = this.flows.put([spec]);
    assert.notEqual(result?.kind, 'refused', JSON.stringify(result));
  }

  close(): void {
    this.flows.close();
    this.objects.close();
    for (const close of this.#before) close();
    this.#bpffs.close();
    this.#namespace.close();
    unmountBpffs(this.#stateDir);
    rmSync(this.#stateDir, { recursive: true });
  }
}
