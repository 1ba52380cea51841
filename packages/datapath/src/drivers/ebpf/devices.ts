import { execFileSync } from 'node:child_process';
import { linkNamed } from '../../kernel/link-monitor.ts';
import type { NetworkNamespace } from '../../kernel/namespace.ts';
import { RouteSocket } from '../../kernel/netlink.ts';
import { DatapathError } from '../../datapath.ts';

/** The private veth that packets from user space enter by. */
export const INJECT_DEVICE = 'midonet-in0';
const INJECT_PEER = 'midonet-in1';
/** 65,535 is a veth's maximum; GSO packets may be as large. */
const INJECT_MTU = '65535';

/**
 * Devices the driver makes for itself. One agent a namespace, so the names are fixed. The kernel is asked
 * what is there; a child process, which costs a large process milliseconds, is only for what has to be done.
 */
export class Devices {
  readonly #namespace: NetworkNamespace;
  readonly #requests: RouteSocket;

  constructor(namespace: NetworkNamespace) {
    this.#namespace = namespace;
    this.#requests = namespace.run(() => new RouteSocket(0));
  }

  /** Makes the private veth when it is not there. */
  ensureInject(): void {
    const end = ['mtu', INJECT_MTU];
    const add = ['link', 'add', INJECT_DEVICE, ...end, 'type', 'veth', 'peer', 'name', INJECT_PEER, ...end];
    this.#ip([
      ...(linkNamed(this.#requests, INJECT_DEVICE) === undefined ? [add] : []),
      ...[INJECT_DEVICE, INJECT_PEER].filter((name) => !this.#isUp(name)).map((name) => ['link', 'set', name, 'up']),
    ]);
  }

  /**
   * Makes the vxlan device of one underlay family: `external`, i.e. told peer and key by each packet.
   * It takes what the programs do not encapsulate themselves, and anchors UDP port and GRO.
   */
  ensureVxlan(options: { readonly name: string; readonly udpPort: number; readonly is6: boolean }): void {
    const { name, udpPort, is6 } = options;
    const family = is6 ? ['udp6zerocsumrx', 'udp6zerocsumtx', 'local', '::'] : [];
    const type = ['type', 'vxlan', 'external', 'dstport', String(udpPort), 'nolearning', ...family];
    this.#ip([
      ...(linkNamed(this.#requests, name) === undefined ? [['link', 'add', name, 'mtu', INJECT_MTU, ...type]] : []),
      ...(this.#isUp(name) ? [] : [['link', 'set', name, 'up']]),
    ]);
  }

  remove(name: string): void {
    if (linkNamed(this.#requests, name) !== undefined) this.#ip([['link', 'del', name]]);
  }

  close(): void {
    this.#requests.close();
  }

  #isUp(name: string): boolean {
    return linkNamed(this.#requests, name)?.up === true;
  }

  /** Runs commands of ip(8), up to the first that fails. */
  #ip(commands: readonly (readonly string[])[]): void {
    if (commands.length === 0) return;
    const lines = commands.map((words) => words.join(' '));
    try {
      this.#namespace.run(() =>
        execFileSync('ip', ['-batch', '-'], {
          input: lines.map((line) => `${line}\n`).join(''),
          stdio: ['pipe', 'ignore', 'pipe'],
        }),
      );
    } catch (cause) {
      const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : String(cause);
      throw new DatapathError('io', `ip ${lines.join(' && ip ')}: ${said}`, { cause });
    }
  }
}
