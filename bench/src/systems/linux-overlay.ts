import { inside, UNDERLAY, VM_MTU, type Pair } from '../pair.ts';
import { must } from '../shell.ts';

/**
 * The kernel's VXLAN device `vx0` to the other host, and a bridge `br0` with these devices in it. Where br_netfilter is
 * in the kernel, bridges of new namespaces show their frames to netfilter: so they are `asMade`.
 */
export function bridgeWithVxlan(
  pair: Pair,
  index: 0 | 1,
  devices: readonly string[],
  netfilter: 'asMade' | 'off' = 'off',
): void {
  const host = pair.hosts[index];
  const [local, remote] = index === 0 ? UNDERLAY : [UNDERLAY[1], UNDERLAY[0]];
  const vxlan = ['type', 'vxlan', 'id', '42', 'dstport', '4789', 'local', local, 'remote', remote];
  must(['ip', '-n', host, 'link', 'add', 'vx0', 'mtu', String(VM_MTU), ...vxlan]);
  if (netfilter === 'off') must(inside(host, 'sysctl', '-qw', ...HOOKS));
  bridge(host, 'br0', devices);
}

const HOOKS = ['iptables', 'ip6tables', 'arptables'].map((what) => `net.bridge.bridge-nf-call-${what}=0`);

/** A bridge with these devices in it, all of them up. */
function bridge(host: string, name: string, devices: readonly string[]): void {
  must(['ip', '-n', host, 'link', 'add', name, 'type', 'bridge']);
  for (const device of devices) {
    must(['ip', '-n', host, 'link', 'set', device, 'master', name]);
    must(['ip', '-n', host, 'link', 'set', device, 'up']);
  }
  must(['ip', '-n', host, 'link', 'set', name, 'up']);
}

/** Loads nftables rules. What the tunnel itself sends is not tracked: it would be twice the work for nothing. */
export function nftables(host: string, rules: string): void {
  const untracked = (hook: string): string =>
    `chain ${hook} { type filter hook ${hook} priority raw; policy accept; udp dport 4789 notrack; }\n`;
  const raw = `table ip tunnel {\n${untracked('prerouting')}${untracked('output')}}\n`;
  must(inside(host, 'nft', `${raw}${rules}`));
}

/** Has what the bridge forwards meet nftables rules (br_netfilter). */
export function filterBridge(host: string, rules: string): void {
  must(['ip', '-n', host, 'link', 'set', 'br0', 'type', 'bridge', 'nf_call_iptables', '1']);
  nftables(host, rules);
}

/** The first VM's host routes between a bridge `br1` of its own VM and `br0`, which VXLAN joins to the server's. */
export function routedOverlay(pair: Pair, insideGateway: string, outsideGateway: string, rules: string): void {
  const [router] = pair.hosts;
  bridgeWithVxlan(pair, 0, ['vx0']);
  bridgeWithVxlan(pair, 1, ['vm0', 'vx0']);
  bridge(router, 'br1', ['vm0']);
  must(['ip', '-n', router, 'address', 'add', `${insideGateway}/24`, 'dev', 'br1']);
  must(['ip', '-n', router, 'address', 'add', `${outsideGateway}/24`, 'dev', 'br0']);
  must(inside(router, 'sysctl', '-qw', 'net.ipv4.ip_forward=1'));
  nftables(router, rules);
}
