import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBpf } from '../bpf/build.ts';
import { emptyKey, emptyMask, KEY_LAYOUT, setField, type DpPort, type FlowAction, type FlowKey } from '@midonet/flow';
import type { Datapath, DatapathEvents, DatapathPort, FlowSpec, Upcall } from '../src/datapath.ts';
import { openEbpf, type EbpfOptions } from '../src/drivers/ebpf/open.ts';

/** Why the kernel tests cannot run here; undefined when they can. */
export function kernelTestsImpossible(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root (namespaces and eBPF)';
  buildBpf();
  return undefined;
}

export type CopiedUpcall = Pick<Upcall, 'reason' | 'inPort' | 'fullLength' | 'gsoSize'> & {
  readonly key: FlowKey;
  readonly frame: Uint8Array;
};

/** Collects events and lets tests wait for them. */
export class Recorder implements DatapathEvents {
  readonly upcalls: CopiedUpcall[] = [];
  readonly gone: { readonly why: string; readonly id: number }[] = [];
  readonly portChanges: DatapathPort[] = [];
  /** Called for each upcall at once. */
  handle: ((upcall: CopiedUpcall) => void) | undefined;

  onUpcalls(batch: readonly Upcall[]): void {
    for (const { reason, inPort, fullLength, gsoSize, key, frame } of batch) {
      const copy = { reason, inPort, fullLength, gsoSize, key: key.slice() as FlowKey, frame: frame.slice() };
      this.upcalls.push(copy);
      this.handle?.(copy);
    }
  }
  onFlowsGone(flows: readonly { readonly id: number; readonly why: string }[]): void {
    this.gone.push(...flows);
  }
  onFlowsClosing(): void {
    // Recorded by the rig of the compliance suite; the lab is for what goes over wires.
  }
  onPortChange(port: DatapathPort): void {
    this.portChanges.push(port);
  }
}

/** Waits until `condition` holds; the error names `what` after `timeoutMs`. */
export async function until(what: string, condition: () => boolean, timeoutMs = 5000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`timed out: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Namespaces, veths and datapaths of one test; close() takes all of it down. */
export class Lab {
  readonly #prefix: string;
  readonly #namespaces: string[] = [];
  readonly #datapaths: Datapath[] = [];
  readonly #children: ChildProcess[] = [];
  readonly directory = mkdtempSync(join(tmpdir(), 'mnbpf-'));

  constructor(name: string) {
    this.#prefix = `mnbpf-${name}${process.pid}`;
  }

  namespace(name: string): string {
    const full = `${this.#prefix}-${name}`;
    run('ip', ['netns', 'add', full]);
    this.#namespaces.push(full);
    this.in(full, 'sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1');
    this.in(full, 'ip link set lo up');
    return full;
  }

  /** Runs a shell command line in a namespace; returns its output, throws with it. */
  in(namespace: string, command: string): string {
    return run('ip', ['netns', 'exec', namespace, 'sh', '-c', command]);
  }

  start(namespace: string, command: readonly string[]): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', namespace, ...command], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#children.push(child);
    return child;
  }

  /** A "VM": namespace `name` with eth0 at `address`, whose other end `device` is in `host`. */
  vm(host: string, vm: { name: string; device: string; address: string; mac: string; mtu?: number }): string {
    const full = this.namespace(vm.name);
    const { device, address, mac, mtu = 1450 } = vm;
    run('ip', ['link', 'add', device, 'netns', host, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', full]);
    this.in(host, `ip link set ${device} up`);
    this.in(full, `ip link set eth0 address ${mac} mtu ${mtu} up && ip addr add ${address} dev eth0`);
    return full;
  }

  async open(namespace: string, events: DatapathEvents, options: Partial<EbpfOptions> = {}): Promise<Datapath> {
    const stateDir = join(this.directory, namespace);
    const datapath = await openEbpf({ stateDir, namespace: `/run/netns/${namespace}`, ...options }, events);
    this.#datapaths.push(datapath);
    return datapath;
  }

  async close(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    for (const datapath of this.#datapaths) await datapath.close('remove');
    for (const name of this.#namespaces) run('ip', ['netns', 'del', name]);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Runs `body` with a lab and takes it down; what `body` throws wins over what that throws. */
export async function withLab(name: string, body: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = new Lab(name);
  try {
    await body(lab);
  } catch (error) {
    await lab.close().catch(() => undefined);
    throw error;
  }
  await lab.close();
}

export function run(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (cause) {
    const of = (name: 'stdout' | 'stderr'): string =>
      cause instanceof Error && name in cause ? String(Object.entries(cause).find(([key]) => key === name)?.[1]) : '';
    throw new Error(`${command} ${args.join(' ')}\n${of('stdout')}${of('stderr')}`, { cause });
  }
}

/** A flow on in-port alone (and tunnel key), for any packet. */
export function portFlow(inPort: DpPort, actions: readonly FlowAction[], more: Partial<FlowSpec> = {}): FlowSpec {
  const key = emptyKey();
  const mask = emptyMask();
  setField(key, 'inPort', inPort);
  mask[KEY_LAYOUT.inPort.word] = 0xffffffff;
  return { key, mask, ttlAbove: 0, mtu: 0, idleMs: 0, hardMs: 0, cookie: 0, actions, ...more };
}

/** Adds the tunnel key to a port flow. */
export function withTunnelKey(flow: FlowSpec, tunnelKey: number): FlowSpec {
  setField(flow.key, 'tunnelKey', tunnelKey);
  flow.mask[KEY_LAYOUT.tunnelKey.word] = 0xffffffff;
  return flow;
}
