import { writeFileSync } from 'node:fs';
import { mapUpdate } from '../../kernel/bpf.ts';
import { allocate, errno, SystemError } from '../../kernel/libc.ts';
import type { NetworkNamespace } from '../../kernel/namespace.ts';
import { RuleMonitor } from '../../kernel/rule-monitor.ts';
import type { KernelObjects } from './objects.ts';

/**
 * Lets the programs remember the next hops of tunnel peers (underlay.h). They look routes up as those of
 * packets that come in by the private device, as the kernel answers for devices that forward IPv4 only,
 * which the underlay's need not. So that one's forwarding is switched on; as a program drops all that comes
 * in there, nothing is forwarded. Where policy routing could tell such packets from the host's own, or the
 * setting may not be written, each packet's route is looked up by the kernel.
 */
export class NextHops {
  readonly #objects: KernelObjects;
  readonly #namespace: NetworkNamespace;
  readonly #device: { readonly name: string; readonly ifindex: number };
  readonly #rules: RuleMonitor;
  #wanted = false;

  /** `failed` gets errors of watching the rules. Throws SystemError. */
  constructor(options: {
    readonly objects: KernelObjects;
    readonly namespace: NetworkNamespace;
    /** The private device; what comes in there must be dropped already. */
    readonly device: { readonly name: string; readonly ifindex: number };
    readonly failed: (error: unknown) => void;
  }) {
    this.#objects = options.objects;
    this.#namespace = options.namespace;
    this.#device = options.device;
    const { namespace, failed } = options;
    this.#rules = new RuleMonitor({ namespace, failed, onChange: () => this.#refresh() });
  }

  /** To be called when there is a tunnel over IPv4, and whenever it may have another device. */
  remember(): void {
    this.#wanted = true;
    this.#refresh();
  }

  close(): void {
    this.#rules.close();
  }

  #refresh(): void {
    if (this.#wanted) writeRoutesOf(this.#objects, this.#possible() ? this.#device.ifindex : 0);
  }

  #possible(): boolean {
    const forwarding = `/proc/sys/net/ipv4/conf/${this.#device.name}/forwarding`;
    try {
      if (!this.#rules.addressesDecide()) return false;
      this.#namespace.run(() => writeFileSync(forwarding, '1'));
      return true;
    } catch {
      // A kernel without policy routing, or settings that are read-only: slower, and right.
      return false;
    }
  }
}

/** The device as whose packets the programs look routes up; 0 for none. */
export function writeRoutesOf(objects: KernelObjects, ifindex: number): void {
  const [key, value] = [allocate(4), allocate(4)];
  value.view.setUint32(0, ifindex, true);
  if (mapUpdate(objects.map('routes_of'), key.address, value.address) < 0) {
    throw new SystemError('storing whose routes are asked', errno());
  }
}
