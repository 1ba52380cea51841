import { namespaceName } from './runs.ts';
import { must, succeeds } from './shell.ts';

export const UNDERLAY = ['10.255.0.1', '10.255.0.2'] as const;
export const VM_MTU = 1450;

/** Runs in a namespace. nsenter, not `ip netns exec`: it leaves /sys (and what is mounted below) alone. */
export function inside(namespace: string, ...command: string[]): string[] {
  return ['nsenter', `--net=/run/netns/${namespace}`, ...command];
}

/**
 * Two host namespaces joined by a veth (the underlay, MTU 1500), each with a VM namespace on a veth
 * `vm0` (MTU 1450). Nothing has a route to the outside. What joins them is the system's own.
 */
export class Pair {
  readonly hosts: readonly [string, string];
  readonly vms: readonly [string, string];

  constructor(name: string) {
    const namespace = (suffix: string): string => namespaceName(`${name}-${suffix}`);
    this.hosts = [namespace('hv1'), namespace('hv2')];
    this.vms = [namespace('vm1'), namespace('vm2')];
  }

  up(vmMtu: number): void {
    this.down();
    for (const namespace of [...this.hosts, ...this.vms]) {
      must(['ip', 'netns', 'add', namespace]);
      must(['ip', '-n', namespace, 'link', 'set', 'lo', 'up']);
      // Neighbour discovery would show up as traffic that nobody asked for.
      must(
        inside(namespace, 'sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1'),
      );
      must(inside(namespace, 'sysctl', '-qw', 'net.ipv4.tcp_congestion_control=reno'));
    }
    const [hv1, hv2] = this.hosts;
    must(['ip', 'link', 'add', 'underlay0', 'netns', hv1, 'type', 'veth', 'peer', 'name', 'underlay0', 'netns', hv2]);
    for (const [index, host] of this.hosts.entries()) {
      must(['ip', '-n', host, 'address', 'add', `${UNDERLAY[index] ?? ''}/24`, 'dev', 'underlay0']);
      must(['ip', '-n', host, 'link', 'set', 'underlay0', 'up']);
    }
    this.attach(0, vmMtu);
  }

  /** Gives each VM an interface `ethN`, whose other end is `vmN` on its host. */
  attach(number: number, vmMtu: number): void {
    const [inVm, onHost, mtu] = [`eth${number}`, `vm${number}`, ['mtu', String(vmMtu)]];
    for (const [index, host] of this.hosts.entries()) {
      const vm = this.vms[index] ?? '';
      const peer = ['peer', 'name', onHost, 'netns', host, ...mtu];
      must(['ip', 'link', 'add', inVm, 'netns', vm, ...mtu, 'type', 'veth', ...peer]);
      must(['ip', '-n', vm, 'link', 'set', inVm, 'up']);
      must(['ip', '-n', host, 'link', 'set', onHost, 'up']);
    }
  }

  /** An address with its prefix for each VM. */
  addresses(first: string, second: string, device = 'eth0'): void {
    must(['ip', '-n', this.vms[0], 'address', 'add', first, 'dev', device]);
    must(['ip', '-n', this.vms[1], 'address', 'add', second, 'dev', device]);
  }

  down(): void {
    for (const namespace of [...this.vms, ...this.hosts]) {
      succeeds(['ip', 'netns', 'delete', namespace]);
    }
  }
}
