import { execFileSync } from 'node:child_process';
import type { NetworkNamespace } from '../../kernel/namespace.ts';
import { DatapathError } from '../../datapath.ts';

/** The private veth that packets from user space enter by. */
export const INJECT_DEVICE = 'midonet-in0';
const INJECT_PEER = 'midonet-in1';
/** 65,535 is a veth's maximum; GSO packets may be as large. */
const INJECT_MTU = '65535';

/** Devices the driver makes for itself. One agent a namespace, so the names are fixed. */
export class Devices {
  readonly #namespace: NetworkNamespace;

  constructor(namespace: NetworkNamespace) {
    this.#namespace = namespace;
  }

  /** Makes the private veth when it is not there. */
  ensureInject(): void {
    if (!this.#exists(INJECT_DEVICE)) {
      const end = ['mtu', INJECT_MTU];
      this.#ip(['link', 'add', INJECT_DEVICE, ...end, 'type', 'veth', 'peer', 'name', INJECT_PEER, ...end]);
    }
    this.#ip(['link', 'set', INJECT_DEVICE, 'up']);
    this.#ip(['link', 'set', INJECT_PEER, 'up']);
  }

  /**
   * Makes the vxlan device of one underlay family: `external`, i.e. told peer and key by each packet.
   * It takes what the programs do not encapsulate themselves, and anchors UDP port and GRO.
   */
  ensureVxlan(options: { readonly name: string; readonly udpPort: number; readonly is6: boolean }): void {
    const { name, udpPort, is6 } = options;
    if (!this.#exists(name)) {
      const family = is6 ? ['udp6zerocsumrx', 'udp6zerocsumtx', 'local', '::'] : [];
      const type = ['type', 'vxlan', 'external', 'dstport', String(udpPort), 'nolearning', ...family];
      this.#ip(['link', 'add', name, 'mtu', INJECT_MTU, ...type]);
    }
    this.#ip(['link', 'set', name, 'up']);
  }

  remove(name: string): void {
    if (this.#exists(name)) this.#ip(['link', 'del', name]);
  }

  #exists(name: string): boolean {
    try {
      this.#ip(['link', 'show', 'dev', name]);
      return true;
    } catch {
      return false;
    }
  }

  #ip(args: readonly string[]): void {
    try {
      this.#namespace.run(() => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] }));
    } catch (cause) {
      const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : String(cause);
      throw new DatapathError('io', `ip ${args.join(' ')}: ${said}`, { cause });
    }
  }
}
