import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inside, Pair, VM_MTU } from '../pair.ts';
import { must } from '../shell.ts';
import { OvsHost } from './ovs-host.ts';

/** Two hosts with Open vSwitch each and a VM on each, joined by its own VXLAN. */
export class OvsPair {
  readonly pair: Pair;
  #hosts: readonly OvsHost[] = [];
  #folder: string | undefined;

  constructor(name: string) {
    this.pair = new Pair(name);
  }

  get hosts(): readonly OvsHost[] {
    return this.#hosts;
  }

  /** The host whose VM opens the connections. */
  get first(): OvsHost {
    const [host] = this.#hosts;
    if (host === undefined) throw new Error('the hosts are not set up');
    return host;
  }

  async up(): Promise<void> {
    this.pair.up(VM_MTU);
    const folder = (this.#folder = mkdtempSync(join(tmpdir(), 'midonet-bench-ovs-')));
    this.#hosts = ([0, 1] as const).map((index) => new OvsHost(this.pair, index, join(folder, String(index))));
    for (const [index, host] of this.#hosts.entries()) {
      await host.start();
      completeSegments(this.pair.vms[index] ?? '', 'eth0');
    }
  }

  async down(): Promise<void> {
    for (const host of this.#hosts) await host.stop();
    this.#hosts = [];
    this.pair.down();
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
  }
}

/** Has a VM send what the userspace datapath can take: it completes no checksums and cuts no large segments. */
export function completeSegments(vm: string, device: string): void {
  must(inside(vm, 'ethtool', '-K', device, 'tx', 'off', 'tso', 'off', 'gso', 'off'));
}
